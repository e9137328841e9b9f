"""Search results as the app and the first paint show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from platform_app.domain.catalog.rules import Condition
from platform_app.domain.media import rules as media
from platform_app.domain.search.schemas import Alternative, Alternatives, Card, CardPicture, Correction
from platform_app.domain.shared.query_strings import href
from platform_app.presenters.shared import LinkView, holiday_text, price, price_range

MAX_CARD_WIDTH = 800  # pixels: no card is wider, not even on high-density screens


@dataclass(frozen=True)
class CardView:
    """A listing in a list. `picture` names its sizes below /media/pictures, of which `width` is the largest shown.

    A wide picture is shown as a whole; any other fills the card.
    """

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
    is_wide: bool = False


@dataclass(frozen=True)
class ZeroResultsView:
    """What to say and offer instead of a search without results; a link without a label is not shown."""

    text: str = ""
    corrected: LinkView = LinkView()
    unfiltered: LinkView = LinkView()
    everywhere: LinkView = LinkView()
    categories: list[LinkView] = field(default_factory=list)
    partial: list[CardView] = field(default_factory=list)


@dataclass(frozen=True)
class CorrectionView:
    """What was searched instead of misspelled words, and the link that searches for these; empty if it was they."""

    searched: str = ""
    typed: LinkView = LinkView()


def card(found: Card) -> CardView:
    """A search result as a card."""
    return CardView(
        id=str(found.id),
        href=f"/shops/{found.shop_slug}/{found.slug}",
        title=found.title,
        shop_name=found.shop_name,
        price=price_range(found.price.amount, found.price_max.amount, found.price.currency),
        compare_at=price(found.compare_at) if found.compare_at else "",
        condition="" if found.condition is Condition.NEW else found.condition.label,
        sold_out=not found.in_stock,
        holiday_text=holiday_text(found.holiday_until),
        picture=found.picture.content if found.picture else "",
        width=card_width(found.picture),
        colour=found.picture.colour if found.picture else "",
        is_wide=found.picture is not None and found.picture.width > found.picture.height,
    )


def cards(found: Sequence[Card]) -> list[CardView]:
    """Search results as cards."""
    return [card(each) for each in found]


def page_title(query: str, place: str, *, in_place: bool = False) -> str:
    """The title of a list of results: the query, if there is one, and with `in_place` where it searches."""
    parts = [query, place if in_place or not query else "", "Plaza"]
    return " · ".join(part for part in parts if part)


def card_width(picture: CardPicture | None) -> int:
    """The largest stored size of a picture that a card can use."""
    return max((width for width in media.widths(picture.width) if width <= MAX_CARD_WIDTH), default=0) if picture else 0


def correction(found: Correction | None, *, path: str, filters: Mapping[str, Sequence[str]]) -> CorrectionView:
    """What was searched instead of the words in the filters of this page."""
    if found is None:
        return CorrectionView()
    has_others = any(len(words) > 1 for words in found.words.values())
    typed = next(iter(filters.get("q", ())), "")
    return CorrectionView(
        searched=f"“{found.q}”" + (" and similar words" if has_others else ""),
        typed=LinkView(f"“{typed}”", href(path, {**filters, "as_typed": "1"})),
    )


def zero_results(found: Alternatives, *, filters: Mapping[str, Sequence[str]], shop: str = "") -> ZeroResultsView:
    """What to say and offer instead of a search without results, with these filters in this shop or everywhere."""
    corrected, unfiltered = found.corrected, found.unfiltered
    words = {name: filters[name] for name in ("q", "as_typed") if name in filters}
    everywhere = LinkView("Search all of Plaza", href("/search", words)) if shop and words else LinkView()
    if everywhere.label and unfiltered and not unfiltered.shop:  # nothing in the shop has the words
        everywhere = LinkView(f"{everywhere.label}: {unfiltered.total_text}", everywhere.href)
        unfiltered = None
    return ZeroResultsView(
        text=_zero_results_text(is_filtered=unfiltered is not None, in_shop=bool(everywhere.label)),
        corrected=LinkView(f"“{corrected.q}”", _alternative_url(corrected)) if corrected else LinkView(),
        unfiltered=LinkView(f"Without filters: {unfiltered.total_text}", _alternative_url(unfiltered))
        if unfiltered
        else LinkView(),
        everywhere=everywhere,
        categories=[LinkView(category.name, f"/c/{category.slug}") for category in found.categories],
        partial=cards(found.partial),
    )


def other_filters(filters: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """What the search field of a shop's page sends along: the filters and the sort order, as names and values."""
    return [(name, value) for name, values in filters.items() if name not in ("q", "as_typed") for value in values]


def _zero_results_text(*, is_filtered: bool, in_shop: bool) -> str:
    if is_filtered:
        return "No listings match all the filters. Remove one, or clear them all."
    if in_shop:
        return "No listing of this shop has these words. Try fewer or more general words, or search all shops."
    return "Try fewer or more general words, or browse the categories."


def _alternative_url(alternative: Alternative) -> str:
    shop, category = alternative.shop or "", alternative.category or ""
    path = f"/shops/{shop}" if shop else f"/c/{category}" if category else "/search"
    as_typed = "1" if alternative.as_typed else ""
    return href(path, {"q": alternative.q, "as_typed": as_typed, "category": category if shop else ""})
