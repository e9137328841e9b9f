"""Filters as they stand in the address: read into a question, and offered back as links."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from platform_app.domain.catalog.rules import Condition
from platform_app.domain.catalog.schemas import Category
from platform_app.domain.search import rules
from platform_app.domain.search.rules import FACETED, Sort
from platform_app.domain.search.schemas import Alternatives, Count, Facets, Instead, Question
from platform_app.domain.shared import money
from state import address
from state.views import ChoiceView, FieldView, FiltersView, GroupView, InsteadView, LinkView

MAX_CHOICES = 12
MAX_VALUES = 6
SORTS = {
    Sort.RELEVANCE: "Best match",
    Sort.NEWEST: "Newest",
    Sort.PRICE_UP: "Lowest price",
    Sort.PRICE_DOWN: "Highest price",
}


@dataclass(frozen=True)
class Scope:
    """Where the filters apply: everywhere, in a category, or in a shop; fixed values are not offered for removal."""

    path: str
    category: str = ""
    shop: str = ""
    currency: str = "USD"
    tree: Sequence[Category] = field(default=())

    def category_at(self, slug: str) -> Category | None:
        """The category with this slug."""
        return next((each for each in self.tree if each.slug == slug), None)


def values(query: Mapping[str, str], scope: Scope) -> dict[str, str]:
    """The filters that the address sets; where there is a category already, none can be chosen."""
    return rules.chosen(query, categories=() if scope.category else [each.slug for each in scope.tree])


def question(chosen: Mapping[str, str], scope: Scope, *, cursor: str | None, limit: int) -> Question:
    """The chosen filters as search takes them."""
    return Question.of(
        chosen, currency=scope.currency, category=scope.category, shop=scope.shop, cursor=cursor, limit=limit
    )


def offered(chosen: Mapping[str, str], scope: Scope, facets: Facets) -> FiltersView:
    """What the results could be narrowed by from here."""
    return FiltersView(
        categories=_categories(chosen, scope, facets.categories),
        wider=_wider(chosen, scope),
        conditions=_conditions(chosen, scope, facets.conditions),
        stock=_stock(chosen, scope, facets.in_stock),
        groups=_groups(chosen, scope, facets.attributes),
        sorts=_sorts(chosen, scope),
        chips=_chips(chosen, scope),
        kept=[FieldView(name, value) for name, value in chosen.items() if name not in ("min", "max")],
        price_min=chosen.get("min", ""),
        price_max=chosen.get("max", ""),
        price_hint=_price_hint(facets, scope),
    )


def instead(found: Alternatives) -> InsteadView:
    """Where to go from a search that found nothing."""
    corrected, unfiltered = found.corrected, found.unfiltered
    return InsteadView(
        corrected=LinkView(f"“{corrected.q}”", _instead_href(corrected)) if corrected else LinkView(),
        unfiltered=LinkView(f"Without filters: {unfiltered.total_text}", _instead_href(unfiltered))
        if unfiltered
        else LinkView(),
        categories=[LinkView(place.name, f"/c/{place.slug}") for place in found.categories],
    )


def _instead_href(asked: Instead) -> str:
    shop, category = asked.shop or "", asked.category or ""
    path = f"/shops/{shop}" if shop else f"/c/{category}" if category else "/search"
    return address.href(path, {"q": asked.q, "category": category if shop else ""})


def _href(chosen: Mapping[str, str], scope: Scope, **changes: str) -> str:
    return address.href(scope.path, {**chosen, **changes})


def _categories(chosen: Mapping[str, str], scope: Scope, counts: Sequence[Count]) -> list[ChoiceView]:
    """The categories one step below the chosen one, or the top ones."""
    current = scope.category_at(scope.category or chosen.get("category", ""))
    below = current.children if current else tuple(each.slug for each in scope.tree if each.depth == 1)
    counted = {count.value: count.count for count in counts}
    found = [each for slug in below if (each := scope.category_at(slug)) and counted.get(slug)]
    return [
        ChoiceView(each.name, _category_href(chosen, scope, each.slug), f"{counted[each.slug]:,}", active=False)
        for each in found[:MAX_CHOICES]
    ]


def _wider(chosen: Mapping[str, str], scope: Scope) -> list[LinkView]:
    """The way back up from the chosen category."""
    current = scope.category_at(scope.category or chosen.get("category", ""))
    if not current:
        return []
    above = scope.category_at(current.path[-2]) if current.depth > 1 else None
    if above:
        return [LinkView(above.name, _category_href(chosen, scope, above.slug))]
    if scope.category:
        return [LinkView("All categories", address.href("/search", chosen))]
    return [LinkView("All categories", _href(chosen, scope, category=""))]


def _category_href(chosen: Mapping[str, str], scope: Scope, slug: str) -> str:
    return address.href(f"/c/{slug}", chosen) if scope.category else _href(chosen, scope, category=slug)


def _conditions(chosen: Mapping[str, str], scope: Scope, counts: Sequence[Count]) -> list[ChoiceView]:
    counted = {count.value: count.count for count in counts}
    active = chosen.get("condition", "")
    return [
        ChoiceView(
            condition.label,
            _href(chosen, scope, condition="" if condition == active else condition),
            f"{counted.get(condition, 0):,}",
            active=condition == active,
        )
        for condition in Condition
        if counted.get(condition) or condition == active
    ]


def _stock(chosen: Mapping[str, str], scope: Scope, count: int) -> list[ChoiceView]:
    active = "in_stock" in chosen
    if not count and not active:
        return []
    return [ChoiceView("In stock", _href(chosen, scope, in_stock="" if active else "1"), f"{count:,}", active)]


def _groups(chosen: Mapping[str, str], scope: Scope, counts: Mapping[str, Sequence[Count]]) -> list[GroupView]:
    """Colour, size and the like, where there is something to choose."""
    return [
        GroupView(name.capitalize(), [_group_choice(chosen, scope, name, count) for count in counts[name][:MAX_VALUES]])
        for name in FACETED
        if len(counts.get(name, ())) > 1 or (name in chosen and counts.get(name))
    ]


def _group_choice(chosen: Mapping[str, str], scope: Scope, name: str, count: Count) -> ChoiceView:
    is_active = chosen.get(name) == count.value
    href = _href(chosen, scope, **{name: "" if is_active else count.value})
    return ChoiceView(count.value, href, f"{count.count:,}", active=is_active)


def _sorts(chosen: Mapping[str, str], scope: Scope) -> list[ChoiceView]:
    usual = Sort.RELEVANCE if "q" in chosen else Sort.NEWEST
    now = chosen.get("sort", usual)
    now = usual if now == Sort.RELEVANCE else now
    return [
        ChoiceView(label, _href(chosen, scope, sort="" if sort is usual else sort), "", active=sort == now)
        for sort, label in SORTS.items()
        if sort is not Sort.RELEVANCE or "q" in chosen
    ]


def _chips(chosen: Mapping[str, str], scope: Scope) -> list[LinkView]:
    """The filters in force, each with the address without it."""
    labels: list[tuple[str, dict[str, str]]] = []
    if scope.shop and "q" in chosen:
        labels.append((f"“{chosen['q']}”", {"q": ""}))
    if found := scope.category_at(chosen.get("category", "")):
        labels.append((found.name, {"category": ""}))
    if "condition" in chosen:
        labels.append((Condition(chosen["condition"]).label, {"condition": ""}))
    labels += [(chosen[name], {name: ""}) for name in FACETED if name in chosen]
    if "in_stock" in chosen:
        labels.append(("In stock", {"in_stock": ""}))
    if "min" in chosen or "max" in chosen:
        labels.append((_price_label(chosen, scope), {"min": "", "max": ""}))
    return [LinkView(label, _href(chosen, scope, **change)) for label, change in labels]


def _price_label(chosen: Mapping[str, str], scope: Scope) -> str:
    low, high = (_rounded(int(chosen[name]), scope) if name in chosen else "" for name in ("min", "max"))
    if low and high:
        return f"{low} to {high}"
    return f"{low} and up" if low else f"Up to {high}"


def _price_hint(facets: Facets, scope: Scope) -> str:
    """The currency, and between which prices there is something."""
    if facets.price_min is None or facets.price_max is None:
        return scope.currency
    unit = 10 ** money.exponent(scope.currency)
    low, high = facets.price_min // unit, -(-facets.price_max // unit)
    return f"{scope.currency} · {_rounded(low, scope)} to {_rounded(high, scope)}"


def _rounded(whole: int, scope: Scope) -> str:
    """A price in whole units, as people read it."""
    places = money.exponent(scope.currency)
    return money.display(whole * 10**places, scope.currency).removesuffix("." + "0" * places)
