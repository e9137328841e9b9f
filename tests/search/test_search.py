"""Searching listings."""

import contextlib

import pytest
from pydantic import ValidationError

from platform_app.domain.catalog import service as catalog
from platform_app.domain.catalog.rules import Condition
from platform_app.domain.catalog.schemas import VariantInput
from platform_app.domain.catalog.tags import CATALOG
from platform_app.domain.media.schemas import StoredPicture
from platform_app.domain.search import queries
from platform_app.domain.search.errors import SearchTooBroad
from platform_app.domain.search.rules import Sort, facets
from platform_app.domain.search.schemas import Results, SearchQuery
from platform_app.domain.shared import paging
from platform_app.domain.shared.paging import InvalidCursor
from platform_app.domain.shops.tags import shop_tag
from platform_app.infra import db
from platform_app.infra.db import WriteSession
from tests.factories import UNKNOWN_ID, index_listings, make_listing, make_pictures, make_shop

TREE = (
    ("clothing", "Clothing", None, 0, "shirt"),
    ("tops", "Tops & shirts", "clothing", 0, ""),
    ("home", "Home", None, 1, "lamp"),
)


def search(session: WriteSession, **params: object) -> Results:
    return queries.results(session, search_query=SearchQuery.model_validate(params))


def titles(session: WriteSession, **params: object) -> list[str]:
    return [card.title for card in search(session, **params).items]


@pytest.fixture
def market(session: WriteSession) -> WriteSession:
    """Two shops with five listings."""
    catalog.seed_categories(session, tree=TREE)
    clay, wear = make_shop(session), make_shop(session, slug="wear", name="Hollow Wear", language="german")
    one = (VariantInput(price=5000, quantity=1),)
    make_listing(session, shop=wear, key="a", title="Ocean Blue Shirt", category="tops", variants=one, tags=("men",))
    make_listing(
        session,
        shop=wear,
        key="b",
        title="Hemden aus Leinen",
        category="tops",
        variants=(VariantInput(price=9000, quantity=0),),
    )
    make_listing(session, shop=clay, key="c", title="Café crème bowl", category="home", description="Holds soup.")
    make_listing(session, shop=clay, key="d", title="Running mug", category="home", condition=Condition.GOOD)
    make_listing(session, shop=clay, key="e", title="Plain thing", variants=(VariantInput(price=100, quantity=None),))
    return session


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("ocean blu shrt", ["Ocean Blue Shirt"]),
        ("SHIRTS", ["Hemden aus Leinen", "Ocean Blue Shirt"]),
        ("hemd", ["Hemden aus Leinen"]),
        ("cafe creme", ["Café crème bowl"]),
        ("run", ["Running mug"]),
        ("soup", ["Café crème bowl"]),
        ("men", ["Ocean Blue Shirt"]),
        ("clothing", ["Hemden aus Leinen", "Ocean Blue Shirt"]),
        ("hollow wear", ["Hemden aus Leinen", "Ocean Blue Shirt"]),
        ("the mug", ["Running mug"]),
        ("oc", ["Ocean Blue Shirt"]),
        ("zzzzqqqq", []),
    ],
)
def test_a_query_matches_titles_descriptions_tags_categories_and_shops(
    market: WriteSession, query: str, found: list[str]
) -> None:
    assert sorted(titles(market, q=query)) == found


@pytest.mark.parametrize(
    "query",
    [
        "'",
        '"',
        "\\",
        "& | ! ( ) : * <->",
        "a:*b",
        "💥",
        "\u202eabc",
        "%_",
        "x" * 200,
        "' OR 1=1 --",
        "$$",
        "\t\n",
        "مرحبا",
        "a" * 40 + "'",
        "word " * 40,
        "\x00a\x00",
    ],
)
def test_any_query_is_answered(market: WriteSession, query: str) -> None:
    assert search(market, q=query).total >= 0


def test_filters_narrow_the_results_and_each_facet_ignores_its_own_filter(market: WriteSession) -> None:
    found = search(market, category="clothing", in_stock=True)
    assert [card.title for card in found.items] == ["Ocean Blue Shirt"]
    assert found.total == 1
    assert {count.value: count.count for count in found.facets.categories} == {"clothing": 1, "tops": 1, "home": 2}
    assert search(market, category="clothing").facets.in_stock == 1
    assert titles(market, condition=("used_good",)) == ["Running mug"]
    assert {count.value: count.count for count in search(market, condition=("used_good",)).facets.conditions} == {
        "new": 4,
        "used_good": 1,
    }
    assert titles(market, price_min=4000, price_max=6000) == ["Ocean Blue Shirt"]
    assert sorted(titles(market, shop="wear")) == ["Hemden aus Leinen", "Ocean Blue Shirt"]
    assert search(market, shop="nobody").total == 0
    assert search(market, category="nothing").total == 0


