"""What travels to the browser: ready text, and no more of it than a page shows."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from babel.dates import format_date, format_datetime, format_timedelta

from platform_app.domain.accounts.schemas import Viewer
from platform_app.domain.catalog.rules import Condition
from platform_app.domain.catalog.schemas import Category
from platform_app.domain.media import rules as media
from platform_app.domain.search.schemas import Card, CardPicture
from platform_app.domain.shared import money
from platform_app.domain.shared.money import Money
from platform_app.domain.shops import rules as shop_rules
from platform_app.domain.shops.schemas import Membership, Shop

MAX_CARD_WIDTH = 800  # pixels: no card is shown larger, not even on a sharp screen


@dataclass(frozen=True)
class LinkView:
    """Somewhere to go."""

    label: str = ""
    href: str = ""


@dataclass(frozen=True)
class UserView:
    """Who the page is for; without a name nobody is known to be signed in."""

    name: str = ""
    email: str = ""
    first_name: str = ""
    initial: str = ""
    shop_label: str = "Sell"
    shop_href: str = "/sell"


@dataclass(frozen=True)
class CategoryLinkView:
    """A category in a menu; `icon` is a Lucide name."""

    label: str
    href: str
    icon: str


@dataclass(frozen=True)
class CardView:
    """A listing in a list. `picture` names its sizes below /media/pictures, of which `width` is the largest shown."""

    id: str = ""
    href: str = ""
    title: str = ""
    shop_name: str = ""
    price: str = ""
    compare_at: str = ""
    condition: str = ""
    sold_out: bool = False
    holiday_text: str = ""
    picture: str = ""
    width: int = 0
    colour: str = ""


@dataclass(frozen=True)
class ShopView:
    """A shop on a card or at the head of its page."""

    href: str = ""
    name: str = ""
    tagline: str = ""
    about: str = ""
    logo: str = ""
    banner: str = ""
    banner_alt: str = ""
    country: str = ""
    holiday_text: str = ""
    holiday_note: str = ""
    shipping: str = ""
    returns: str = ""


@dataclass(frozen=True)
class FilterOptionView:
    """One value of a filter, and where choosing it leads; choosing an active one takes it back."""

    label: str
    href: str
    count: str
    is_active: bool


@dataclass(frozen=True)
class FilterGroupView:
    """A filter with its values."""

    name: str
    options: list[FilterOptionView]


@dataclass(frozen=True)
class HiddenFieldView:
    """A hidden field that carries a filter through a form."""

    name: str
    value: str


@dataclass(frozen=True)
class FiltersView:
    """Everything the results could be narrowed by; empty lists are not shown."""

    categories: list[FilterOptionView] = field(default_factory=list)
    conditions: list[FilterOptionView] = field(default_factory=list)
    stock: list[FilterOptionView] = field(default_factory=list)
    groups: list[FilterGroupView] = field(default_factory=list)
    sort_options: list[FilterOptionView] = field(default_factory=list)
    active_filters: list[LinkView] = field(default_factory=list)
    hidden_fields: list[HiddenFieldView] = field(default_factory=list)
    parents: list[LinkView] = field(default_factory=list)
    price_min: str = ""
    price_max: str = ""
    price_hint: str = ""


@dataclass(frozen=True)
class SuggestionView:
    """Somewhere that what is being typed may lead; `kind` is "words", "category" or "listing"."""

    kind: str
    label: str
    detail: str
    href: str
    picture: str = ""


@dataclass(frozen=True)
class ZeroResultsView:
    """Where to go from a search that found nothing; what has no label is not there."""

    corrected: LinkView = LinkView()
    unfiltered: LinkView = LinkView()
    categories: list[LinkView] = field(default_factory=list)


def card(found: Card) -> CardView:
    """A search result as a card."""
    is_range = found.price_max.amount > found.price.amount
    return CardView(
        id=str(found.id),
        href=f"/shops/{found.shop_slug}/{found.slug}",
        title=found.title,
        shop_name=found.shop_name,
        price=("from " if is_range else "") + price(found.price),
        compare_at=price(found.compare_at) if found.compare_at else "",
        condition="" if found.condition is Condition.NEW else found.condition.label,
        sold_out=not found.in_stock,
        holiday_text=holiday_text(found.holiday_until),
        picture=found.picture.content if found.picture else "",
        width=card_width(found.picture),
        colour=found.picture.colour if found.picture else "",
    )


def holiday_text(until: date | None) -> str:
    """That a shop is on holiday, and how long."""
    return f"On holiday until {format_date(until, 'd MMMM', locale='en')}" if until else ""


def cards(found: Sequence[Card]) -> list[CardView]:
    """Search results as cards."""
    return [card(each) for each in found]


def card_width(picture: CardPicture | None) -> int:
    """The largest stored size of a picture that a card has use for."""
    return max((width for width in media.widths(picture.width) if width <= MAX_CARD_WIDTH), default=0) if picture else 0


def shop(found: Shop) -> ShopView:
    """A shop's public face."""
    return ShopView(
        href=f"/shops/{found.slug}",
        name=found.name,
        tagline=found.tagline,
        about=found.about,
        logo=found.mark or "",
        banner=found.cover or "",
        banner_alt=found.cover_alt,
        country=shop_rules.country_name(found.country),
        holiday_text=holiday_text(found.holiday_until),
        holiday_note=found.holiday_note,
        shipping=found.shipping_policy,
        returns=found.returns_policy,
    )


def user(viewer: Viewer, shops: Sequence[Membership] = ()) -> UserView:
    """The person signed in, and the way to what they sell."""
    first_name = viewer.name.split()[0] if viewer.name.split() else viewer.email
    view = UserView(
        name=viewer.name or first_name, email=viewer.email, first_name=first_name, initial=first_name[:1].upper()
    )
    if not shops:
        return view
    shop_href = f"/sell/{shops[0].slug}" if len(shops) == 1 else "/sell"
    return replace(view, shop_label="Your shop" if len(shops) == 1 else "Your shops", shop_href=shop_href)


def category_menu(tree: Sequence[Category]) -> list[CategoryLinkView]:
    """The top of the category tree."""
    return [CategoryLinkView(each.name, f"/c/{each.slug}", each.icon) for each in tree if each.depth == 1]


def price(amount: Money) -> str:
    """An amount as people read it."""
    return money.format_money(amount.amount, amount.currency)


def relative_time(at: datetime, *, now: datetime) -> str:
    """How long ago, or the day where that was before yesterday."""
    if now - at < timedelta(days=1):
        return format_timedelta(min(at - now, -timedelta(seconds=1)), add_direction=True, locale="en", threshold=1)
    return format_datetime(at, format="d MMM y", locale="en")
