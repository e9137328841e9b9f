"""A shop as every surface shows it, and who runs it."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from platform_app.domain.shops.rules import Language, MemberRole, Permission, RequiredPermission


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class Shop(_Frozen):
    """A shop's public profile; `holiday_until` is the day it opens again, while it is closed.

    `mark` and `cover` are the contents of pictures, which are at `/media/pictures/{content}/{width}.webp`: the mark 400
    pixels wide, the cover 800 and 1600.
    """

    id: UUID
    slug: str
    name: str
    tagline: str
    about: str
    country: str
    currency: str
    language: str
    mark: str | None
    cover: str | None
    cover_alt: str = ""
    shipping_policy: str = ""
    returns_policy: str = ""
    holiday_until: date | None = None
    holiday_note: str = ""
    created_at: datetime


class ShopProfile(_Frozen):
    """What a seller says about their shop."""

    slug: str
    name: str
    tagline: str = ""
    about: str = ""
    country: str = "US"
    currency: str = "USD"
    language: Language = Language.ENGLISH
    mark: str | None = None
    cover: str | None = None


class ShopInput(_Frozen):
    """What it takes to open a shop, as somebody wrote it."""

    name: str = ""
    slug: str = ""
    country: str = ""
    currency: str = ""
    language: str = Language.ENGLISH


class SlugAvailability(_Frozen):
    """Whether a shop can have an address: `problem` says why not, `suggestion` is one that is free."""

    slug: str
    is_free: bool
    problem: str = ""
    suggestion: str = ""


class Membership(_Frozen):
    """Somebody's part in a shop; every seller query and command takes its `shop_id` from one."""

    shop_id: UUID
    user_id: UUID
    slug: str
    name: str
    currency: str
    role: MemberRole
    permissions: tuple[Permission, ...]

    def has_permission(self, required: RequiredPermission) -> bool:
        """Whether they may do this; everybody who runs the shop may do what needs no permission."""
        if required is None or isinstance(required, Permission):
            return required is None or required in self.permissions
        return not required.isdisjoint(self.permissions)


class Member(_Frozen):
    """Somebody who runs a shop, as the others see them."""

    user_id: UUID
    name: str
    email: str
    role: MemberRole
    permissions: tuple[Permission, ...]
    created_at: datetime


class Invitation(_Frozen):
    """Staff to be, as the shop sees them."""

    id: UUID
    email: str
    permissions: tuple[Permission, ...]
    created_at: datetime
    expires_at: datetime


class ReceivedInvitation(_Frozen):
    """An invitation as the one sees it who may accept."""

    id: UUID
    shop_slug: str
    shop_name: str
    permissions: tuple[Permission, ...]
    expires_at: datetime