@pytest.mark.parametrize("edge", [1, 500, 5000, 1_000_000, 999_999_998])
@pytest.mark.parametrize("words", ["", "jug"])
def test_a_price_range_includes_both_of_its_limits(session: WriteSession, edge: int, words: str) -> None:
    prices = [price for price in (edge - 1, edge, edge + 1) if price]
    shop = make_shop(session)
    for price in prices:
        make_listing(session, shop=shop, key=str(price), title="Jug", variants=(VariantInput(price=price, quantity=1),))

    def between(**limits: int) -> list[int]:
        return sorted(card.price.amount for card in search(session, q=words, **limits).items)

    assert between(price_min=edge) == [price for price in prices if price >= edge]
    assert between(price_max=edge) == [price for price in prices if price <= edge]
    assert between(price_min=edge, price_max=edge) == [edge]
    assert between(price_min=edge + 2) == between(price_min=edge + 2, price_max=edge + 1) == []


def test_prices_sort_both_ways(market: WriteSession) -> None:
    up = titles(market, sort=Sort.PRICE_UP)
    assert (up[0], up[-1]) == ("Plain thing", "Hemden aus Leinen")
    assert [card.price.amount for card in search(market, sort=Sort.PRICE_DOWN).items] == [9000, 5000, 2000, 2000, 100]


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("query", ["", "mug"])
def test_pages_follow_each_other_without_gap_or_repeat(session: WriteSession, sort: Sort, query: str) -> None:
    shop = make_shop(session)
    for number in range(11):
        variants = (VariantInput(price=1000 + number % 3, quantity=1),)
        make_listing(session, shop=shop, key=str(number), title=f"Mug {number}", variants=variants, indexed=False)
    listings = catalog.queries.listings_by_key(session, shop_id=shop.id, keys=[str(number) for number in range(11)])
    index_listings(session, *(listing.id for listing in listings.values()))
    seen: list[str] = []
    cursor = None
    while True:
        page = search(session, sort=sort, q=query, limit=4, cursor=cursor)
        seen += [card.title for card in page.items]
        cursor = page.next_cursor
        assert page.total == 11
        if cursor is None:
            break
    assert sorted(seen) == sorted(f"Mug {number}" for number in range(11))


def test_a_cursor_belongs_to_its_query(market: WriteSession) -> None:
    cursor = search(market, limit=1).next_cursor
    with pytest.raises(InvalidCursor):
        search(market, limit=1, cursor=cursor, q="mug")
    with pytest.raises(InvalidCursor):
        search(market, cursor="made-up")


@pytest.mark.parametrize(
    ("sort", "position", "listing"),
    [
        (Sort.NEWEST, "2026-W01-1", UNKNOWN_ID),
        (Sort.NEWEST, "2026-11-23T09:00:00,5", UNKNOWN_ID),
        (Sort.NEWEST, "0001-01-01T00:00:00+14:00", UNKNOWN_ID),
        (Sort.PRICE_UP, 5, f"urn:uuid:{UNKNOWN_ID}"),
        (Sort.PRICE_UP, 2**70, UNKNOWN_ID),
    ],
)
def test_a_forged_but_readable_cursor_is_answered_or_refused(
    market: WriteSession, sort: Sort, position: str | int, listing: str
) -> None:
    question = SearchQuery(sort=sort)
    forged = paging.encode(question.model_dump_json(exclude={"cursor", "limit"}), position, listing)
    with contextlib.suppress(InvalidCursor):
        assert search(market, sort=sort, cursor=forged).total == 5


def test_an_unpublished_listing_leaves_its_shops_pages(market: WriteSession) -> None:
    shop = make_shop(market)
    market.info.clear()
    make_listing(market, shop=shop, key="d", title="Running mug", status="draft", category="home")
    assert {CATALOG, shop_tag("clay-and-co")} <= market.info[db.INVALIDATED_TAGS]
    assert search(market, shop="clay-and-co").total == 2


def test_an_unpublished_listing_is_no_longer_found(market: WriteSession) -> None:
    shop = make_shop(market)
    changed = make_listing(market, shop=shop, key="d", title="Running mug", status="archived", category="home")
    assert changed.title == "Running mug"
    assert titles(market, q="running") == []


