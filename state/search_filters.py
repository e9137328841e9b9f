"""Filters in the URL: parsed into a search query, and shown as links."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from platform_app.domain.catalog.rules import Condition
from platform_app.domain.catalog.schemas import Category
from platform_app.domain.search import rules
from platform_app.domain.search.rules import Sort
from platform_app.domain.search.rules import facets as facet_rules
from platform_app.domain.search.schemas import FacetCount, Facets, SearchQuery
from platform_app.domain.shared import money
from platform_app.domain.shared.query_strings import href
from platform_app.presenters.shared import LinkView
from state.presenters import FilterGroupView, FilterOptionView, FiltersView, HiddenFieldView

MAX_CATEGORIES = 12
MAX_VALUES = 6
SORTS = {
    Sort.RELEVANCE: "Best match",
    Sort.NEWEST: "Newest",
    Sort.PRICE_UP: "Lowest price",
    Sort.PRICE_DOWN: "Highest price",
}


@dataclass(frozen=True)
class Scope:
    """Where the filters apply: everywhere, in a category or in a shop. The scope itself cannot be removed."""

    path: str
    category: str = ""
    shop: str = ""
    currency: str = "USD"
    tree: Sequence[Category] = field(default=())

    def find_category(self, slug: str) -> Category | None:
        """The category with this slug."""
        return next((each for each in self.tree if each.slug == slug), None)


def parse_filters(query: Mapping[str, str], scope: Scope) -> dict[str, str]:
    """The filters in the query string. The category filter is ignored on a category page."""
    return rules.parse_filters(query, categories=() if scope.category else [each.slug for each in scope.tree])


def search_query(selected: Mapping[str, str], scope: Scope, *, cursor: str | None, limit: int) -> SearchQuery:
    """The search query for these filters."""
    return SearchQuery.from_filters(
        selected, currency=scope.currency, category=scope.category, shop=scope.shop, cursor=cursor, limit=limit
    )


def filters_view(selected: Mapping[str, str], scope: Scope, facets: Facets) -> FiltersView:
    """The filters that are available for these results."""
    return FiltersView(
        categories=_categories(selected, scope, facets.categories),
        parents=_parent_links(selected, scope),
        conditions=_conditions(selected, scope, facets.conditions),
        stock=_stock(selected, scope, facets.in_stock),
        groups=_groups(selected, scope, facets.attributes),
        sort_options=_sorts(selected, scope),
        active_filters=_chips(selected, scope),
        hidden_fields=[HiddenFieldView(name, value) for name, value in selected.items() if name not in ("min", "max")],
        price_min=selected.get("min", ""),
        price_max=selected.get("max", ""),
        price_hint=_price_hint(facets, scope),
    )


def _filter_url(selected: Mapping[str, str], scope: Scope, **changes: str) -> str:
    return href(scope.path, {**selected, **changes})


def _categories(selected: Mapping[str, str], scope: Scope, counts: Sequence[FacetCount]) -> list[FilterOptionView]:
    """The children of the chosen category, or the top-level categories."""
    current = scope.find_category(scope.category or selected.get("category", ""))
    child_slugs = current.children if current else tuple(each.slug for each in scope.tree if each.depth == 1)
    counts_by_value = {count.value: count.count for count in counts}
    found = [each for slug in child_slugs if (each := scope.find_category(slug)) and counts_by_value.get(slug)]
    return [
        FilterOptionView(
            each.name, _category_url(selected, scope, each.slug), f"{counts_by_value[each.slug]:,}", is_active=False
        )
        for each in found[:MAX_CATEGORIES]
    ]


def _parent_links(selected: Mapping[str, str], scope: Scope) -> list[LinkView]:
    """The link to the parent of the chosen category."""
    current = scope.find_category(scope.category or selected.get("category", ""))
    if not current:
        return []
    parent = scope.find_category(current.path[-2]) if current.depth > 1 else None
    if parent:
        return [LinkView(parent.name, _category_url(selected, scope, parent.slug))]
    if scope.category:
        return [LinkView("All categories", href("/search", selected))]
    return [LinkView("All categories", _filter_url(selected, scope, category=""))]


def _category_url(selected: Mapping[str, str], scope: Scope, slug: str) -> str:
    return href(f"/c/{slug}", selected) if scope.category else _filter_url(selected, scope, category=slug)


def _conditions(selected: Mapping[str, str], scope: Scope, counts: Sequence[FacetCount]) -> list[FilterOptionView]:
    counts_by_value = {count.value: count.count for count in counts}
    active = selected.get("condition", "")
    return [
        FilterOptionView(
            condition.label,
            _filter_url(selected, scope, condition="" if condition == active else condition),
            f"{counts_by_value.get(condition, 0):,}",
            is_active=condition == active,
        )
        for condition in Condition
        if counts_by_value.get(condition) or condition == active
    ]


def _stock(selected: Mapping[str, str], scope: Scope, count: int) -> list[FilterOptionView]:
    active = "in_stock" in selected
    if not count and not active:
        return []
    return [
        FilterOptionView("In stock", _filter_url(selected, scope, in_stock="" if active else "1"), f"{count:,}", active)
    ]


def _groups(
    selected: Mapping[str, str], scope: Scope, counts: Mapping[str, Sequence[FacetCount]]
) -> list[FilterGroupView]:
    """Attribute filters such as colour and size, if they have several values."""
    return [
        FilterGroupView(
            name.capitalize(), [_group_option(selected, scope, name, count) for count in counts[name][:MAX_VALUES]]
        )
        for name in facet_rules.NAMES
        if len(counts.get(name, ())) > 1 or (name in selected and counts.get(name))
    ]


def _group_option(selected: Mapping[str, str], scope: Scope, name: str, count: FacetCount) -> FilterOptionView:
    is_active = selected.get(name) == count.value
    href = _filter_url(selected, scope, **{name: "" if is_active else count.value})
    return FilterOptionView(count.value, href, f"{count.count:,}", is_active=is_active)


def _sorts(selected: Mapping[str, str], scope: Scope) -> list[FilterOptionView]:
    default = Sort.RELEVANCE if "q" in selected else Sort.NEWEST
    current = selected.get("sort", default)
    current = default if current == Sort.RELEVANCE else current
    return [
        FilterOptionView(
            label, _filter_url(selected, scope, sort="" if sort is default else sort), "", is_active=sort == current
        )
        for sort, label in SORTS.items()
        if sort is not Sort.RELEVANCE or "q" in selected
    ]


def _chips(selected: Mapping[str, str], scope: Scope) -> list[LinkView]:
    """The active filters, each with the URL that removes it."""
    labels: list[tuple[str, dict[str, str]]] = []
    if scope.shop and "q" in selected:
        labels.append((f"“{selected['q']}”", {"q": ""}))
    if found := scope.find_category(selected.get("category", "")):
        labels.append((found.name, {"category": ""}))
    if "condition" in selected:
        labels.append((Condition(selected["condition"]).label, {"condition": ""}))
    labels += [(selected[name], {name: ""}) for name in facet_rules.NAMES if name in selected]
    if "in_stock" in selected:
        labels.append(("In stock", {"in_stock": ""}))
    if "min" in selected or "max" in selected:
        labels.append((_price_label(selected, scope), {"min": "", "max": ""}))
    return [LinkView(label, _filter_url(selected, scope, **change)) for label, change in labels]


def _price_label(selected: Mapping[str, str], scope: Scope) -> str:
    low, high = (_format_whole_price(int(selected[name]), scope) if name in selected else "" for name in ("min", "max"))
    if low and high:
        return f"{low} to {high}"
    return f"{low} and up" if low else f"Up to {high}"


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
