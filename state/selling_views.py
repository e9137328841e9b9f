"""What the pages of selling show, as ready text."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from babel import Locale
from babel.dates import format_date
from babel.numbers import get_territory_currencies

from platform_app.domain.accounts.rules.places import COUNTRIES
from platform_app.domain.catalog.rules import Status
from platform_app.domain.shared.money import EXPONENTS
from platform_app.domain.shops.rules import MAX_HOLIDAY, Language, MemberRole, Permission
from platform_app.domain.shops.schemas import Invitation, Invited, Member, Membership, Shop
from state.views import away

PERMISSIONS = {
    Permission.LISTINGS: ("Listings", "Write, change and publish listings"),
    Permission.STOCK: ("Stock", "Change how many there are"),
    Permission.IMPORTS: ("Imports", "Bring listings in from files"),
    Permission.FIGURES: ("Figures", "See what was sold, and for how much"),
    Permission.SHOP: ("Shop", "Change profile, policies and holidays"),
    Permission.STAFF: ("People", "Invite, change and remove staff"),
}
# What most shops price in, before all others.
COMMON_CURRENCIES = ("EUR", "USD", "GBP", "CHF", "SEK", "DKK", "NOK", "PLN", "CZK", "CAD", "AUD", "JPY")


@dataclass(frozen=True)
class OptionView:
    """Something to choose from a list."""

    value: str
    label: str


@dataclass(frozen=True)
class LandView(OptionView):
    """A country, and the currency people pay with there."""

    currency: str


@dataclass(frozen=True)
class AddressView:
    """An address for a shop; `word` says whether it is free."""

    slug: str = ""
    word: str = ""
    is_free: bool = False


@dataclass(frozen=True)
class MyShopView:
    """A shop one runs."""

    name: str
    href: str
    part: str


@dataclass(frozen=True)
class InvitationView:
    """An invitation, as either side sees it; `href` is where it is accepted, declined or taken back."""

    title: str
    may: str
    until: str
    href: str


@dataclass(frozen=True)
class MemberView:
    """Somebody who runs the shop; `is_fixed` where the viewer cannot change or remove them."""

    name: str
    email: str
    part: str
    href: str
    is_owner: bool
    is_me: bool
    is_fixed: bool
    permissions: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class StepView:
    """Something a shop needs before it sells well."""

    title: str
    text: str
    href: str
    is_done: bool


@dataclass(frozen=True)
class ShopFieldsView:
    """What the settings' forms start from; `saved` changes whenever any of it does."""

    action: str = ""
    holiday: str = ""
    address: str = ""
    name: str = ""
    tagline: str = ""
    about: str = ""
    country: str = ""
    language: str = ""
    currency: str = ""
    shipping: str = ""
    returns: str = ""
    away: str = ""
    away_until: str = ""
    away_note: str = ""
    soonest: str = ""
    latest: str = ""


def my_shops(found: Sequence[Membership]) -> list[MyShopView]:
    """The shops one runs."""
    return [MyShopView(each.name, f"/sell/{each.slug}", part(each.role, each.permissions)) for each in found]


def invited(found: Sequence[Invited]) -> list[InvitationView]:
    """The shops one is invited to."""
    return [
        InvitationView(
            title=each.shop_name,
            may=_may(each.permissions),
            until=_day(each.expires_at),
            href=f"/api/v1/account/invitations/{each.id}",
        )
        for each in found
    ]


def waiting(found: Sequence[Invitation], *, slug: str) -> list[InvitationView]:
    """Who is invited to a shop."""
    return [
        InvitationView(
            title=each.email,
            may=_may(each.permissions),
            until=_day(each.expires_at),
            href=f"/api/v1/shops/{slug}/invitations/{each.id}",
        )
        for each in found
    ]


def members(found: Sequence[Member], *, mine: Membership) -> list[MemberView]:
    """Who runs a shop."""
    owners = sum(each.role is MemberRole.OWNER for each in found)
    return [
        MemberView(
            name=each.name,
            email=each.email,
            part=part(each.role, each.permissions),
            href=f"/api/v1/shops/{mine.slug}/members/{each.user_id}",
            is_owner=each.role is MemberRole.OWNER,
            is_me=each.user_id == mine.user_id,
            is_fixed=not _is_mine_to_change(each, mine=mine, owners=owners),
            permissions=[str(permission) for permission in each.permissions],
        )
        for each in found
    ]


