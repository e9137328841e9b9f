"""Prices of several currencies are compared in one; in a shop, its own prices are compared."""

import pytest
from sqlalchemy import text

from platform_app.domain.catalog.schemas import VariantInput
from platform_app.domain.exchange_rates import rules as rate_rules
from platform_app.domain.exchange_rates import service as exchange_rates
from platform_app.domain.search import queries, rules, service
from platform_app.domain.search.rules import Sort
from platform_app.domain.search.schemas import SearchQuery
from platform_app.infra import db
from platform_app.infra.db import WriteSession
from platform_app.infra.settings import settings
from tests.factories import NOW, make_listing, make_shop
from tests.imports.helpers import take_jobs

DAY = "Date,USD,JPY,VND,KWD\n2026-11-30,1.25,200,30000,0.4\n"
# In dollars: 12.50, 10.00, 8.33 and 31.25.
PRICES = {
    "yen-shop": ("JPY", 2000),
    "dollar-shop": ("USD", 1000),
    "dong-shop": ("VND", 200_000),
    "dinar-shop": ("KWD", 10_000),
}


@pytest.fixture
def market(session: WriteSession) -> WriteSession:
    set_rates(session, DAY)
    for slug, (currency, price) in PRICES.items():
        shop = make_shop(session, slug=slug, currency=currency)
        make_listing(session, shop=shop, title=f"Mug of {slug}", variants=(VariantInput(price=price, quantity=1),))
    return session


def set_rates(session: WriteSession, table: str) -> None:
    as_of, rates = rate_rules.parse_rates(table)
    exchange_rates.replace_rates(session, rates=rates, as_of=as_of, today=NOW.date().replace(year=2027))


def found(session: WriteSession, **filters: object) -> list[str]:
    results = queries.results(session, search_query=SearchQuery.model_validate(filters))
    return [card.shop_slug.removesuffix("-shop") for card in results.items]


def test_prices_are_sorted_by_what_they_are_worth(market: WriteSession) -> None:
    assert found(market, sort=Sort.PRICE_UP) == ["dong", "dollar", "yen", "dinar"]
    assert found(market, sort=Sort.PRICE_DOWN) == ["dinar", "yen", "dollar", "dong"]
    assert found(market, q="mug", sort=Sort.PRICE_UP) == ["dong", "dollar", "yen", "dinar"]


def test_pages_of_prices_follow_each_other(market: WriteSession) -> None:
    first = queries.results(market, search_query=SearchQuery(sort=Sort.PRICE_UP, limit=2))
    assert found(market, sort=Sort.PRICE_UP, limit=2, cursor=first.next_cursor) == ["yen", "dinar"]


def test_prices_are_filtered_and_counted_in_the_currency_of_the_market(market: WriteSession) -> None:
    assert sorted(found(market, price_min=833, price_max=1000)) == ["dollar", "dong"]
    facets = queries.results(market, search_query=SearchQuery()).facets
    assert (facets.price_min, facets.price_max) == (833, 3125)
    assert [(band.start, band.count) for band in facets.price_bands] == [(0, 3), (2500, 1)]


def test_in_a_shop_its_own_prices_are_compared(market: WriteSession) -> None:
    assert found(market, shop="dong-shop", price_min=200_000, price_max=200_000) == ["dong"]
    assert found(market, shop="dong-shop", price_min=200_001) == []
    facets = queries.results(market, search_query=SearchQuery(shop="dong-shop")).facets
    assert (facets.price_min, facets.price_max) == (200_000, 200_000)


def test_prices_that_are_worth_the_same_cent_keep_their_order_in_a_shop(session: WriteSession) -> None:
    shop = make_shop(session, slug="dong-shop", currency="VND")
    for price in (10_020, 10_000, 10_010):
        make_listing(
            session, shop=shop, key=str(price), title=f"{price}", variants=(VariantInput(price=price, quantity=1),)
        )
    for sort, expected in ((Sort.PRICE_UP, [10_000, 10_010, 10_020]), (Sort.PRICE_DOWN, [10_020, 10_010, 10_000])):
        first = queries.results(session, search_query=SearchQuery(shop="dong-shop", sort=sort, limit=2))
        rest = queries.results(
            session, search_query=SearchQuery(shop="dong-shop", sort=sort, limit=2, cursor=first.next_cursor)
        )
        assert [card.price.amount for card in (*first.items, *rest.items)] == expected


def test_new_rates_move_the_listings_of_those_currencies(clean: None) -> None:
    with db.writing() as session:
        for slug in ("dollar-shop", "dong-shop", "yen-shop"):
            currency, price = PRICES[slug]
            shop = make_shop(session, slug=slug, currency=currency)
            make_listing(session, shop=shop, title=slug, variants=(VariantInput(price=price, quantity=1),))
        set_rates(session, "Date,JPY\n2026-12-01,400\n")
    jobs = []
    while batch := take_jobs("search"):
        for job in batch:
            job.perform()
            jobs.append(job.func_name)
    assert jobs.count("workers.search.reindex_shop") == 1
    with db.reading() as session:
        row = session.execute(text("SELECT price_min, own_price FROM listing_search WHERE own_price = 2000")).one()
    assert tuple(row) == (559, 2000)  # five euros, at the shipped rate of the dollar


def test_another_currency_of_the_market_is_noticed_by_the_sweep(
    market: WriteSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAZA_CURRENCY", "JPY")
    settings.cache_clear()
    try:
        service.reindex_outdated(market, now=NOW)
        facets = queries.results(market, search_query=SearchQuery()).facets
    finally:
        monkeypatch.undo()
        settings.cache_clear()
    assert (facets.price_min, facets.price_max) == (1333, 5000)
    assert rules.index_version("JPY") != rules.index_version("USD")