def test_related_listings_share_the_category(market: WriteSession) -> None:
    bowl = search(market, q="bowl").items[0]
    assert [
        card.title for card in queries.related(market, listing_id=bowl.id, category="home", shop="clay-and-co")
    ] == ["Running mug"]


def test_the_showcase_starts_with_pictures_and_mixes_shops(session: WriteSession) -> None:
    first, second = make_shop(session), make_shop(session, slug="other", name="Other")
    stored = StoredPicture(content="a" * 64, width=640, height=800, colour="#ffffff")
    for shop in (first, second):
        make_pictures(session, shop=shop, pictures={"content:a": stored})
    for number in range(4):
        make_listing(session, shop=first, key=str(number), title=f"First {number}", pictures=({"source": "content:a"},))
    make_listing(session, shop=second, key="a", title="Second", pictures=({"source": "content:a"},))
    make_listing(session, shop=second, key="b", title="No picture")
    make_listing(session, shop=second, key="c", title="Sold out", variants=(VariantInput(price=100, quantity=0),))
    shown = queries.showcase(session)
    assert sorted(card.shop_name for card in shown.hero) == ["Clay & Co", "Clay & Co", "Other"]
    assert (shown.newest[-1].title, len(shown.newest)) == ("No picture", 3)


def test_a_variant_filter_matches_a_single_variant_only(session: WriteSession) -> None:
    shop = make_shop(session)
    variants = tuple(VariantInput(choice=choice, price=1000) for choice in (("Blue", "S"), ("Red", "M")))
    make_listing(
        session,
        shop=shop,
        key="a",
        title="Shirt",
        options=("Color", "Size"),
        variants=variants,
        attributes={"Material": "Linen"},
    )
    make_listing(session, shop=shop, key="b", title="Scarf", attributes={"Colour": "Blue", "Material": "Wool"})
    assert titles(session, facets={"colour": ("Blue",), "size": ("M",)}) == []
    assert titles(session, facets={"colour": ("Blue",), "size": ("S",), "material": ("Linen",)}) == ["Shirt"]
    assert sorted(titles(session, facets={"colour": ("Blue",)})) == ["Scarf", "Shirt"]
    assert titles(session, facets={"colour": ("Red", "Green"), "size": ("M",)}) == ["Shirt"]
    counted = search(session, facets={"colour": ("Red",)}).facets
    assert {count.value: count.count for count in counted.attributes["colour"]} == {"Blue": 2, "Red": 1}
    assert {count.value: count.count for count in counted.attributes["size"]} == {"M": 1, "S": 1}
    assert {count.value: count.count for count in counted.attributes["material"]} == {"Linen": 1}


def test_facets_count_prices_and_shops(market: WriteSession) -> None:
    facets = search(market).facets
    assert [(band.start, band.end, band.count) for band in facets.price_bands] == [(0, 2500, 3), (5000, 10_000, 2)]
    assert {count.value: count.count for count in facets.shops} == {"clay-and-co": 3, "wear": 2}


@pytest.mark.parametrize(
    "facets", [{"nonsense": ("x",)}, {"colour": ("x" * 81,)}, {"size": ("\x00",)}, {"size": tuple("abcdefghi")}]
)
def test_invalid_facets_are_refused(facets: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(ValidationError):
        SearchQuery(facets=facets)


def test_a_search_covers_at_most_64_combinations_of_facet_values() -> None:
    eight, four = tuple("abcdefgh"), tuple("abcd")
    widest = SearchQuery(facets={"size": eight, "colour": four, "brand": ("a", "b"), "material": ("a", "a", "a")})
    assert len(facets.required_keys(widest.facets)) == facets.MAX_KEYS == 64
    with pytest.raises(SearchTooBroad, match="2 of brand × 8 of colour × 8 of size make 128 combinations") as refused:
        SearchQuery(facets={"colour": eight, "size": eight, "brand": ("a", "b"), "material": ("a",)})
    assert refused.value.fields == {
        "brand": "Choose fewer values (2 now).",
        "colour": "Choose fewer values (8 now).",
        "size": "Choose fewer values (8 now).",
    }


def test_listings_without_a_category_are_related_to_the_best_of_their_shop(market: WriteSession) -> None:
    listing_card = search(market, q="plain thing").items[0]
    found = queries.related(market, listing_id=listing_card.id, category=None, shop="clay-and-co")
    assert [card.title for card in found] == ["Running mug", "Café crème bowl"]
