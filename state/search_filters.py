"""Filters in the URL: parsed into a search query, and shown as links."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from platform_app.domain.catalog.rules import Condition
from platform_app.domain.catalog.schemas import Category
from platform_app.domain.search import rules
from platform_app.domain.search.rules import MULTIPLE_FILTERS, Sort
from platform_app.domain.search.rules import facets as facet_rules
from platform_app.domain.search.schemas import FacetCount, Facets, SearchQuery
from platform_app.domain.shared import money
from platform_app.domain.shared.query_strings import href
from platform_app.presenters import search as search_presenters
from platform_app.presenters.shared import LinkView
from state.presenters import (
    CategoryOptionView,
    FilterGroupView,
    FiltersView,
    FilterValueView,
    HiddenFieldView,
    SortOptionView,
)

MAX_CATEGORIES = 12
SHOWN_VALUES = 6  # of a filter, before its others are requested
SORTS = {
    Sort.RELEVANCE: "Best match",
    Sort.NEWEST: "Newest",
    Sort.PRICE_UP: "Lowest price",
    Sort.PRICE_DOWN: "Highest price",
}


Filters = Mapping[str, Sequence[str]]  # the values of each filter that is set


@dataclass(frozen=True)
class Scope:
    """Where the filters apply: everywhere, in a category or in a shop. The scope itself cannot be removed."""

    path: str
    category: str = ""
    shop: str = ""
    currency: str = "USD"
    tree: Sequence[Category] = field(default=())
    sections: Sequence[str] = field(default=())  # slugs

    def find_category(self, slug: str) -> Category | None:
        """The category with this slug."""
        return next((each for each in self.tree if each.slug == slug), None)


def parse_filters(query: Mapping[str, Sequence[str]], scope: Scope) -> dict[str, tuple[str, ...]]:
    """The filters in the query string. The category filter is ignored on a category page."""
    categories = () if scope.category else [each.slug for each in scope.tree]
    return rules.parse_filters(query, categories=categories, sections=scope.sections)


def search_query(selected: Filters, scope: Scope, *, cursor: str | None, limit: int) -> SearchQuery:
    """The search query for these filters."""
    return SearchQuery.from_filters(
        selected, currency=scope.currency, category=scope.category, shop=scope.shop, cursor=cursor, limit=limit
    )


def filters_view(selected: Filters, scope: Scope, facets: Facets, *, query: Mapping[str, str]) -> FiltersView:
    """The filters that are available for these results; `query` has the prices as the visitor wrote them."""
    invalid, sorts = _invalid_prices(query), _sorts(selected, scope)
    return FiltersView(
        categories=_categories(selected, scope, facets.categories),
        parents=_parent_links(selected, scope),
        groups=_groups(selected, facets),
        sort_options=sorts,
        sort=next((each.value for each in sorts if each.is_active), ""),
        active_filters=_chips(selected, scope),
        clear_href=href(scope.path, {name: selected[name] for name in _kept_on_clear(scope) if name in selected}),
        hidden_fields=[
            HiddenFieldView(name, selected[name][0])
            for name in ("q", "as_typed", "category", "section")
            if name in selected
        ],
        other_fields=[HiddenFieldView(*each) for each in search_presenters.other_filters(selected)]
        if scope.shop
        else [],
        price_min=query.get("min", "") if invalid else _first(selected, "min"),
        price_max=query.get("max", "") if invalid else _first(selected, "max"),
        price_hint=_price_hint(facets, scope),
        price_error="Enter whole numbers, such as 25." if invalid else "",
        invalid_prices=invalid,
    )


def _filter_url(selected: Filters, scope: Scope, **changes: str | Sequence[str]) -> str:
    return href(scope.path, {**selected, **changes})


def _kept_on_clear(scope: Scope) -> tuple[str, ...]:
    """What is no filter; in a shop, the words are one."""
    return ("section", "sort") if scope.shop else ("q", "as_typed", "sort")


def _first(selected: Filters, name: str) -> str:
    return selected[name][0] if name in selected else ""


def _categories(selected: Filters, scope: Scope, counts: Sequence[FacetCount]) -> list[CategoryOptionView]:
    """The children of the chosen category, or the top-level categories."""
    current = scope.find_category(scope.category or _first(selected, "category"))
    child_slugs = current.children if current else tuple(each.slug for each in scope.tree if each.depth == 1)
    counts_by_value = {count.value: count.count for count in counts}
    found = [each for slug in child_slugs if (each := scope.find_category(slug)) and counts_by_value.get(slug)]
    return [
        CategoryOptionView(each.name, _category_url(selected, scope, each.slug), f"{counts_by_value[each.slug]:,}")
        for each in found[:MAX_CATEGORIES]
    ]


def _parent_links(selected: Filters, scope: Scope) -> list[LinkView]:
    """The link to the parent of the chosen category."""
    current = scope.find_category(scope.category or _first(selected, "category"))
    if not current:
        return []
    parent = scope.find_category(current.path[-2]) if current.depth > 1 else None
    if parent:
        return [LinkView(parent.name, _category_url(selected, scope, parent.slug))]
    if scope.category:
        return [LinkView("All categories", href("/search", selected))]
    return [LinkView("All categories", _filter_url(selected, scope, category=""))]


def _category_url(selected: Filters, scope: Scope, slug: str) -> str:
    return href(f"/c/{slug}", selected) if scope.category else _filter_url(selected, scope, category=slug)


def _groups(selected: Filters, facets: Facets) -> list[FilterGroupView]:
    """Condition, availability, and attributes such as colour and size that have several values."""
    in_stock = [FacetCount(value="1", count=facets.in_stock)] if facets.in_stock else []
    groups = [
        _group(selected, "condition", "Condition", facets.conditions),
        _group(selected, "in_stock", "Availability", in_stock),
        *(_group(selected, name, name.capitalize(), facets.attributes.get(name, ())) for name in facet_rules.NAMES),
    ]
    return [each for each in groups if each.shown and (each.name not in facet_rules.NAMES or _is_choice(each))]


def _is_choice(group: FilterGroupView) -> bool:
    return len(group.shown) > 1 or group.shown[0].is_active


def _group(selected: Filters, name: str, label: str, counts: Sequence[FacetCount]) -> FilterGroupView:
    """A filter with the selected values among those that are shown at once."""
    counts_by_value = {count.value: count.count for count in counts}
    by_key = {facet_rules.key(name, value): value for value in counts_by_value}
    active = [by_key.get(facet_rules.key(name, value), value) for value in selected.get(name, ())]
    values = list(dict.fromkeys([*_ordered(name, counts_by_value), *active]))
    shown = [value for index, value in enumerate(values) if index < SHOWN_VALUES or value in active]
    views = {
        value: FilterValueView(value, value_label(name, value), f"{counts_by_value.get(value, 0):,}", value in active)
        for value in values
    }
    return FilterGroupView(
        name=name,
        label=label,
        shown=[views[value] for value in shown],
        more=[view for value, view in views.items() if value not in shown],
        is_full=name in facet_rules.NAMES and not facet_rules.accepts_another(selected, name),
    )


def _ordered(name: str, values: Iterable[str]) -> list[str]:
    """Conditions from new to used; other values as they are counted, the most frequent first."""
    return [each for each in Condition if each in values] if name == "condition" else list(values)


def value_label(name: str, value: str) -> str:
    """A filter's value in words."""
    return Condition(value).label if name == "condition" else "In stock" if name == "in_stock" else value


