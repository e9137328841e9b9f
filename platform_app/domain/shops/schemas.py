"""Shops, members and invitations."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from platform_app.domain.shops.rules import Language, MemberRole, Permission, RequiredPermission
from platform_app.domain.shops.rules.quotas import Resource, time_text


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class DeliveryTerms(_Frozen):
    """What a shop says about delivery and returns; null says nothing.

    Amounts are in minor units of the shop's currency: `delivery_cost` 0 is free, and `free_delivery_from` is the order
    from which it is. An order arrives after `delivery_days_from` to `delivery_days_to` days, and can be returned within
    `returns_days`; 0 means that the shop takes no returns.
    """

    delivery_cost: int | None = None
    free_delivery_from: int | None = None
    delivery_days_from: int | None = None
    delivery_days_to: int | None = None
    returns_days: int | None = None


class Shop(DeliveryTerms):
    """A shop's public profile; `holiday_until` is the day of reopening while the shop is closed.

    `mark` (logo) and `cover` (banner) are the contents of pictures at `/media/pictures/{content}/{width}.webp`: the
    logo 400 pixels wide, the banner 800 and 1600.
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


class Allowance(_Frozen):
    """What a shop may use of a resource until `ends_at`, and what it has used."""

    resource: Resource
    used: int
    allowed: int
    ends_at: datetime

    @property
    def left(self) -> int:
        """What is left."""
        return max(0, self.allowed - self.used)

    @property
    def left_text(self) -> str:
        """What is left and when the count starts again, as a sentence."""
        left, until = self.resource.amount_text(self.left), time_text(self.ends_at)
        return f"The shop has {left} left of {self.allowed_text}; the count starts again at {until}."

    @property
    def allowed_text(self) -> str:
        """The limit with its period."""
        if self.resource is Resource.PIXELS:
            return f"{-(-self.allowed // 1_000_000):,} an hour"
        return f"{self.allowed:,} a day"


class ShopProfile(DeliveryTerms):
    """The profile for opening a shop."""

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
    """The form for opening a shop, as typed."""

    name: str = ""
    slug: str = ""
    country: str = ""
    currency: str = ""
    language: str = Language.ENGLISH


class SlugAvailability(_Frozen):
    """Whether a slug is free: `problem` says why not, `suggestion` is a free one."""

    slug: str
    is_free: bool
    problem: str = ""
    suggestion: str = ""


class Membership(_Frozen):
    """A user's membership of a shop; every seller query and command takes its `shop_id` from one."""

    shop_id: UUID
    user_id: UUID
    slug: str
    name: str
    currency: str
    role: MemberRole
    permissions: tuple[Permission, ...]

    def has_permission(self, required: RequiredPermission) -> bool:
        """Whether the member has a required permission; None requires only membership."""
        if required is None or isinstance(required, Permission):
            return required is None or required in self.permissions
        return not required.isdisjoint(self.permissions)


class ClosedShop(_Frozen):
    """A closed shop, for the owner who may reopen it until it is deleted."""

    slug: str
    name: str
    reopen_until: datetime


class Member(_Frozen):
    """A member of a shop, as other members see them."""

    user_id: UUID
    name: str
    email: str
    role: MemberRole
    permissions: tuple[Permission, ...]
    created_at: datetime


class Invitation(_Frozen):
    """An open invitation, as the shop sees it."""

    id: UUID
    email: str
    permissions: tuple[Permission, ...]
    created_at: datetime
    expires_at: datetime


class InvitationRecipient(_Frozen):
    """To whom an invitation is mailed, and from which shop."""

    email: str
    shop_name: str


class ReceivedInvitation(_Frozen):
    """An open invitation, as the invited user sees it."""

    id: UUID
    shop_slug: str
    shop_name: str
    permissions: tuple[Permission, ...]
    expires_at: datetime
