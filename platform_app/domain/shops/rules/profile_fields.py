"""Validating and normalising the fields of a shop's profile; all raise InvalidShop."""

import unicodedata
from collections.abc import Callable, Mapping
from datetime import date

from platform_app.domain.accounts.rules import normalisation
from platform_app.domain.accounts.rules.countries import COUNTRIES
from platform_app.domain.shared.errors import Invalid
from platform_app.domain.shared.money import EXPONENTS
from platform_app.domain.shops.errors import InvalidShop
from platform_app.domain.shops.rules import MAX_HOLIDAY_LENGTH, Language

MAX_NAME = 60
MAX_TAGLINE = 120
MAX_ABOUT = 5000
MAX_POLICY = 5000
MAX_NOTE = 300
MAX_ALT = 300


def single_line(text: str, *, field: str, label: str, max_length: int, required: bool = True) -> str:
    """The text as a normalised single line; InvalidShop for `field`."""
    try:
        return normalisation.single_line(text, field=field, label=label, max_length=max_length, required=required)
    except Invalid as error:
        raise InvalidShop(fields=error.fields) from None


def paragraphs(text: str, *, field: str, max_length: int) -> str:
    """The text as normalised lines; InvalidShop for `field`."""
    lines = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    normalized = "\n".join(each.rstrip() for each in lines).strip()
    if len(normalized) > max_length:
        raise InvalidShop(fields={field: f"Use at most {max_length} characters; this has {len(normalized)}."})
    # Check line by line, because `single_line` rejects line breaks.
    for each in normalized.split("\n"):
        single_line(each.replace("\t", " "), field=field, label="text", max_length=max_length, required=False)
    return normalized


def name(text: str) -> str:
    """A shop's name in its stored form."""
    return single_line(text, field="name", label="the shop's name", max_length=MAX_NAME)


def tagline(text: str) -> str:
    """A shop's tagline in its stored form."""
    return single_line(text, field="tagline", label="a tagline", max_length=MAX_TAGLINE, required=False)


def banner_alt(text: str) -> str:
    """The banner's alternative text in its stored form."""
    return single_line(text, field="cover_alt", label="a description", max_length=MAX_ALT, required=False)


def about(text: str) -> str:
    """A shop's description of itself in its stored form."""
    return paragraphs(text, field="about", max_length=MAX_ABOUT)


def shipping_policy(text: str) -> str:
    """A shop's shipping policy in its stored form."""
    return paragraphs(text, field="shipping_policy", max_length=MAX_POLICY)


def returns_policy(text: str) -> str:
    """A shop's returns policy in its stored form."""
    return paragraphs(text, field="returns_policy", max_length=MAX_POLICY)


def country(code: str) -> str:
    """A shop's country as ISO 3166-1 alpha-2."""
    known = code.strip().upper()
    if known not in COUNTRIES:
        raise InvalidShop(fields={"country": "Choose a country."})
    return known


def currency(code: str) -> str:
    """A shop's currency as ISO 4217."""
    known = code.strip().upper()
    if known not in EXPONENTS:
        message = f'"{known[:10]}" isn\'t a currency code. Choose one such as USD.' if known else "Choose a currency."
        raise InvalidShop(fields={"currency": message})
    return known


def language(word: str) -> Language:
    """The language of a shop's listings."""
    try:
        return Language(word)
    except ValueError:
        raise InvalidShop(fields={"language": f"Choose one of {', '.join(Language)}."}) from None


def reopening_day(until: str, *, today: date) -> date:
    """The day of reopening; it has to be in the future, within a year."""
    try:
        day = date.fromisoformat(until)
    except ValueError:
        raise InvalidShop(fields={"until": "Choose the day the shop reopens."}) from None
    if not today < day <= today + MAX_HOLIDAY_LENGTH:
        raise InvalidShop(fields={"until": "Choose a day between tomorrow and a year from now."})
    return day


def clean_profile(values: Mapping[str, str]) -> dict[str, str]:
    """Profile fields in their stored form; InvalidShop lists all problems at once."""
    cleaned_values: dict[str, str] = {}
    errors: dict[str, str] = {}
    for field, text in values.items():
        try:
            cleaned_values[field] = _VALIDATORS[field](text)
        except Invalid as error:
            errors |= error.fields
    if errors:
        raise InvalidShop(fields=errors)
    return cleaned_values


_VALIDATORS: dict[str, Callable[[str], str]] = {
    "name": name,
    "tagline": tagline,
    "cover_alt": banner_alt,
    "about": about,
    "country": country,
    "currency": currency,
    "language": language,
    "shipping_policy": shipping_policy,
    "returns_policy": returns_policy,
}
