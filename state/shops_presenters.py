"""Texts of the seller's pages."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from babel import Locale
from babel.dates import format_date
from babel.numbers import get_territory_currencies

from platform_app.domain.accounts.rules.countries import COUNTRIES
from platform_app.domain.catalog.rules import Status
from platform_app.domain.media.rules import UploadState
from platform_app.domain.media.schemas import Upload
from platform_app.domain.shared import money
from platform_app.domain.shared.collation import collation_key
from platform_app.domain.shared.money import EXPONENTS
from platform_app.domain.shops.rules import (
    MAX_HOLIDAY_LENGTH,
    REOPENING_PERIOD,
    Language,
    MemberRole,
    Permission,
    ShopImage,
)
from platform_app.domain.shops.schemas import ClosedShop, Invitation, Member, Membership, ReceivedInvitation, Shop
from platform_app.presenters.shared import holiday_text

PERMISSION_LABELS = {
    Permission.LISTINGS: ("Listings", "Create, edit and publish listings"),
    Permission.STOCK: ("Stock", "Update stock levels"),
    Permission.IMPORTS: ("Imports", "Import listings from files"),
    Permission.STATS: ("Analytics", "See how often listings are viewed and favourited"),
    Permission.SHOP: ("Shop", "Edit the profile, policies and holidays"),
    Permission.STAFF: ("Staff", "Invite, edit and remove people"),
}
# Shown first, because most shops use one of these.
COMMON_CURRENCIES = ("EUR", "USD", "GBP", "CHF", "SEK", "DKK", "NOK", "PLN", "CZK", "CAD", "AUD", "JPY")


@dataclass(frozen=True)
class SelectOptionView:
    """An option of a select field."""

    value: str
    label: str


@dataclass(frozen=True)
class CountryOptionView(SelectOptionView):
    """A country with its currency."""

    currency: str


@dataclass(frozen=True)
class SlugAvailabilityView:
    """A shop's slug; `message` says whether it is available."""

    slug: str = ""
    message: str = ""
    is_available: bool = False


@dataclass(frozen=True)
class MyShopView:
    """A shop that the user owns or works for."""

    name: str
    href: str
    role: str


@dataclass(frozen=True)
class ClosedShopView:
    """A closed shop; `href` is the URL in the API that reopens it."""

    name: str
    href: str
    deletion: str


@dataclass(frozen=True)
class InvitationView:
    """An invitation, for the shop or the invited person; `href` is its URL in the API."""

    title: str
    permissions: str
    expires: str
    href: str


@dataclass(frozen=True)
class MemberView:
    """A member of the shop; `is_locked` if the viewer cannot edit or remove them."""

    name: str
    email: str
    role: str
    href: str
    is_owner: bool
    is_me: bool
    is_locked: bool
    permissions: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ChecklistItemView:
    """A step of setting up a shop."""

    title: str
    text: str
    href: str
    is_done: bool


@dataclass(frozen=True)
class ShopFieldsView:
    """The initial values of the settings forms."""

    api_url: str = ""
    holiday_url: str = ""
    public_path: str = ""
    name: str = ""
    tagline: str = ""
    about: str = ""
    country: str = ""
    language: str = ""
    currency: str = ""
    shipping: str = ""
    returns: str = ""
    delivery_cost: str = ""
    free_delivery_from: str = ""
    delivery_days_from: str = ""
    delivery_days_to: str = ""
    returns_days: str = ""
    holiday_text: str = ""
    holiday_until: str = ""
    holiday_note: str = ""
    close_href: str = ""
    earliest_return: str = ""
    latest_return: str = ""


@dataclass(frozen=True)
class ShopImageView:
    """A shop's logo or banner in its settings, with the state of the latest upload; `api_url` is its URL in the API."""

    api_url: str = ""
    content: str = ""
    alt: str = ""
    status_text: str = ""
    is_failed: bool = False


def my_shops(found: Sequence[Membership]) -> list[MyShopView]:
    """The shops that the user owns or works for."""
    return [MyShopView(each.name, f"/sell/{each.slug}", role_label(each.role, each.permissions)) for each in found]


