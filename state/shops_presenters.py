"""What the pages of selling show, as ready text."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from babel import Locale
from babel.dates import format_date
from babel.numbers import get_territory_currencies

from platform_app.domain.accounts.rules.postal import COUNTRIES
from platform_app.domain.catalog.rules import Status
from platform_app.domain.media.rules import UploadState
from platform_app.domain.media.schemas import Upload
from platform_app.domain.shared.money import EXPONENTS
from platform_app.domain.shops.rules import MAX_HOLIDAY_LENGTH, Language, MemberRole, Permission, ShopImage
from platform_app.domain.shops.schemas import Invitation, Member, Membership, ReceivedInvitation, Shop
from platform_app.presenters.shared import holiday_text

PERMISSION_LABELS = {
    Permission.LISTINGS: ("Listings", "Write, change and publish listings"),
    Permission.STOCK: ("Stock", "Change how many there are"),
    Permission.IMPORTS: ("Imports", "Bring listings in from files"),
    Permission.STATS: ("Figures", "See how often listings are opened and liked"),
    Permission.SHOP: ("Shop", "Change profile, policies and holidays"),
    Permission.STAFF: ("People", "Invite, change and remove staff"),
}
# What most shops price in, before all others.
COMMON_CURRENCIES = ("EUR", "USD", "GBP", "CHF", "SEK", "DKK", "NOK", "PLN", "CZK", "CAD", "AUD", "JPY")


@dataclass(frozen=True)
class SelectOptionView:
    """Something to choose from a list."""

    value: str
    label: str


@dataclass(frozen=True)
class CountryOptionView(SelectOptionView):
    """A country, and the currency people pay with there."""

    currency: str


@dataclass(frozen=True)
class SlugAvailabilityView:
    """An address for a shop; `message` says whether it is free."""

    slug: str = ""
    message: str = ""
    is_available: bool = False


@dataclass(frozen=True)
class MyShopView:
    """A shop one runs."""

    name: str
    href: str
    role: str


@dataclass(frozen=True)
class InvitationView:
    """An invitation, as either side sees it; `href` is where it is accepted, declined or taken back."""

    title: str
    permissions: str
    expires: str
    href: str


@dataclass(frozen=True)
class MemberView:
    """Somebody who runs the shop; `is_locked` where the viewer cannot change or remove them."""

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
    """Something a shop needs before it sells well."""

    title: str
    text: str
    href: str
    is_done: bool


@dataclass(frozen=True)
class ShopFieldsView:
    """What the settings' forms start from; `saved` changes whenever any of it does."""

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
    holiday_text: str = ""
    holiday_until: str = ""
    holiday_note: str = ""
    earliest_return: str = ""
    latest_return: str = ""


@dataclass(frozen=True)
class ShopImageView:
    """A shop's mark or cover in its settings: what is shown, and how far the next one is; `api_url` is its address in the API."""

    api_url: str = ""
    content: str = ""
    alt: str = ""
    status_text: str = ""
    is_failed: bool = False


def my_shops(found: Sequence[Membership]) -> list[MyShopView]:
    """The shops one runs."""
    return [MyShopView(each.name, f"/sell/{each.slug}", role_label(each.role, each.permissions)) for each in found]


def received_invitations(found: Sequence[ReceivedInvitation]) -> list[InvitationView]:
    """The shops one is invited to."""
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
    """Who is invited to a shop."""
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
    """Who runs a shop."""
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


def home(shop: Shop, counts: Mapping[Status, int], *, membership: Membership) -> dict[str, object]:
    """A shop's home."""
    settings_url = f"/sell/{shop.slug}/settings" if membership.has_permission(Permission.SHOP) else ""
    listing_count = sum(counts.values())
    listings_url = f"/sell/{shop.slug}/listings" if membership.has_permission(Permission.LISTINGS) else ""
    checklist = [
        ChecklistItemView("Introduce the shop", "A tagline and a few words about who you are.", settings_url, bool(shop.tagline and shop.about)),
        ChecklistItemView(
            "Write down how you send and take back",
            "Visitors read it on your shop's page before they buy.",
            settings_url and settings_url + "#policies",
            bool(shop.shipping_policy and shop.returns_policy),
        ),
        ChecklistItemView("Offer a first listing", "Something to show: one is enough to begin with.", listings_url, listing_count > 0),
        ChecklistItemView("Get paid", "Payouts come later; nothing is needed for them now.", "", False),
    ]  # fmt: skip
    return {
        "checklist": checklist,
        "published": counts[Status.PUBLISHED],
        "drafts": counts[Status.DRAFT],
        "archived": counts[Status.ARCHIVED],
        "holiday_text": holiday_text(shop.holiday_until),
    }


