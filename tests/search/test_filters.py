"""The filters of a list: several values of each, in its URL and in its panel."""

import pytest

from platform_app.domain.catalog.rules import Condition
from platform_app.domain.search import queries, rules
from platform_app.domain.search.rules import facets
from platform_app.domain.search.schemas import FacetCount, Facets, SearchQuery
from platform_app.domain.shared.query_strings import parse_query_lists
from platform_app.infra.db import WriteSession
from platform_app.presenters.shared import LinkView
from state import search_filters
from state.presenters import FilterGroupView, FiltersView
from state.search_filters import Scope
from tests.factories import make_listing, make_shop

SEARCH = Scope(path="/search")
COLOURS = ("Blue", "Red", "Green", "Black", "White", "Grey", "Pink", "Teal")


def panel(query_string: str, *, scope: Scope = SEARCH, **facets: object) -> FiltersView:
    """The filters beside the results of a URL, with these counts."""
    query = parse_query_lists(query_string)
    first = {name: values[0] for name, values in query.items()}
    selected = search_filters.parse_filters(query, scope)
    return search_filters.filters_view(selected, scope, Facets.model_validate(facets), query=first)


def counts(*values: str) -> tuple[FacetCount, ...]:
    return tuple(FacetCount(value=value, count=1000 - index) for index, value in enumerate(values))


def group(view: FiltersView, name: str) -> FilterGroupView:
    return next(each for each in view.groups if each.name == name)


def test_a_listing_needs_one_of_several_values_of_each_filter(session: WriteSession) -> None:
    shop = make_shop(session)
    for colour, condition in (("Blue", Condition.NEW), ("Red", Condition.GOOD), ("Green", Condition.REFURBISHED)):
        make_listing(session, shop=shop, key=colour, title=colour, attributes={"Colour": colour}, condition=condition)

    def found(query_string: str) -> list[str]:
        chosen = rules.parse_filters(parse_query_lists(query_string), categories=())
        results = queries.results(session, search_query=SearchQuery.from_filters(chosen, currency="USD"))
        return sorted(card.title for card in results.items)

    assert found("colour=Blue&colour=Red") == ["Blue", "Red"]
    assert found("condition=used_good&condition=new") == ["Blue", "Red"]
    assert found("colour=Blue&colour=Red&condition=used_good&condition=refurbished") == ["Red"]
    both = SearchQuery(condition=(Condition.GOOD, Condition.NEW))
    counted = queries.results(session, search_query=both).facets.conditions
    assert {each.value: each.count for each in counted} == {"new": 1, "used_good": 1, "refurbished": 1}


def test_searches_for_the_same_conditions_are_equal() -> None:
    one, other = (Condition.GOOD, Condition.NEW, Condition.NEW), (Condition.NEW, Condition.GOOD)
    assert SearchQuery(condition=one) == SearchQuery(condition=other)


def test_a_url_keeps_as_many_values_as_a_search_accepts() -> None:
    query_string = "&".join(f"{name}={value}" for value in "abcdefghi" for name in facets.NAMES)
    chosen = rules.parse_filters(parse_query_lists(query_string), categories=())
    eight = tuple("abcdefgh")
    expected = {"brand": eight, "colour": eight, "material": ("a",), "size": ("a",)}
    assert SearchQuery.from_filters(chosen, currency="USD").facets == expected


def test_every_value_is_a_box_and_a_removable_filter() -> None:
    view = panel(
        "q=mug&colour=Blue&colour=Red&condition=new&sort=newest", attributes={"colour": counts("Blue", "Teal")}
    )
    shown = [(each.value, each.count, each.is_active) for each in group(view, "colour").shown]
    assert shown == [("Blue", "1,000", True), ("Teal", "999", False), ("Red", "0", True)]
    assert [(each.label, each.is_active) for each in group(view, "condition").shown] == [("New", True)]
    assert view.active_filters == [
        LinkView("New", "/search?q=mug&sort=newest&colour=Blue&colour=Red"),
        LinkView("Blue", "/search?q=mug&sort=newest&condition=new&colour=Red"),
        LinkView("Red", "/search?q=mug&sort=newest&condition=new&colour=Blue"),
    ]
    assert view.clear_href == "/search?q=mug&sort=newest"
    assert [(each.name, each.value) for each in view.hidden_fields] == [("q", "mug")]
    assert view.sort == "newest"


def test_further_values_are_shown_on_request_but_selected_ones_at_once() -> None:
    colours = group(panel("colour=Teal", attributes={"colour": counts(*COLOURS)}), "colour")
    assert [each.value for each in colours.shown] == [*COLOURS[:6], "Teal"]
    assert [each.value for each in colours.more] == ["Pink"]
    assert not colours.is_full


def test_a_filter_takes_no_value_that_would_make_the_search_too_broad() -> None:
    eight = "&".join(f"colour={value}&size={value}" for value in "abcdefgh")
    view = panel(eight, attributes={name: counts(*"abcdefgh", "z") for name in ("brand", "colour", "size")})
    assert {each.name: each.is_full for each in view.groups} == {"brand": False, "colour": True, "size": True}
    view = panel(f"{eight}&brand=a", attributes={"brand": counts("a", "b")})
    assert group(view, "brand").is_full


def test_a_facet_with_one_value_is_no_choice() -> None:
    assert panel("", attributes={"colour": counts("Blue")}, in_stock=3).groups == [
        group(panel("", in_stock=3), "in_stock")
    ]
    assert [each.value for each in group(panel("colour=Blue"), "colour").shown] == ["Blue"]


@pytest.mark.parametrize(
    ("query_string", "low", "high", "is_error"),
    [
        ("min=10&max=25", "10", "25", False),
        ("min=%241,000", "1000", "", False),
        ("min=25&max=10", "10", "25", False),
        ("min=ten&max=25", "ten", "25", True),
        ("max=-5", "", "-5", True),
        ("", "", "", False),
    ],
)
def test_a_price_that_is_no_number_is_explained_and_stays_as_written(
    query_string: str, low: str, high: str, is_error: bool
) -> None:
    view = panel(query_string)
    message = "Enter whole numbers, such as 25."
    assert (view.price_min, view.price_max, view.price_error) == (low, high, message if is_error else "")


def test_the_search_field_of_a_shop_keeps_its_filters_and_sort_order_and_its_words_are_a_filter() -> None:
    shop = Scope(path="/shops/clay", shop="clay")
    view = panel("q=mug&sort=price_up&colour=Blue&colour=Red&max=25", scope=shop)
    assert [(each.name, each.value) for each in view.other_fields] == [
        ("max", "25"),
        ("sort", "price_up"),
        ("colour", "Blue"),
        ("colour", "Red"),
    ]
    assert view.active_filters[0] == LinkView("“mug”", "/shops/clay?max=25&sort=price_up&colour=Blue&colour=Red")
    assert view.clear_href == "/shops/clay?sort=price_up"
    assert panel("q=mug&sort=price_up").other_fields == []


def test_a_category_page_sends_its_filters_without_its_category() -> None:
    view = panel("category=home&in_stock=on", scope=Scope(path="/c/home", category="home"), in_stock=1)
    assert view.hidden_fields == []
    assert view.active_filters == [LinkView("In stock", "/c/home")]
