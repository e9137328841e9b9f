"""The alternatives of a search without results."""

from datetime import timedelta

import pytest

from platform_app.domain.catalog import service as catalog
from platform_app.domain.catalog.schemas import VariantInput
from platform_app.domain.search import queries, service
from platform_app.domain.search.queries import zero_results
from platform_app.domain.search.schemas import Alternatives, SearchQuery
from platform_app.infra.db import WriteSession
from platform_app.presenters import search as search_presenters
from platform_app.presenters.shared import LinkView
from tests.factories import NOW, make_listing, make_shop

TREE = (
    ("clothing", "Clothing", None, 0, "shirt"),
    ("tops", "Tops & shirts", "clothing", 0, ""),
    ("home", "Home", None, 1, "lamp"),
    ("lamps", "Lamps", "home", 0, ""),
)


@pytest.fixture
def market(session: WriteSession) -> WriteSession:
    """Two shops: one sells shirts, the other things for the home, and none sells lamps."""
    catalog.seed_categories(session, tree=TREE)
    wear, clay = make_shop(session, slug="wear", name="Hollow Wear"), make_shop(session)
    for number in range(3):
        make_listing(session, shop=wear, key=str(number), title="Linen shirt", category="tops")
    expensive = (VariantInput(price=90_000, quantity=1),)
    make_listing(session, shop=clay, key="bowl", title="Stoneware bowl", category="home", variants=expensive)
    make_listing(session, shop=clay, key="mug", title="Stoneware mug", category="home")
    service.update_word_counts(session)
    return session


def alternatives(session: WriteSession, **params: object) -> Alternatives:
    """The alternatives of a search without results."""
    question = SearchQuery.model_validate(params)
    assert queries.results(session, search_query=question).total == 0
    return zero_results.alternatives(session, search_query=question)


@pytest.mark.parametrize(
    ("typed", "corrected", "total"),
    [
        ("linnenns sheert", "linen shirt", 3),
        ("Stonnwaere qqzzqq", "stoneware", 2),
        ("linen qqzzqq", "linen", 3),
        ("linen bowl", None, None),
        ("qqzzqq", None, None),
        ("linnenns boul", "linen", 3),
        ("linnenns stonnwaere", None, None),
    ],
)
def test_misspelled_words_are_corrected_or_dropped_if_that_finds_something(
    market: WriteSession, typed: str, corrected: str | None, total: int | None
) -> None:
    found = alternatives(market, q=typed).corrected
    assert (found and found.q, found and found.total) == (corrected, total)


def test_corrected_words_are_searched_with_the_filters_first_and_then_without(market: WriteSession) -> None:
    here = alternatives(market, q="linnenns sheert", shop="wear", price_max=5).corrected
    assert here is not None
    assert (here.q, here.shop, here.total) == ("linen shirt", "wear", 3)
    there = alternatives(market, q="linnenns sheert", shop="clay-and-co").corrected
    assert there is not None
    assert (there.q, there.shop, there.total) == ("linen shirt", None, 3)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"q": "bowl", "price_max": 100}, ("bowl", None, None, 1)),
        ({"q": "bowl", "category": "home", "price_max": 100}, ("bowl", "home", None, 1)),
        ({"q": "bowl", "category": "clothing", "price_max": 100}, ("bowl", None, None, 1)),
        ({"q": "bowl", "shop": "wear"}, ("bowl", None, None, 1)),
        ({"category": "clothing", "in_stock": True, "price_max": 1}, ("", "clothing", None, 3)),
        ({"shop": "wear", "condition": ("used_good",)}, ("", None, "wear", 3)),
        ({"category": "lamps"}, None),
        ({"q": "linen bowl", "facets": {"colour": ("Oat",)}}, None),
    ],
)
def test_a_search_is_offered_without_filters_if_that_finds_something(
    market: WriteSession, params: dict[str, object], expected: tuple[str, str | None, str | None, int] | None
) -> None:
    found = alternatives(market, **params).unfiltered
    assert (found and (found.q, found.category, found.shop, found.total)) == expected


@pytest.mark.parametrize(
    ("params", "slugs"),
    [
        ({"q": "shirtings home qq"}, ["home", "tops"]),
        ({"q": "lamps qq"}, []),
        ({"q": "stoneware linen"}, ["tops", "home"]),
        ({"q": "stoneware linen", "category": "tops"}, ["home"]),
        ({"q": "qqzzqq"}, []),
        ({"category": "lamps"}, []),
    ],
)
def test_suggested_categories_match_by_name_or_by_their_listings(
    market: WriteSession, params: dict[str, object], slugs: list[str]
) -> None:
    assert [category.slug for category in alternatives(market, **params).categories] == slugs


