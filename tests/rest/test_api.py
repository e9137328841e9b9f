"""REST: the public reads, and the problems that invalid requests get."""

import time
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from platform_app.domain.catalog import service as catalog
from platform_app.domain.catalog.schemas import Listing, VariantInput
from platform_app.domain.media.schemas import StoredPicture
from platform_app.domain.search.queries import zero_results
from platform_app.infra import best_effort, cache, db
from platform_app.rest import app as rest
from platform_app.rest.middleware import RequestMiddleware
from tests.conftest import assert_queries
from tests.factories import UNKNOWN_ID, make_listing, make_pictures, make_shop

pytestmark = pytest.mark.usefixtures("clean")
CONTENT = "ab" * 32


@pytest.fixture
def client() -> Iterator[TestClient]:
    """An API client."""
    cache.set_listening(False)
    cache._redis.cache_clear()
    with TestClient(RequestMiddleware(rest.build()), raise_server_exceptions=False) as one:
        yield one
        assert one.portal is not None
        one.portal.call(cache._redis().aclose)
    cache._redis.cache_clear()


@pytest.fixture
def mug() -> Listing:
    """A listing with two variants and a picture."""
    with db.writing() as session:
        catalog.seed_categories(session, tree=[("home", "Home", None, 0, "lamp"), ("mugs", "Mugs", "home", 0, "")])
        shop = make_shop(session)
        source = f"content:{CONTENT}"
        stored = StoredPicture(content=CONTENT, width=640, height=800, colour="#aabbcc")
        make_pictures(session, shop=shop, pictures={source: stored})
        return make_listing(
            session,
            shop=shop,
            category="mugs",
            description="<p>Holds <b>tea</b>.</p><script>steal()</script>",
            options=("Colour",),
            variants=(
                VariantInput(choice=("Oat",), price=2000, compare_at=2500, quantity=2),
                VariantInput(choice=("Ink",), price=2200, quantity=0),
            ),
            pictures=({"source": source, "alt": "A mug"},),
        )


def test_a_search_returns_items_cursor_and_total(client: TestClient, mug: Listing) -> None:
    body = client.get("/api/v1/listings", params={"q": "stonware mugs"}).json()
    assert (body["total"], body["next_cursor"], len(body["items"])) == (1, None, 1)
    card = body["items"][0]
    assert (card["id"], card["price"]) == (str(mug.id), {"amount": 2000, "currency": "USD"})
    assert card["compare_at"] == {"amount": 2500, "currency": "USD"}
    assert card["picture"]["content"] == CONTENT


def test_a_listing_has_variants_pictures_and_sanitised_text(client: TestClient, mug: Listing) -> None:
    body = client.get(f"/api/v1/listings/{mug.id}").json()
    assert body["url"] == "/shops/clay-and-co/stoneware-mug"
    assert (body["description"], body["description_html"]) == ("Holds tea.", "<p>Holds <b>tea</b>.</p>")
    assert [(one["choice"], one["in_stock"], one["available"]) for one in body["variants"]] == [
        ({"Colour": "Oat"}, True, 2),
        ({"Colour": "Ink"}, False, 0),
    ]
    assert body["pictures"][0]["sizes"]["400"] == f"/media/pictures/{CONTENT}/400.webp"


