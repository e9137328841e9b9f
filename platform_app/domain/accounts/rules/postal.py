"""Validating postal addresses."""

import re
import unicodedata
from collections.abc import Mapping

from platform_app.domain.accounts.errors import InvalidAccount
from platform_app.domain.accounts.rules import address_formats, normalisation
from platform_app.domain.accounts.rules.address_formats import ALWAYS_REQUIRED, MAX_LENGTHS, AddressField, AddressFormat
from platform_app.domain.shared.errors import Invalid

# How errors name a field. A country may have its own name for the last four.
_NAMES = {
    "name": "the recipient's name",
    "line1": "the street and number",
    "line2": "the second address line",
    "phone": "a phone number",
    "dependent_locality": "a district",
    "city": "a city",
    "region": "a region",
    "postcode": "a postal code",
}
_PHONE = re.compile(r"^\+?[0-9][0-9 ()./-]{3,28}$")
_MAX_PHONE = 30


def clean_address(fields: Mapping[str, str]) -> dict[str, str]:
    """The address in its stored form, valid in its country; InvalidAccount lists all problems at once.

    Without a known country, the fields that every address has are still checked.
    """
    country = _country_code(fields.get("country", ""))
    layout = address_formats.address_format(country)
    values, errors = {"country": country}, {} if layout else {"country": "Choose a country."}
    for name in (*MAX_LENGTHS, "phone"):
        try:
            values[name] = _clean_field(name, fields.get(name, ""), layout)
        except Invalid as error:
            errors |= error.fields
    if errors:
        raise InvalidAccount(fields=errors)
    return values


def without_foreign_fields(fields: Mapping[str, str], *, country: str) -> dict[str, str]:
    """The fields of a stored address, emptied where addresses of this country have no such field."""
    layout = address_formats.address_format(_country_code(country))
    foreign = {name for name in MAX_LENGTHS if layout and layout.field(name) is None}
    return {name: "" if name in foreign else value for name, value in fields.items()}


def _country_code(typed: str) -> str:
    return typed.strip().upper()


def _clean_field(name: str, typed: str, layout: AddressFormat | None) -> str:
    """The field in its stored form; without a layout, only its length and its letters are checked."""
    if name == "phone":
        return _clean_phone(typed)
    field = layout.field(name) if layout else None
    label = _label(field) if field else _NAMES[name]
    text = unicodedata.normalize("NFKC", typed).upper() if name == "postcode" else typed
    is_required = field.is_required if field else name in ALWAYS_REQUIRED
    value = normalisation.single_line(
        text,
        field=name,
        label=label,
        max_length=MAX_LENGTHS[name],
        required=is_required and not (field and field.choices),
    )
    if layout is None or (not value and not is_required):
        return value
    if field is None:
        country = address_formats.country_name(layout.country)
        raise InvalidAccount(fields={name: f"{country} addresses have no field for {label}. Leave this empty."})
    return _clean_value(field, value, country=layout.country)


def _clean_value(field: AddressField, value: str, *, country: str) -> str:
    """The value of a field with choices, or of a postal code, in its stored form; others stay as they are."""
    if field.choices:
        return _required(
            address_formats.match_region(country, value), field.name, f"Choose {_label(field)} from the list."
        )
    if field.name == "postcode":
        code = address_formats.match_postcode(country, value)
        return _required(code, field.name, f"Enter {_label(field)} such as {field.example}.")
    return value


def _required(found: str | None, name: str, message: str) -> str:
    if found is None:
        raise InvalidAccount(fields={name: message})
    return found


def _clean_phone(typed: str) -> str:
    phone = normalisation.single_line(
        typed, field="phone", label=_NAMES["phone"], max_length=_MAX_PHONE, required=False
    )
    if phone and not _PHONE.match(phone):
        raise InvalidAccount(fields={"phone": "Enter a phone number such as +44 20 7946 0018, or leave this empty."})
    return phone


def _label(field: AddressField) -> str:
    """A field's name in its country, in the middle of a sentence: "a ZIP code", "an emirate"."""
    if field.name in ("name", "line1", "line2"):
        return _NAMES[field.name]
    is_name = field.label[1].isupper() or field.label == "Eircode"
    label = field.label if is_name else field.label[0].lower() + field.label[1:]
    return ("an " if label[0] in "aeiouE" else "a ") + label