def closed_shops(found: Sequence[ClosedShop]) -> list[ClosedShopView]:
    """The closed shops that the user may reopen."""
    return [
        ClosedShopView(each.name, f"/api/v1/shops/{each.slug}/closing", f"Deleted on {_format_day(each.reopen_until)}")
        for each in found
    ]


def received_invitations(found: Sequence[ReceivedInvitation]) -> list[InvitationView]:
    """The user's open invitations."""
    return [
        InvitationView(
            title=each.shop_name,
            permissions=_permissions_text(each.permissions),
            expires=_format_day(each.expires_at),
            href=f"/api/v1/account/invitations/{each.id}",
        )
        for each in found
    ]


def sent_invitations(found: Sequence[Invitation], *, slug: str) -> list[InvitationView]:
    """A shop's open invitations."""
    return [
        InvitationView(
            title=each.email,
            permissions=_permissions_text(each.permissions),
            expires=_format_day(each.expires_at),
            href=f"/api/v1/shops/{slug}/invitations/{each.id}",
        )
        for each in found
    ]


def members(found: Sequence[Member], *, membership: Membership) -> list[MemberView]:
    """A shop's members."""
    owners = sum(each.role is MemberRole.OWNER for each in found)
    return [
        MemberView(
            name=each.name,
            email=each.email,
            role=role_label(each.role, each.permissions),
            href=f"/api/v1/shops/{membership.slug}/members/{each.user_id}",
            is_owner=each.role is MemberRole.OWNER,
            is_me=each.user_id == membership.user_id,
            is_locked=not _can_change(each, membership=membership, owners=owners),
            permissions=[str(permission) for permission in each.permissions],
        )
        for each in found
    ]


def next_owners(found: Sequence[Member]) -> list[SelectOptionView]:
    """The members who can be made owners."""
    return [
        SelectOptionView(str(each.user_id), f"{each.name} ({each.email})")
        for each in found
        if each.role is not MemberRole.OWNER
    ]


def home(shop: Shop, counts: Mapping[Status, int], *, membership: Membership) -> dict[str, object]:
    """The values of a shop's home page in the studio."""
    settings_url = f"/sell/{shop.slug}/settings" if membership.has_permission(Permission.SHOP) else ""
    listing_count = sum(counts.values())
    listings_url = f"/sell/{shop.slug}/listings" if membership.has_permission(Permission.LISTINGS) else ""
    checklist = [
        ChecklistItemView("Introduce your shop", "Add a tagline and a few words about who you are.", settings_url, bool(shop.tagline and shop.about)),
        ChecklistItemView(
            "Add your shipping and return policies",
            "Visitors read them on your shop's page before they buy.",
            settings_url and settings_url + "#policies",
            bool(shop.shipping_policy and shop.returns_policy),
        ),
        ChecklistItemView("Add your first listing", "One is enough to get started.", listings_url, listing_count > 0),
        ChecklistItemView("Get paid", "Payouts are coming later. There is nothing to set up yet.", "", False),
    ]  # fmt: skip
    return {
        "checklist": checklist,
        "published": counts[Status.PUBLISHED],
        "drafts": counts[Status.DRAFT],
        "archived": counts[Status.ARCHIVED],
        "holiday_text": holiday_text(shop.holiday_until),
    }


def settings_fields(shop: Shop, *, membership: Membership, today: date) -> ShopFieldsView:
    """The initial values of the settings forms."""
    return ShopFieldsView(
        api_url=f"/api/v1/shops/{shop.slug}",
        holiday_url=f"/api/v1/shops/{shop.slug}/holiday",
        public_path=f"/shops/{shop.slug}",
        name=shop.name,
        tagline=shop.tagline,
        about=shop.about,
        country=shop.country,
        language=shop.language,
        currency=shop.currency,
        shipping=shop.shipping_policy,
        returns=shop.returns_policy,
        delivery_cost=_decimal(shop.delivery_cost, shop.currency),
        free_delivery_from=_decimal(shop.free_delivery_from, shop.currency),
        delivery_days_from=_number(shop.delivery_days_from),
        delivery_days_to=_number(shop.delivery_days_to),
        returns_days=_number(shop.returns_days),
        holiday_text=holiday_text(shop.holiday_until),
        holiday_until=shop.holiday_until.isoformat() if shop.holiday_until else "",
        holiday_note=shop.holiday_note,
        close_href=f"/sell/{shop.slug}/close" if membership.role is MemberRole.OWNER else "",
        earliest_return=(today + timedelta(days=1)).isoformat(),
        latest_return=(today + MAX_HOLIDAY_LENGTH).isoformat(),
    )


