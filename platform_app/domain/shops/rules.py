"""What a shop's address may be."""

import re
from enum import StrEnum

from babel import Locale
from slugify import slugify

from platform_app.domain.shops.errors import InvalidShop

_SLUG = re.compile(r"^[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?$")


class Language(StrEnum):
    """The languages whose words are stemmed; a listing is searched in its shop's."""

    DANISH = "danish"
    DUTCH = "dutch"
    ENGLISH = "english"
    FRENCH = "french"
    GERMAN = "german"
    ITALIAN = "italian"
    PORTUGUESE = "portuguese"
    SPANISH = "spanish"
    SWEDISH = "swedish"


def is_slug(slug: str) -> bool:
    """Whether a shop could have this address at all."""
    return bool(_SLUG.match(slug))


def require_slug(slug: str) -> None:
    """Refuse an address that could not stand in a URL."""
    if not is_slug(slug):
        suggestion = slugify(slug)[:60].strip("-")
        hint = f'; try "{suggestion}"' if suggestion else ""
        message = f'"{slug[:60]}" cannot be a shop address: use 1 to 60 lower-case letters, digits and hyphens{hint}'
        raise InvalidShop(fields={"slug": message})


def country_name(code: str) -> str:
    """A country by its English name."""
    name: str = Locale("en").territories.get(code, code)
    return name


def name_from(slug: str) -> str:
    """A name for a shop that was opened with nothing but an address."""
    return slug.replace("-", " ").title()
