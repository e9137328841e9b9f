"""What a seller may say about a shop."""

import unicodedata
from collections.abc import Callable, Mapping
from datetime import date

from platform_app.domain.accounts.rules import places, texts
from platform_app.domain.shared.errors import Invalid
from platform_app.domain.shared.money import EXPONENTS
from platform_app.domain.shops.errors import InvalidShop
from platform_app.domain.shops.rules import MAX_HOLIDAY, Language

MAX_NAME = 60
MAX_TAGLINE = 120
MAX_ABOUT = 5000
MAX_POLICY = 5000
MAX_NOTE = 300


def line(text: str, *, field: str, label: str, longest: int, needed: bool = True) -> str:
    """One line as it is kept, or the field's error."""
    try:
        return texts.line(text, field=field, label=label, longest=longest, needed=needed)
    except Invalid as error:
        raise InvalidShop(fields=error.fields) from None


def paragraphs(text: str, *, field: str, longest: int) -> str:
    """Text of several lines as it is kept, or the field's error."""
    lines = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    plain = "\n".join(each.rstrip() for each in lines).strip()
    if len(plain) > longest:
        raise InvalidShop(fields={field: f"Use {longest} characters at most; these are {len(plain)}."})
    # The lines one by one, because a line break is no sign that can be shown.
    for each in plain.split("\n"):
        line(each.replace("\t", " "), field=field, label="text", longest=longest, needed=False)
    return plain


def name(text: str) -> str:
    """A shop's name as it is kept."""
    return line(text, field="name", label="the shop's name", longest=MAX_NAME)


def tagline(text: str) -> str:
    """What a shop is, in one line."""
    return line(text, field="tagline", label="a tagline", longest=MAX_TAGLINE, needed=False)


def about(text: str) -> str:
    """A shop's own story."""
    return paragraphs(text, field="about", longest=MAX_ABOUT)


def shipping_policy(text: str) -> str:
    """How a shop sends things."""
    return paragraphs(text, field="shipping_policy", longest=MAX_POLICY)


def returns_policy(text: str) -> str:
    """How a shop takes things back."""
    return paragraphs(text, field="returns_policy", longest=MAX_POLICY)


def country(code: str) -> str:
    """Where a shop is, as ISO 3166-1 alpha-2."""
    known = code.strip().upper()
    if known not in places.COUNTRIES:
        raise InvalidShop(fields={"country": "Choose a country."})
    return known


def currency(code: str) -> str:
    """What a shop's prices are in, as ISO 4217."""
    known = code.strip().upper()
    if known not in EXPONENTS:
        said = f'There is no currency "{known[:10]}"; choose one such as USD.' if known else "Choose a currency."
        raise InvalidShop(fields={"currency": said})
    return known


def language(word: str) -> Language:
    """What a shop's listings are written in."""
    try:
        return Language(word)
    except ValueError:
        raise InvalidShop(fields={"language": f"Choose one of {', '.join(Language)}."}) from None


def holiday(until: str, *, today: date) -> date:
    """The day a shop opens again, if that is one to come."""
    try:
        day = date.fromisoformat(until)
    except ValueError:
        raise InvalidShop(fields={"until": "Choose the day on which the shop opens again."}) from None
    if not today < day <= today + MAX_HOLIDAY:
        raise InvalidShop(fields={"until": "Choose a day between tomorrow and a year from now."})
    return day


def cleaned(said: Mapping[str, str]) -> dict[str, str]:
    """What is said about a shop, as it is kept; all that is wrong with it is said at once."""
    kept: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for field, text in said.items():
        try:
            kept[field] = _RULES[field](text)
        except Invalid as error:
            wrong |= error.fields
    if wrong:
        raise InvalidShop(fields=wrong)
    return kept


_RULES: dict[str, Callable[[str], str]] = {
    "name": name,
    "tagline": tagline,
    "about": about,
    "country": country,
    "currency": currency,
    "language": language,
    "shipping_policy": shipping_policy,
    "returns_policy": returns_policy,
}
