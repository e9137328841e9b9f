"""Shop rules: slugs, roles, permissions and limits."""

import re
from datetime import timedelta
from enum import StrEnum

from babel import Locale
from slugify import slugify

from platform_app.domain.shared.kinds import NotificationKind
from platform_app.domain.shops.errors import InvalidShop

INVITATION_LIFETIME = timedelta(days=7)
MAX_SHOPS = 10  # per owner
MAX_MEMBERS = 50  # per shop, including invitations
MAX_HOLIDAY_LENGTH = timedelta(days=366)
INVITATION = NotificationKind("invitation", headline="You're invited to help run a shop", icon="store")
REOPENING_PERIOD = timedelta(days=30)  # a closed shop is deleted afterwards
# Path segments that are or may become routes of their own.
RESERVED_SLUGS = frozenset({"admin", "api", "invitations", "new", "open", "plaza", "sell", "settings", "staff"})

_SLUG_PATTERN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")


class Language(StrEnum):
    """The languages with stemming, and any other; a listing is indexed in its shop's language."""

    ARABIC = "arabic"
    ARMENIAN = "armenian"
    BASQUE = "basque"
    CATALAN = "catalan"
    CZECH = "czech"
    DANISH = "danish"
    DUTCH = "dutch"
    ENGLISH = "english"
    ESPERANTO = "esperanto"
    ESTONIAN = "estonian"
    FINNISH = "finnish"
    FRENCH = "french"
    GERMAN = "german"
    GREEK = "greek"
    HINDI = "hindi"
    HUNGARIAN = "hungarian"
    INDONESIAN = "indonesian"
    IRISH = "irish"
    ITALIAN = "italian"
    LITHUANIAN = "lithuanian"
    NEPALI = "nepali"
    NORWEGIAN = "norwegian"
    PERSIAN = "persian"
    POLISH = "polish"
    PORTUGUESE = "portuguese"
    ROMANIAN = "romanian"
    RUSSIAN = "russian"
    SERBIAN = "serbian"
    SESOTHO = "sesotho"
    SPANISH = "spanish"
    SWEDISH = "swedish"
    TAMIL = "tamil"
    TURKISH = "turkish"
    YIDDISH = "yiddish"
    OTHER = "other"


class ShopImage(StrEnum):
    """A shop's own pictures: a square logo, and a wide banner at the top of its page."""

    LOGO = "mark"
    BANNER = "cover"


class MemberRole(StrEnum):
    """The role of a member: an owner may do everything, staff only what their permissions allow."""

    OWNER = "owner"
    STAFF = "staff"


class Permission(StrEnum):
    """A permission that staff can have."""

    LISTINGS = "listings"
    STOCK = "stock"
    IMPORTS = "imports"
    STATS = "figures"
    SHOP = "shop"
    STAFF = "staff"


# What an action requires: a permission, any one of several, or only membership (None).
RequiredPermission = Permission | frozenset[Permission] | None


def country_name(code: str) -> str:
    """A country's English name."""
    name: str = Locale("en").territories.get(code, code)
    return name


def is_valid_slug(slug: str) -> bool:
    """Whether the text has the format of a shop's slug."""
    return bool(_SLUG_PATTERN.fullmatch(slug))


def require_slug(slug: str) -> None:
    """Raise InvalidShop if the slug is malformed or reserved."""
    if not is_valid_slug(slug):
        suggestion = slug_from_name(slug)
        hint = f'; try "{suggestion}"' if suggestion else ""
        message = f'"{slug[:60]}" can\'t be a web address: use 1 to 60 lower-case letters, digits and hyphens{hint}'
        raise InvalidShop(fields={"slug": message})
    if slug in RESERVED_SLUGS:
        raise InvalidShop(fields={"slug": f'"{slug}" is reserved. Choose another web address.'})


def slug_from_name(name: str) -> str:
    """The slug that a name suggests; empty if the name has no usable characters."""
    return str(slugify(name[:200]))[:60].strip("-")


def name_from_slug(slug: str) -> str:
    """A default name for a shop with this slug."""
    return slug.replace("-", " ").title()
