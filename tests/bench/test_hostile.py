"""The hostile visitors of the benchmark find every route and every handler by themselves, and send what is accepted."""

from uuid import UUID

from state.core import intake
from tools.bench import hostile_events, hostile_requests
from tools.bench.hostile_market import Market
from tools.bench.hostile_requests import Attacker

MARKET = Market(
    words=tuple(f"word{number}" for number in range(60)),
    facets={"colour": ("Oat", "Sage"), "size": ("M",)},
    known={"shop": "clay-and-co", "category": "mugs", "listing_id": str(UUID(int=7)), "listing": "mug", "content": "0"},
)
LISTINGS = "GET /api/v1/listings"


def requests(route: str) -> dict[str, hostile_requests.Request]:
    """The hostile requests of a route, by label."""
    return {each.label: each for each in Attacker(MARKET).requests(seed=1) if each.route == route}


def test_every_route_is_attacked() -> None:
    routes = hostile_requests.walk_routes(hostile_requests.whole_app().routes)
    expected = {
        f"{method} {route.path}" for route in routes for method in (route.methods or set()) - {"HEAD", "DELETE"}
    }
    assert {each.route for each in Attacker(MARKET).requests(seed=1)} == expected
    assert len(expected) > 80


def test_every_handler_that_browsers_may_call_is_attacked() -> None:
    sent = {f"{hostile_events.ROOT_STATE}.{each.handler}" for each in hostile_events.events(MARKET, seed=1)}
    assert intake.open_handlers().keys() - intake._REFLEX_HANDLERS - sent == set()


def test_a_search_is_sent_with_every_filter_at_once() -> None:
    params = requests(LISTINGS)["common words, every filter, sort price_up"].params
    assert {name for name, _ in params} == {
        "q", "sort", "category", "shop", "price_min", "price_max", "condition", "in_stock", "limit",
        "brand", "colour", "material", "size", "facets",
    }  # fmt: skip
    assert [value for name, value in params if name == "colour"] == ["Oat", "Sage", *(f"Value {n}" for n in range(6))]
    assert dict(params)["limit"] == "100"
    assert len(dict(params)["q"]) == 199  # of 200, all words whole


def test_a_page_is_sent_the_filters_of_the_api_too() -> None:
    params = dict(requests("GET /search")["typos, every filter, sort newest"].params)
    assert (params["min"], params["max"], params["colour"], params["sort"]) == ("0", "99999998", "Oat", "newest")


def test_a_repeated_attack_has_other_words_and_another_price() -> None:
    request = requests(LISTINGS)["common words, every filter, sort price_up"]
    first, second = (dict(hostile_requests.vary(request, MARKET, seed=seed).params) for seed in (1, 2))
    assert (first["q"] != second["q"], first["price_max"] != second["price_max"]) == (True, True)
    assert sorted(first.keys() - {"q", "price_max"}) == sorted(second.keys() - {"q", "price_max"})


def test_the_longest_body_fills_every_field_to_its_limit() -> None:
    body = requests("PUT /api/v1/shops/{shop}/listings/{listing_id}")["longest values"].body
    assert isinstance(body, dict)
    assert len(str(body)) > 50_000


def test_a_forms_fields_are_read_from_its_handler() -> None:
    sent = {each.name: each.payload for each in hostile_events.events(MARKET, seed=1)}
    assert sent["editor_state.fill_column: name price"] == {"form": {"name": "price", "value": "7"}}
    assert sent["listings_state.change_selected: action archive"]["action"] == "archive"