def test_a_suggested_category_has_its_path(market: WriteSession) -> None:
    (category,) = alternatives(market, q="linnen qqzzqq").categories
    assert (category.name, category.path) == ("Tops & shirts", ("clothing", "tops"))


@pytest.mark.parametrize(
    ("params", "text", "unfiltered", "everywhere"),
    [
        ({"q": "bowl", "shop": "wear"}, "No listing of this shop has", "", "Search all of Plaza: 1 listing"),
        (
            {"q": "linen", "shop": "wear", "price_max": 1},
            "No listings match all the filters",
            "3",
            "Search all of Plaza",
        ),
        ({"q": "qqzzqq", "shop": "wear"}, "No listing of this shop has", "", "Search all of Plaza"),
        ({"q": "qqzzqq"}, "Try fewer or more general words, or browse", "", ""),
        ({"shop": "wear", "price_max": 1}, "No listings match all the filters", "3", ""),
    ],
)
def test_a_search_of_a_shop_without_results_offers_all_shops(
    market: WriteSession, params: dict[str, object], text: str, unfiltered: str, everywhere: str
) -> None:
    q, shop = str(params.get("q", "")), str(params.get("shop", ""))
    filters = {"q": (q,)} if q else {}
    view = search_presenters.zero_results(alternatives(market, **params), filters=filters, shop=shop)
    without_filters = f"Without filters: {unfiltered} listings" if unfiltered else ""
    assert (view.text.startswith(text), view.unfiltered.label) == (True, without_filters)
    assert view.everywhere == (LinkView(everywhere, f"/search?q={q}") if everywhere else LinkView())


def test_zero_result_queries_are_normalised_and_listed_most_common_first(session: WriteSession) -> None:
    later = NOW + timedelta(hours=1)
    for words, now in (("Blue  Unicorn!", NOW), ("dragon", later), ("blue unicorn", later), ("BLUE, unicorn", NOW)):
        service.record_zero_results(session, words=words, now=now)
    assert [each.model_dump() for each in zero_results.zero_result_queries(session, limit=2)] == [
        {"words": "blue unicorn", "times": 3, "first_at": NOW, "last_at": later},
        {"words": "dragon", "times": 1, "first_at": later, "last_at": later},
    ]


@pytest.mark.parametrize("words", ["", "💥", "\x00", " ! ", "&&&"])
def test_a_query_without_words_is_not_recorded(session: WriteSession, words: str) -> None:
    service.record_zero_results(session, words=words, now=NOW)
    assert zero_results.zero_result_queries(session, limit=1) == ()


@pytest.mark.parametrize("words", ["ﷺ" * 200, "İ" * 200, "x" * 10_000, "word " * 10_000, "\u202eabc\x00d"])
def test_a_recorded_query_fits_its_column(session: WriteSession, words: str) -> None:
    service.record_zero_results(session, words=words, now=NOW)
    (recorded,) = zero_results.zero_result_queries(session, limit=1)
    assert 1 <= len(recorded.words) <= 200


def test_the_rarest_and_oldest_queries_are_swept_first(session: WriteSession) -> None:
    for words, times, hours in (("often", 3, 0), ("old", 1, 0), ("new", 1, 2), ("twice", 2, 1)):
        for _ in range(times):
            service.record_zero_results(session, words=words, now=NOW + timedelta(hours=hours))
    assert service.sweep_zero_result_queries(session, keep=3) == 1
    assert [each.words for each in zero_results.zero_result_queries(session, limit=10)] == ["often", "twice", "new"]
    assert service.sweep_zero_result_queries(session) == 0


@pytest.mark.parametrize(
    ("asked", "first", "count"),
    [
        ({"q": "linen bowl"}, "Stoneware bowl", 4),
        ({"q": "stoneware kettle bowl 3000"}, "Stoneware bowl", 1),
        ({"q": "linen bowl", "price_max": 100}, None, 0),
        ({"q": "linen bowl", "category": "home"}, "Stoneware bowl", 1),
        ({"q": "qqzzqq"}, None, 0),
        ({"q": '"linen bowl"'}, None, 0),
    ],
)
def test_a_search_for_too_much_offers_what_has_most_of_the_words(
    market: WriteSession, asked: dict[str, object], first: str | None, count: int
) -> None:
    partial = alternatives(market, **asked).partial
    assert (partial[0].title if partial else None, len(partial)) == (first, count)