def test_categories_and_shops_are_listed(client: TestClient, mug: Listing) -> None:
    tree = client.get("/api/v1/categories").json()
    assert [(category["slug"], category["path"]) for category in tree["items"]] == [
        ("home", ["home"]),
        ("mugs", ["home", "mugs"]),
    ]
    assert client.get("/api/v1/shops/clay-and-co").json()["name"] == "Clay & Co"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (f"/api/v1/listings/{UNKNOWN_ID}", 404, "listing_not_found"),
        ("/api/v1/listings/not-an-id", 422, "invalid"),
        ("/api/v1/listings?cursor=made-up", 422, "invalid_cursor"),
        ("/api/v1/listings?limit=0", 422, "invalid"),
        ("/api/v1/listings?limit=101", 422, "invalid"),
        ("/api/v1/listings?price_min=-5", 422, "invalid"),
        ("/api/v1/listings?price_min=99999999999999999999999", 422, "invalid"),
        ("/api/v1/listings?cursor=-1", 422, "invalid_cursor"),
        ("/api/v1/listings?cursor=" + "9" * 400, 422, "invalid_cursor"),
        ("/api/v1/listings?limit=-1", 422, "invalid"),
        ("/api/v1/listings?limit=" + "9" * 400, 422, "invalid"),
        ("/api/v1/listings?colour=" + "x" * 81, 422, "invalid"),
        ("/api/v1/listings?" + "size=M&" * 9, 422, "invalid"),
        ("/api/v1/listings?q=" + "w+" * 10_000, 422, "invalid"),
        ("/api/v1/listings?sort=sideways", 422, "invalid"),
        ("/api/v1/listings?condition=mint", 422, "invalid"),
        ("/api/v1/listings?q=" + "x" * 10_000, 422, "invalid"),
        ("/api/v1/search/suggestions?q=" + "x" * 201, 422, "invalid"),
        ("/api/v1/search/suggestions/more", 404, "not_found"),
        ("/api/v1/shops/nobody", 404, "shop_not_found"),
        ("/api/v1/nothing", 404, "not_found"),
        ("/api/nothing", 404, "not_found"),
        ("/media/pictures/../../etc/passwd/1.webp", 404, "not_found"),
        (f"/media/pictures/{CONTENT}/400.webp", 404, "picture_not_found"),
        (f"/media/pictures/{CONTENT}/-4.webp", 404, "picture_not_found"),
    ],
)
def test_an_invalid_request_is_a_problem_with_a_stable_code(
    client: TestClient, path: str, status: int, code: str
) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("query", ["\x00", "a\x00b", "💥", "' OR 1=1", "&&&", "\u202e", '"', "مرحبا", "a " * 100])
def test_any_search_text_is_answered(client: TestClient, mug: Listing, query: str) -> None:
    assert client.get("/api/v1/listings", params={"q": query}).status_code == 200


@pytest.mark.parametrize("name", ["category", "shop"])
def test_zero_bytes_in_a_filter_are_refused(client: TestClient, mug: Listing, name: str) -> None:
    assert client.get("/api/v1/listings", params={name: "a\x00b"}).json()["fields"].keys() == {name}
    assert client.get("/api/v1/shops/a%00b").json()["code"] == "shop_not_found"


def test_every_response_has_a_request_id(client: TestClient) -> None:
    assert (
        client.get("/healthz/live", headers={"x-request-id": "from-the-edge-1"}).headers["x-request-id"]
        == "from-the-edge-1"
    )
    assert len(client.get("/healthz/live", headers={"x-request-id": "no good\t"}).headers["x-request-id"]) == 32


@pytest.mark.parametrize("path", ["/api/v1/listings", "/healthz/live", "/metrics"])
def test_every_get_route_answers_head_requests(client: TestClient, path: str) -> None:
    answer = client.head(path)
    assert (answer.status_code, answer.content) == (200, b"")


def test_probes_docs_and_metrics_answer(client: TestClient) -> None:
    assert client.get("/healthz/ready").json() == {"status": "ready"}
    assert "/api/v1/listings" in client.get("/api/v1/openapi.json").json()["paths"]
    assert "//cdn" not in client.get("/api/docs").text
    assert client.get("/api/docs/assets/swagger-ui-bundle.js").status_code == 200
    metrics_text = client.get("/metrics").text
    assert "plaza_queries_total" in metrics_text
    assert 'plaza_request_seconds_count{method="GET",route="/healthz/ready",status="200"}' in metrics_text


def test_suggestions_contain_queries_categories_and_listings(client: TestClient, mug: Listing) -> None:
    body = client.get("/api/v1/search/suggestions", params={"q": " Stoneware  MU"}).json()
    assert body["completions"] == ["stoneware mug", "stoneware mugs"]
    assert [(card["slug"], card["price"]["amount"]) for card in body["listings"]] == [("stoneware-mug", 2000)]
    body = client.get("/api/v1/search/suggestions", params={"q": "mu"}).json()
    assert body["categories"] == [{"slug": "mugs", "name": "Mugs", "path": ["home", "mugs"]}]
    assert client.get("/api/v1/search/suggestions").json() == {"completions": [], "categories": [], "listings": []}