def settings_fields(shop: Shop, *, today: date) -> ShopFieldsView:
    """What the settings' forms start from."""
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
        holiday_text=holiday_text(shop.holiday_until),
        holiday_until=shop.holiday_until.isoformat() if shop.holiday_until else "",
        holiday_note=shop.holiday_note,
        earliest_return=(today + timedelta(days=1)).isoformat(),
        latest_return=(today + MAX_HOLIDAY_LENGTH).isoformat(),
    )


def shop_image(shop: Shop, kind: ShopImage, upload: Upload | None) -> ShopImageView:
    """The shop's mark or cover, and what became of the last one that was sent."""
    is_failed = upload is not None and upload.state is UploadState.REFUSED
    if upload and is_failed:
        status_text = f"The last picture could not be used: it {upload.reason or 'could not be read'}."
    else:
        status_text = "Being prepared…" if upload and upload.state is UploadState.RECEIVED else ""
    return ShopImageView(
        api_url=f"/api/v1/shops/{shop.slug}/faces/{kind}",
        content=(shop.mark if kind is ShopImage.LOGO else shop.cover) or "",
        alt="" if kind is ShopImage.LOGO else shop.cover_alt,
        status_text=status_text,
        is_failed=is_failed,
    )


def slug_availability(slug: str, *, is_available: bool, alternative: str = "") -> SlugAvailabilityView:
    """Whether an address can be had."""
    if is_available:
        return SlugAvailabilityView(slug, f"/shops/{slug} is free.", is_available=True)
    hint = f" /shops/{alternative} is free." if alternative else ""
    return SlugAvailabilityView(slug, f"/shops/{slug} is taken.{hint}" if slug else "Use letters, digits and hyphens.")


def role_label(role: MemberRole, permissions: Iterable[Permission]) -> str:
    """What somebody is in a shop."""
    return "Owner" if role is MemberRole.OWNER else _permissions_text(permissions)


def currency_options() -> list[SelectOptionView]:
    """Every currency by its English name, the commonest first."""
    names: Mapping[str, str] = Locale("en").currencies
    rest = sorted((code for code in EXPONENTS if code not in COMMON_CURRENCIES), key=lambda code: names.get(code, code))
    return [SelectOptionView(code, f"{names.get(code, code)} ({code})") for code in (*COMMON_CURRENCIES, *rest)]


def country_options() -> list[CountryOptionView]:
    """Every country by its English name."""
    names = Locale("en").territories
    found = (
        CountryOptionView(code, names.get(code, code), next(iter(get_territory_currencies(code)), ""))
        for code in COUNTRIES
    )
    return sorted(found, key=lambda each: each.label)


def language_options() -> list[SelectOptionView]:
    """The languages a shop's listings may be in."""
    return [SelectOptionView(each.value, each.value.title()) for each in Language]


def _permissions_text(permissions: Iterable[Permission]) -> str:
    return ", ".join(PERMISSION_LABELS[each][0] for each in permissions) or "Nothing yet"


def _format_day(moment: date) -> str:
    return str(format_date(moment, "d MMMM", locale="en"))


def _can_change(member: Member, *, membership: Membership, owners: int) -> bool:
    """As the commands decide it: owners over everybody, others over whoever may do no more; and never the last owner."""
    if member.role is MemberRole.OWNER:
        return owners > 1 and membership.role is MemberRole.OWNER
    return membership.role is MemberRole.OWNER or set(member.permissions) <= set(membership.permissions)
