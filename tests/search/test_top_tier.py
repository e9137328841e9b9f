"""The top tier: common words are searched in the best listings only, rare words in all."""

import pytest
from sqlalchemy import text

from platform_app.domain.catalog import service as catalog
from platform_app.domain.catalog.schemas import VariantInput
from platform_app.domain.search import queries, rules, service
from platform_app.domain.search.rules import MIN_TOP_TIER_HITS, Sort
from platform_app.domain.search.schemas import Results, SearchQuery
from platform_app.domain.stock.rules import Reason
from platform_app.infra.db import WriteSession
from tests.factories import NOW, index_listings, make_draft, make_shop

MUGS, TOP_TIER_SIZE = MIN_TOP_TIER_HITS + 40, MIN_TOP_TIER_HITS + 20
COUNT_TOP_TIER = text("SELECT count(*) FROM listing_search WHERE is_leading")


@pytest.fixture
def shelf(session: WriteSession) -> WriteSession:
    """More mugs than the top tier holds; the cheapest rank lowest, because they are sold out."""
    shop = make_shop(session)
    drafts = [
        make_draft(
            key=f"mug-{number}",
            title=f"Stoneware mug{' with a lid' if number % 10 == 0 else ''}",
            variants=(VariantInput(price=100 + number, quantity=0 if number < MUGS - TOP_TIER_SIZE else 5),),
        )
        for number in range(MUGS)
    ]
    saved = catalog.save_many(session, shop=shop, inputs=drafts, reason=Reason.OPENING, now=NOW)
    index_listings(session, *(each.listing_id for each in saved))
    return session


def search(session: WriteSession, **params: object) -> Results:
    return queries.results(session, search_query=SearchQuery.model_validate(params))


def test_a_small_market_has_no_top_tier(shelf: WriteSession) -> None:
    assert service.update_top_tier(shelf, count=MUGS, limit=1000) == 0
    found = search(shelf, q="mug")
    assert (found.total, found.is_total_exact, found.total_text) == (MUGS, True, f"{MUGS} listings")


def test_common_words_are_searched_in_the_top_tier_only(shelf: WriteSession) -> None:
    assert service.update_top_tier(shelf, count=TOP_TIER_SIZE, limit=1000) == TOP_TIER_SIZE
    found = search(shelf, q="mug")
    assert (found.total, found.is_total_exact, found.total_text) == (TOP_TIER_SIZE, False, "200+ listings")
    assert all(card.in_stock for card in found.items)
    assert found.facets.in_stock == TOP_TIER_SIZE


def test_words_rare_in_the_top_tier_are_searched_in_all_listings(shelf: WriteSession) -> None:
    service.update_top_tier(shelf, count=TOP_TIER_SIZE, limit=1000)
    found = search(shelf, q="mug lid")
    assert (found.total, found.is_total_exact) == (MUGS // 10, True)
    narrowed = search(shelf, q="mug", price_max=100 + MUGS - TOP_TIER_SIZE)
    assert (narrowed.total, narrowed.is_total_exact) == (MUGS - TOP_TIER_SIZE + 1, True)


def test_candidates_beyond_the_ranking_limit_follow_on_later_pages(
    shelf: WriteSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "RANKED_CANDIDATES", 30)
    service.update_top_tier(shelf, count=TOP_TIER_SIZE, limit=1000)
    seen, cursor = [], None
    while True:
        page = search(shelf, q="mug", cursor=cursor, limit=50)
        seen += [card.id for card in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert (len(seen), len(set(seen))) == (TOP_TIER_SIZE, TOP_TIER_SIZE)


@pytest.mark.parametrize("sort", [Sort.PRICE_UP, Sort.PRICE_DOWN, Sort.NEWEST])
def test_a_sorted_search_covers_all_listings_on_its_pages(shelf: WriteSession, sort: Sort) -> None:
    service.update_top_tier(shelf, count=TOP_TIER_SIZE, limit=1000)
    prices, cursor = [], None
    while True:
        page = search(shelf, q="mug", sort=sort, cursor=cursor, limit=100)
        prices += [card.price.amount for card in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    expected = [100 + number for number in range(MUGS)]
    assert sorted(prices) == expected
    if sort is not Sort.NEWEST:
        assert prices == (expected if sort is Sort.PRICE_UP else expected[::-1])


def test_the_top_tier_is_updated_in_batches(shelf: WriteSession) -> None:
    steps = [service.update_top_tier(shelf, count=TOP_TIER_SIZE, limit=100) for _ in range(4)]
    assert steps == [100, 100, TOP_TIER_SIZE - 200, 0]
    best = shelf.execute(text("SELECT listing_id FROM listing_search WHERE is_leading LIMIT 1")).scalar_one()
    shelf.execute(text("UPDATE listing_search SET quality = 0 WHERE listing_id = :id"), {"id": best})
    assert service.update_top_tier(shelf, count=TOP_TIER_SIZE, limit=100) == 2
    assert shelf.execute(COUNT_TOP_TIER).scalar_one() == TOP_TIER_SIZE
    assert service.update_top_tier(shelf, count=MUGS, limit=1000) == TOP_TIER_SIZE
    assert shelf.execute(COUNT_TOP_TIER).scalar_one() == 0


def test_a_changed_listing_joins_the_top_tier_if_it_ranks_high_enough(shelf: WriteSession) -> None:
    service.update_top_tier(shelf, count=TOP_TIER_SIZE, limit=1000)
    ids = shelf.execute(text("SELECT listing_id FROM listing_search ORDER BY quality, listing_id")).scalars().all()
    index_listings(shelf, ids[0], ids[-1])
    is_in_top_tier = text("SELECT is_leading FROM listing_search WHERE listing_id = :id")
    assert [shelf.execute(is_in_top_tier, {"id": each}).scalar_one() for each in (ids[0], ids[-1])] == [False, True]
