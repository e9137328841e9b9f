"""Suggestions while a user types."""

import asyncio

import pytest
from sqlalchemy import text

from platform_app.domain.catalog import service as catalog
from platform_app.domain.search import rules, service
from platform_app.domain.search.queries import typeahead
from platform_app.domain.search.schemas import Suggestions
from platform_app.infra import cache
from platform_app.infra.db import WriteSession
from state.search_typeahead import TypeaheadState
from tests.factories import make_listing, make_shop

TREE = (
    ("clothing", "Clothing", None, 0, "shirt"),
    ("tops", "Tops & shirts", "clothing", 0, ""),
    ("cafe", "Café tables", None, 1, "lamp"),
)


@pytest.fixture
def market(session: WriteSession) -> WriteSession:
    """A few listings, most of them of linen."""
    catalog.seed_categories(session, tree=TREE)
    shop = make_shop(session, language="english")
    for key, title in enumerate(("Linen shirt", "Linen towel", "Lined coat", "Lilac mug", "Coat hanger")):
        make_listing(session, shop=shop, key=str(key), title=title, category="tops" if "shirt" in title else None)
    service.update_word_counts(session)
    return session


def suggest(session: WriteSession, words: str) -> Suggestions:
    return typeahead.suggestions(session, words=words)


@pytest.mark.parametrize(
    ("typed", "completions"),
    [
        ("li", ("linen", "lilac", "lined")),
        ("lin", ("linen", "lined")),
        ("linen", ()),
        ("LÍN", ("linen", "lined")),
        ("linen s", ()),
        ("linen sh", ("linen shirt", "linen shirts")),
        ("coat li", ("coat lined",)),
        ("mug sh", ()),
        ("linnen", ("linen", "lined")),
        ("lnen to", ("lnen tops", "lnen towel")),
        ("", ()),
        ("l", ()),
        ("zzqq", ()),
    ],
)
def test_the_last_word_is_completed_to_matching_words_most_common_first(
    market: WriteSession, typed: str, completions: tuple[str, ...]
) -> None:
    assert suggest(market, typed).completions == completions


@pytest.mark.parametrize(
    ("typed", "categories"),
    [
        ("clo", [("clothing", ("clothing",))]),
        ("shirts", [("tops", ("clothing", "tops"))]),
        ("tops sh", [("tops", ("clothing", "tops"))]),
        ("CAFE", [("cafe", ("cafe",))]),
        ("th", [("clothing", ("clothing",))]),
        ("mug", []),
    ],
)
def test_categories_are_suggested_by_any_part_of_their_names(
    market: WriteSession, typed: str, categories: list[tuple[str, tuple[str, ...]]]
) -> None:
    assert [(each.slug, each.path) for each in suggest(market, typed).categories] == categories


def test_listings_are_suggested_with_their_urls_and_prices(market: WriteSession) -> None:
    (found,) = suggest(market, "lila").listings
    assert (found.title, found.shop_slug, found.slug, found.price.amount) == (
        "Lilac mug",
        "clay-and-co",
        "lilac-mug",
        2000,
    )
    assert [each.title for each in suggest(market, "coat ha").listings] == ["Coat hanger"]


def test_a_word_without_listings_is_not_suggested(market: WriteSession) -> None:
    market.execute(text("INSERT INTO search_word (word) VALUES ('linseed')"))
    assert suggest(market, "lins").completions == ()


def test_the_number_of_suggestions_is_limited(session: WriteSession) -> None:
    catalog.seed_categories(session, tree=[(f"c{n}", f"Case {n}", None, n, "") for n in range(5)])
    shop = make_shop(session)
    for number in range(9):
        make_listing(session, shop=shop, key=str(number), title=f"Case ca{'abcdefghi'[number] * 3}")
    found = suggest(session, "ca")
    assert (len(found.completions), len(found.categories), len(found.listings)) == (6, 3, 3)


def test_word_counts_follow_the_listings(market: WriteSession) -> None:
    counted = text("SELECT listings FROM search_word WHERE word = 'linen'")
    assert market.execute(counted).scalar_one() == 2
    make_listing(market, shop=make_shop(market), key="1", title="Linen towel", status="archived")
    assert service.update_word_counts(market) == 3  # linen, towel, and clay
    assert market.execute(counted).scalar_one() == 1
    assert service.update_word_counts(market) == 0


@pytest.mark.parametrize(
    "typed",
    ["'", '"', "\\", "a\\b'c", "& | ! ( ) : * <->", "a:*b", "💥💥", "\u202eabc", "%_%_", "مرحبا", "x" * 200, "' OR 1=1 --",
     "$$ab$$", "\t\n", "null", "aa' | 'bb", "shirt " * 10_000],
)  # fmt: skip
def test_any_text_can_be_typed(market: WriteSession, typed: str) -> None:
    assert len(suggest(market, typed).completions) <= rules.MAX_COMPLETIONS


@pytest.mark.parametrize("given", [None, 7, ["mu"], {"words": "mu"}, "\x00", "\ud800", "mug" * 10_000])
def test_an_invalid_event_suggests_nothing_and_raises_nothing(environment: None, given: object) -> None:
    async def suggest_event() -> TypeaheadState:
        cache._redis.cache_clear()
        state = TypeaheadState(_reflex_internal_init=True)
        await TypeaheadState.suggest.fn(state, given)
        await cache._redis().aclose()
        cache._redis.cache_clear()
        return state

    state = asyncio.run(suggest_event())
    assert (state.options, len(state.query) <= rules.MAX_QUERY) == ([], True)


def test_with_a_top_tier_all_words_must_match_one_of_its_listings(market: WriteSession) -> None:
    assert suggest(market, "linen to").completions == ("linen tops", "linen towel")
    market.execute(text("UPDATE listing_search SET is_leading = true WHERE card->>'title' = 'Linen shirt'"))
    assert suggest(market, "linen to").completions == ("linen tops",)
    assert suggest(market, "tow").completions == ("towel",)