@pytest.mark.parametrize("query", ["\x00\x00", "mu\x00g", "💥💥", "' OR 1=1", "&&&", "\u202eab"])
def test_any_prefix_is_answered(client: TestClient, mug: Listing, query: str) -> None:
    assert client.get("/api/v1/search/suggestions", params={"q": query}).status_code == 200


def test_cached_suggestions_cost_no_query(client: TestClient, mug: Listing) -> None:
    first = client.get("/api/v1/search/suggestions", params={"q": "stonew"})
    with assert_queries(db.engine(), 0):
        again = client.get("/api/v1/search/suggestions", params={"q": " STONEW "})
    assert (again.json(), again.json()["completions"]) == (first.json(), ["stoneware"])


def test_only_a_search_without_results_has_alternatives(client: TestClient, mug: Listing) -> None:
    found = client.get("/api/v1/listings", params={"q": "stonnewaree qqzzqq"}).json()
    assert (found["total"], found["alternatives"]["corrected"]["q"]) == (0, "stoneware")
    narrow = client.get("/api/v1/listings", params={"q": "mug", "price_max": 1}).json()["alternatives"]
    assert narrow["unfiltered"] == {
        "q": "mug",
        "as_typed": False,
        "category": None,
        "shop": None,
        "total": 1,
        "is_total_exact": True,
    }
    assert narrow["categories"] == [{"slug": "mugs", "name": "Mugs", "path": ["home", "mugs"]}]
    with assert_queries(db.engine(), 2):
        assert client.get("/api/v1/listings", params={"q": "mug stoneware"}).json()["alternatives"] is None


def test_a_search_says_which_words_it_corrected_and_searches_for_them_as_typed_on_request(
    client: TestClient, mug: Listing
) -> None:
    params = {"q": "stonewear"}
    with assert_queries(db.engine(), 2):
        found = client.get("/api/v1/listings", params=params).json()
    assert (found["total"], found["correction"]) == (
        1,
        {"q": "stoneware", "words": {"stonewear": ["stoneware"]}},
    )
    typed = client.get("/api/v1/listings", params={**params, "as_typed": True}).json()
    assert (typed["total"], typed["correction"], typed["alternatives"]["corrected"]["q"]) == (0, None, "stoneware")
    assert client.get("/api/v1/listings", params={"q": "stoneware"}).json()["correction"] is None


@pytest.mark.parametrize(
    "filters", [{"colour": "Nonesuch"}, {"size": "XXXXL", "brand": "💥"}, {"category": "nowhere"}, {"shop": "nobody"}]
)
def test_unknown_filter_values_find_nothing(client: TestClient, mug: Listing, filters: dict[str, str]) -> None:
    found = client.get("/api/v1/listings", params={"q": "mug", **filters}).json()
    assert (found["total"], found["items"], found["alternatives"]["unfiltered"]["total"]) == (0, [], 1)


def zero_result_counts() -> dict[str, int]:
    """The zero-result queries and their counts, once all best-effort writes are done."""
    with db.reading() as session:
        return {miss.words: miss.times for miss in zero_results.zero_result_queries(session, limit=10)}


def test_zero_result_queries_are_recorded_without_filtered_searches(client: TestClient, mug: Listing) -> None:
    best_effort._recent_keys.clear()
    for params in (
        {"q": "Purple unicorn"},
        {"q": "purple UNICORN"},
        {"q": "mug", "price_max": 1},
        {"q": "grey", "price_max": 1},
    ):
        assert client.get("/api/v1/listings", params=params).json()["total"] == 0
    for _ in range(600):
        if len(zero_result_counts()) == 2:
            break
        time.sleep(0.05)
    assert zero_result_counts() == {"purple unicorn": 1, "grey": 1}
