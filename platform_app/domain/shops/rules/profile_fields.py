"""What a seller may say about a shop."""

import unicodedata
from collections.abc import Callable, Mapping
from datetime import date

from platform_app.domain.accounts.rules import normalisation, postal
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
    """One line as it is kept, or the field's error."""
    try:
        return normalisation.single_line(text, field=field, label=label, max_length=max_length, required=required)
    except Invalid as error:
        raise InvalidShop(fields=error.fields) from None


def paragraphs(text: str, *, field: str, max_length: int) -> str:
    """Text of several lines as it is kept, or the field's error."""
    lines = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    normalized = "\n".join(each.rstrip() for each in lines).strip()
    if len(normalized) > max_length:
        raise InvalidShop(fields={field: f"Use {max_length} characters at most; these are {len(normalized)}."})
    # The lines one by one, because a line break is no sign that can be shown.
    for each in normalized.split("\n"):
        single_line(each.replace("\t", " "), field=field, label="text", max_length=max_length, required=False)
    return normalized


def name(text: str) -> str:
    """A shop's name as it is kept."""
    return single_line(text, field="name", label="the shop's name", max_length=MAX_NAME)


def tagline(text: str) -> str:
    """What a shop is, in one line."""
    return single_line(text, field="tagline", label="a tagline", max_length=MAX_TAGLINE, required=False)


def banner_alt(text: str) -> str:
    """What a shop's cover shows, for those who cannot see it."""
    return single_line(text, field="cover_alt", label="a description", max_length=MAX_ALT, required=False)


def about(text: str) -> str:
    """A shop's own story."""
    return paragraphs(text, field="about", max_length=MAX_ABOUT)


def shipping_policy(text: str) -> str:
    """How a shop sends things."""
    return paragraphs(text, field="shipping_policy", max_length=MAX_POLICY)


def returns_policy(text: str) -> str:
    """How a shop takes things back."""
    return paragraphs(text, field="returns_policy", max_length=MAX_POLICY)


def country(code: str) -> str:
    """Where a shop is, as ISO 3166-1 alpha-2."""
    known = code.strip().upper()
    if known not in postal.COUNTRIES:
        raise InvalidShop(fields={"country": "Choose a country."})
    return known


def currency(code: str) -> str:
    """What a shop's prices are in, as ISO 4217."""
    known = code.strip().upper()
    if known not in EXPONENTS:
        message = f'There is no currency "{known[:10]}"; choose one such as USD.' if known else "Choose a currency."
        raise InvalidShop(fields={"currency": message})
    return known


def language(word: str) -> Language:
    """What a shop's listings are written in."""
    try:
        return Language(word)
    except ValueError:
        raise InvalidShop(fields={"language": f"Choose one of {', '.join(Language)}."}) from None


def reopening_day(until: str, *, today: date) -> date:
    """The day a shop opens again, if that is one to come."""
    try:
        day = date.fromisoformat(until)
    except ValueError:
        raise InvalidShop(fields={"until": "Choose the day on which the shop opens again."}) from None
    if not today < day <= today + MAX_HOLIDAY_LENGTH:
        raise InvalidShop(fields={"until": "Choose a day between tomorrow and a year from now."})
    return day


def clean_profile(values: Mapping[str, str]) -> dict[str, str]:
    """What is said about a shop, as it is kept; all that is wrong with it is said at once."""
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
