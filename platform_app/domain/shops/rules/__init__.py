"""What a shop's address may be, and what those who run it may do."""

import re
from datetime import timedelta
from enum import StrEnum

from babel import Locale
from slugify import slugify

from platform_app.domain.shops.errors import InvalidShop

INVITATION_LIFETIME = timedelta(days=7)
MAX_SHOPS = 10  # that one person owns
MAX_MEMBERS = 50  # of a shop, invitations included
MAX_HOLIDAY_LENGTH = timedelta(days=366)
# What stands where a shop's address would, now or some day.
RESERVED_SLUGS = frozenset({"admin", "api", "invitations", "new", "open", "plaza", "sell", "settings", "staff"})

_SLUG_PATTERN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")


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


class ShopImage(StrEnum):
    """The pictures by which a shop is known: a square mark, and a wide cover at the head of its page."""

    LOGO = "mark"
    BANNER = "cover"


class MemberRole(StrEnum):
    """An owner may do everything in a shop, staff what they were given."""

    OWNER = "owner"
    STAFF = "staff"


class Permission(StrEnum):
    """What staff can be given."""

    LISTINGS = "listings"
    STOCK = "stock"
    IMPORTS = "imports"
    STATS = "figures"
    SHOP = "shop"
    STAFF = "staff"


# What it takes to do something: a permission, any of several, or no more than to run the shop.
RequiredPermission = Permission | frozenset[Permission] | None


def country_name(code: str) -> str:
    """A country by its English name."""
    name: str = Locale("en").territories.get(code, code)
    return name


def is_valid_slug(slug: str) -> bool:
    """Whether a shop could have this address at all."""
    return bool(_SLUG_PATTERN.fullmatch(slug))


def require_slug(slug: str) -> None:
    """Refuse an address that could not stand in a URL."""
    if not is_valid_slug(slug):
        suggestion = slug_from_name(slug)
        hint = f'; try "{suggestion}"' if suggestion else ""
        message = f'"{slug[:60]}" cannot be a shop address: use 1 to 60 lower-case letters, digits and hyphens{hint}'
        raise InvalidShop(fields={"slug": message})
    if slug in RESERVED_SLUGS:
        raise InvalidShop(fields={"slug": f'"{slug}" is a word that Plaza needs itself: use another address.'})


def slug_from_name(name: str) -> str:
    """The address that a name suggests; empty when nothing of it can stand in one."""
    return str(slugify(name[:200]))[:60].strip("-")


def name_from_slug(slug: str) -> str:
    """A name for a shop that was opened with nothing but an address."""
    return slug.replace("-", " ").title()