def _sorts(selected: Filters, scope: Scope) -> list[SortOptionView]:
    default = Sort.RELEVANCE if "q" in selected else Sort.NEWEST
    current = _first(selected, "sort") or default
    current = default if current == Sort.RELEVANCE else current
    values = {sort: "" if sort is default else sort.value for sort in SORTS}
    return [
        SortOptionView(label, values[sort], _filter_url(selected, scope, sort=values[sort]), is_active=sort == current)
        for sort, label in SORTS.items()
        if sort is not Sort.RELEVANCE or "q" in selected
    ]


def _chips(selected: Filters, scope: Scope) -> list[LinkView]:
    """The active filters, each with the URL that removes it."""
    labels: list[tuple[str, dict[str, str | Sequence[str]]]] = []
    if scope.shop and "q" in selected:
        labels.append((f"“{selected['q'][0]}”", {"q": "", "as_typed": ""}))
    if found := scope.find_category(_first(selected, "category")):
        labels.append((found.name, {"category": ""}))
    for name in (*MULTIPLE_FILTERS, "in_stock"):
        values = selected.get(name, ())
        labels += [(value_label(name, value), {name: [each for each in values if each != value]}) for value in values]
    if "min" in selected or "max" in selected:
        labels.append((_price_label(selected, scope), {"min": "", "max": ""}))
    return [LinkView(label, _filter_url(selected, scope, **change)) for label, change in labels]


def _price_label(selected: Filters, scope: Scope) -> str:
    low, high = (
        _format_whole_price(int(selected[name][0]), scope) if name in selected else "" for name in ("min", "max")
    )
    if low and high:
        return f"{low} to {high}"
    return f"{low} and up" if low else f"Up to {high}"


def _invalid_prices(query: Mapping[str, str]) -> list[str]:
    """The fields of which the URL has no price; they are not applied."""
    return [name for name in ("min", "max") if query.get(name) and not rules.parse_whole_price(query[name])]


def _price_hint(facets: Facets, scope: Scope) -> str:
    """The currency, and the range of prices."""
    if facets.price_min is None or facets.price_max is None:
        return scope.currency
    unit = 10 ** money.exponent(scope.currency)
    low, high = facets.price_min // unit, -(-facets.price_max // unit)
    return f"{scope.currency} · {_format_whole_price(low, scope)} to {_format_whole_price(high, scope)}"


def _format_whole_price(amount: int, scope: Scope) -> str:
    """A whole price as text."""
    decimals = money.exponent(scope.currency)
    return money.format_money(amount * 10**decimals, scope.currency).removesuffix("." + "0" * decimals)