def home(shop: Shop, counts: Mapping[Status, int], *, mine: Membership) -> dict[str, object]:
    """A shop's home."""
    settings = f"/sell/{shop.slug}/settings" if mine.may(Permission.SHOP) else ""
    listings = sum(counts.values())
    offer = f"/sell/{shop.slug}/listings" if mine.may(Permission.LISTINGS) else ""
    steps = [
        StepView("Introduce the shop", "A tagline and a few words about who you are.", settings, bool(shop.tagline and shop.about)),
        StepView(
            "Write down how you send and take back",
            "Visitors read it on your shop's page before they buy.",
            settings and settings + "#policies",
            bool(shop.shipping_policy and shop.returns_policy),
        ),
        StepView("Offer a first listing", "Something to show: one is enough to begin with.", offer, listings > 0),
        StepView("Get paid", "Payouts come later; nothing is needed for them now.", "", False),
    ]  # fmt: skip
    return {
        "steps": steps,
        "published": counts[Status.PUBLISHED],
        "drafts": counts[Status.DRAFT],
        "archived": counts[Status.ARCHIVED],
        "away": away(shop.holiday_until),
    }


def fields(shop: Shop, *, today: date) -> ShopFieldsView:
    """What the settings' forms start from."""
    return ShopFieldsView(
        action=f"/api/v1/shops/{shop.slug}",
        holiday=f"/api/v1/shops/{shop.slug}/holiday",
        address=f"/shops/{shop.slug}",
        name=shop.name,
        tagline=shop.tagline,
        about=shop.about,
        country=shop.country,
        language=shop.language,
        currency=shop.currency,
        shipping=shop.shipping_policy,
        returns=shop.returns_policy,
        away=away(shop.holiday_until),
        away_until=shop.holiday_until.isoformat() if shop.holiday_until else "",
        away_note=shop.holiday_note,
        soonest=(today + timedelta(days=1)).isoformat(),
        latest=(today + MAX_HOLIDAY).isoformat(),
    )


def address(slug: str, *, is_free: bool, instead: str = "") -> AddressView:
    """Whether an address can be had."""
    if is_free:
        return AddressView(slug, f"/shops/{slug} is free.", is_free=True)
    hint = f" /shops/{instead} is free." if instead else ""
    return AddressView(slug, f"/shops/{slug} is taken.{hint}" if slug else "Use letters, digits and hyphens.")


def part(role: MemberRole, permissions: Iterable[Permission]) -> str:
    """What somebody is in a shop."""
    return "Owner" if role is MemberRole.OWNER else _may(permissions)


def currencies() -> list[OptionView]:
    """Every currency by its English name, the commonest first."""
    names: Mapping[str, str] = Locale("en").currencies
    rest = sorted((code for code in EXPONENTS if code not in COMMON_CURRENCIES), key=lambda code: names.get(code, code))
    return [OptionView(code, f"{names.get(code, code)} ({code})") for code in (*COMMON_CURRENCIES, *rest)]


def lands() -> list[LandView]:
    """Every country by its English name."""
    names = Locale("en").territories
    found = (
        LandView(code, names.get(code, code), next(iter(get_territory_currencies(code)), "")) for code in COUNTRIES
    )
    return sorted(found, key=lambda each: each.label)


def languages() -> list[OptionView]:
    """The languages a shop's listings may be in."""
    return [OptionView(each.value, each.value.title()) for each in Language]


def _may(permissions: Iterable[Permission]) -> str:
    return ", ".join(PERMISSIONS[each][0] for each in permissions) or "Nothing yet"


def _day(moment: date) -> str:
    return str(format_date(moment, "d MMMM", locale="en"))


def _is_mine_to_change(each: Member, *, mine: Membership, owners: int) -> bool:
    """As the commands decide it: owners over everybody, others over whoever may do no more; and never the last owner."""
    if each.role is MemberRole.OWNER:
        return owners > 1 and mine.role is MemberRole.OWNER
    return mine.role is MemberRole.OWNER or set(each.permissions) <= set(mine.permissions)