def _decimal(amount: int | None, currency: str) -> str:
    return "" if amount is None else money.format_decimal(amount, currency)


def _number(count: int | None) -> str:
    return "" if count is None else str(count)


def shop_image(shop: Shop, kind: ShopImage, upload: Upload | None) -> ShopImageView:
    """The shop's logo or banner, with the state of the latest upload."""
    is_failed = upload is not None and upload.state is UploadState.REFUSED
    if upload and is_failed:
        status_text = f"We couldn't use the last picture: it {upload.reason or 'could not be read'}."
    else:
        status_text = "Processing…" if upload and upload.state is UploadState.RECEIVED else ""
    return ShopImageView(
        api_url=f"/api/v1/shops/{shop.slug}/faces/{kind}",
        content=(shop.mark if kind is ShopImage.LOGO else shop.cover) or "",
        alt="" if kind is ShopImage.LOGO else shop.cover_alt,
        status_text=status_text,
        is_failed=is_failed,
    )


def slug_availability(slug: str, *, is_available: bool, alternative: str = "") -> SlugAvailabilityView:
    """Whether a slug is available."""
    if is_available:
        return SlugAvailabilityView(slug, f"/shops/{slug} is available.", is_available=True)
    hint = f" /shops/{alternative} is available." if alternative else ""
    return SlugAvailabilityView(slug, f"/shops/{slug} is taken.{hint}" if slug else "Use letters, digits and hyphens.")


def role_label(role: MemberRole, permissions: Iterable[Permission]) -> str:
    """A member's role, or their permissions."""
    return "Owner" if role is MemberRole.OWNER else _permissions_text(permissions)


def last_day_to_reopen(now: datetime) -> str:
    """Until when a shop that is closed now can be reopened."""
    return _format_day(now + REOPENING_PERIOD)


def currency_options() -> list[SelectOptionView]:
    """Every currency by its English name, the most common first."""
    names: Mapping[str, str] = Locale("en").currencies
    others = (code for code in EXPONENTS if code not in COMMON_CURRENCIES)
    rest = sorted(others, key=lambda code: collation_key(names.get(code, code)))
    return [SelectOptionView(code, f"{names.get(code, code)} ({code})") for code in (*COMMON_CURRENCIES, *rest)]


def country_options() -> list[CountryOptionView]:
    """Every country by its English name."""
    names = Locale("en").territories
    found = (
        CountryOptionView(code, names.get(code, code), next(iter(get_territory_currencies(code)), ""))
        for code in COUNTRIES
    )
    return sorted(found, key=lambda each: collation_key(each.label))


def language_options() -> list[SelectOptionView]:
    """The languages that a shop's listings can have."""
    return [SelectOptionView(each.value, each.value.title()) for each in Language]


def _permissions_text(permissions: Iterable[Permission]) -> str:
    return ", ".join(PERMISSION_LABELS[each][0] for each in permissions) or "No permissions yet"


def _format_day(moment: date) -> str:
    return str(format_date(moment, "d MMMM", locale="en"))


def _can_change(member: Member, *, membership: Membership, owners: int) -> bool:
    """The same rule as the commands: owners can edit everyone, but nobody can edit the last owner.

    Other members can edit members who have no more permissions than themselves.
    """
    if member.role is MemberRole.OWNER:
        return owners > 1 and membership.role is MemberRole.OWNER
    return membership.role is MemberRole.OWNER or set(member.permissions) <= set(membership.permissions)
