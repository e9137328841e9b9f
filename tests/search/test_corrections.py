"""What was searched instead of misspelled words, and searching for the words as they were typed."""

import pytest

from platform_app.domain.catalog.schemas import VariantInput
from platform_app.domain.search import queries, rules
from platform_app.domain.search.queries import zero_results
from platform_app.domain.search.rules import query_text
from platform_app.domain.search.schemas import Correction, Results, SearchQuery
from platform_app.domain.shared.query_strings import parse_query_lists
from platform_app.infra.db import WriteSession
from platform_app.presenters import search as search_presenters
from platform_app.presenters.search import CorrectionView
from platform_app.presenters.shared import LinkView
from tests.factories import make_listing, make_shop


@pytest.fixture
def market(session: WriteSession) -> WriteSession:
    """A shop that sells candles and one that sells shirts."""
    wax, wear = make_shop(session, slug="wax", name="Wax"), make_shop(session, slug="wear", name="Hollow Wear")
    make_listing(session, shop=wax, key="a", title="Beeswax candle")
    make_listing(session, shop=wax, key="b", title="Lantern", variants=(VariantInput(price=900, sku="CANDAL"),))
    make_listing(session, shop=wear, key="c", title="Ocean blue shirt")
    return session


def search(session: WriteSession, **params: object) -> Results:
    return queries.results(session, search_query=SearchQuery.model_validate(params))


@pytest.mark.parametrize(
    ("typed", "searched", "words"),
    [
        ("candel", "candle", {"candel": ("candle",)}),
        ("Ocean blu shrt!", "Ocean blue shirt", {"blu": ("blue",), "shrt": ("shirt",)}),
        ("the shrt", "the shirt", {"shrt": ("shirt",)}),
        ("shrt -candel", "shirt -candel", {"shrt": ("shirt",)}),
        ('"ocean blue" shrt', '"ocean blue" shirt', {"shrt": ("shirt",)}),
    ],
)
def test_misspelled_words_are_named_with_what_was_searched_instead(
    market: WriteSession, typed: str, searched: str, words: dict[str, tuple[str, ...]]
) -> None:
    found = search(market, q=typed)
    assert (found.total, found.correction) == (1, Correction(q=searched, words=words))


@pytest.mark.parametrize(
    "params",
    [
        {"q": "candle"},
        {"q": "candles"},  # another form
        {"q": "cand"},  # a beginning
        {"q": "candal"},  # a SKU
        {"q": "bees wax candle"},
        {"q": ""},
        {"q": "candel", "shop": "wear"},
        {"q": "candel", "price_max": 1},
        {"q": "qqzzqq"},
    ],
)
def test_a_search_that_finds_the_words_as_typed_or_nothing_has_no_correction(
    market: WriteSession, params: dict[str, object]
) -> None:
    assert search(market, **params).correction is None


def test_words_are_corrected_within_a_shop_too(market: WriteSession) -> None:
    found = search(market, q="candel", shop="wax")
    assert ([card.title for card in found.items], found.correction) == (
        ["Beeswax candle"],
        Correction(q="candle", words={"candel": ("candle",)}),
    )


def test_words_are_searched_as_typed_on_request(market: WriteSession) -> None:
    typed = SearchQuery(q="candel", as_typed=True)
    found = queries.results(market, search_query=typed)
    assert (found.total, found.correction) == (0, None)
    assert search(market, q="cand", as_typed=True).total == 0
    assert [card.title for card in search(market, q="candles", as_typed=True).items] == ["Beeswax candle"]
    offered = zero_results.alternatives(market, search_query=typed)
    assert (offered.unfiltered, offered.partial) == (None, ())
    assert offered.corrected is not None
    assert (offered.corrected.q, offered.corrected.as_typed, offered.corrected.total) == ("candle", False, 1)


def test_a_search_as_typed_is_offered_as_typed_without_its_filters(market: WriteSession) -> None:
    narrow = SearchQuery(q="candle", as_typed=True, shop="wax", price_max=1)
    offered = zero_results.alternatives(market, search_query=narrow).unfiltered
    assert offered is not None
    assert (offered.q, offered.as_typed, offered.shop, offered.total) == ("candle", True, "wax", 1)
    filters = {"q": ("candle",), "as_typed": ("1",), "max": ("1",)}
    view = search_presenters.zero_results(
        zero_results.alternatives(market, search_query=narrow), filters=filters, shop="wax"
    )
    assert (view.unfiltered.href, view.everywhere.href) == (
        "/shops/wax?q=candle&as_typed=1",
        "/search?q=candle&as_typed=1",
    )


@pytest.mark.parametrize(
    ("query_string", "filters"),
    [
        ("q=candel&as_typed=1", {"q": ("candel",), "as_typed": ("1",)}),
        ("q=candel&as_typed=perhaps", {"q": ("candel",)}),
        ("as_typed=1", {}),
    ],
)
def test_the_url_says_whether_words_are_searched_as_typed(
    query_string: str, filters: dict[str, tuple[str, ...]]
) -> None:
    parsed = rules.parse_filters(parse_query_lists(query_string), categories=())
    assert parsed == filters
    assert SearchQuery.from_filters(parsed, currency="USD").as_typed is ("as_typed" in filters)


@pytest.mark.parametrize(
    ("query", "corrected"),
    [
        ("candel", "candle"),
        ("  Candel,   blue ", "  candle   blue "),
        ('"blue candel" candel', '"blue candel" candle'),
        ("-candel candel", "-candel candle"),
        ("soy/candel", "soy/candel"),  # searched as one word
        ("candel;blue", "candle blue"),
    ],
)
def test_the_corrected_query_keeps_the_other_words(query: str, corrected: str) -> None:
    assert query_text.corrected_text(query, {"candel": ("candle", "candles")}) == corrected


def test_a_long_query_stays_as_short_as_a_query_may_be() -> None:
    assert len(query_text.corrected_text("candel " * 200, {"candel": ("candelabra",)})) == rules.MAX_QUERY


def test_the_link_to_the_words_as_typed_keeps_the_filters() -> None:
    filters = {"q": ("candel",), "sort": ("newest",)}
    one = Correction(q="candle", words={"candel": ("candle",)})
    link = LinkView("“candel”", "/shops/wax?q=candel&sort=newest&as_typed=1")
    view = search_presenters.correction(one, path="/shops/wax", filters=filters)
    assert view == CorrectionView(searched="“candle”", typed=link)
    several = Correction(q="candle", words={"candel": ("candle", "candy")})
    view = search_presenters.correction(several, path="/shops/wax", filters=filters)
    assert view.searched == "“candle” and similar words"
    assert search_presenters.correction(None, path="/shops/wax", filters=filters) == CorrectionView()
