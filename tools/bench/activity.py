"""`./plaza bench activity`: the cost of views, from recording to the seller's page, in a temporary database."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from itertools import islice
from random import Random
from statistics import quantiles
from typing import Annotated
from uuid import UUID

import typer
from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from platform_app.cli.running import DataOption, require_services
from platform_app.domain.accounts.rules import Role
from platform_app.domain.accounts.service import sign_up
from platform_app.domain.activity import queries, rules
from platform_app.domain.activity.rules import ListingSort, Period, View
from platform_app.domain.shared.model_base import new_id, utc_now
from platform_app.domain.shops import service as shops
from platform_app.domain.shops.service import members
from platform_app.infra import db, document_store, event_buffer
from platform_app.infra.settings import settings
from tools.bench import dataset, report
from tools.bench.report import Measurement
from workers import activity

SHOPS = 200
OWNER = "bench@example.com"
ROUNDS = 40
# Every listing of the largest shop was opened on each day of the period and of the period before it.
HISTORY = text("""
INSERT INTO listing_day (shop_id, day, listing_id, views, favourites)
SELECT :shop_id, CAST(:today AS date) - ago, md5('listing' || number)::uuid, 1 + (number * ago) % 17, number % 2
FROM generate_series(1, :listings) AS number, generate_series(0, :days) AS ago""")


class ActivityResults(BaseModel):
    """Views stored and counted per second, and milliseconds until a seller sees a page."""

    model_config = ConfigDict(frozen=True)

    views: int
    stored_per_second: float
    counted_seconds: float
    again_seconds: float
    listings: int
    days_p50: float
    days_p95: float
    listings_p50: float
    listings_p95: float


def activity_stats(
    views: Annotated[int, typer.Option(min=1, max=20_000_000, help="Views of one day.")] = 600_000,
    listings: Annotated[int, typer.Option(min=1, max=100_000, help="Listings of the largest shop.")] = 10_000,
    as_json: report.AsJson = False,
    record: report.Record = False,
    data: DataOption = None,
) -> None:
    """Store a day's views as processes do, count them twice, and read a large shop's statistics of 90 days."""
    require_services(data)
    start = report.begin(record=record)
    with dataset.empty_database():
        results = _measure(views=views, listings=listings)
    report.finish(start, results, _measurements(results), print_table=lambda: _print_table(results), as_json=as_json)


def _measure(*, views: int, listings: int) -> ActivityResults:
    now = utc_now()
    with db.writing() as session:
        shops_created = [shops.get_or_create(session, slug=f"shop-{number}", now=now) for number in range(SHOPS)]
        owner = sign_up.create_user(session, email=OWNER, role=Role.MEMBER, now=now)
        members.make_owner(session, slug=shops_created[0].slug, email=OWNER, now=now)
        history = {
            "shop_id": shops_created[0].id,
            "today": now.date(),
            "listings": listings,
            "days": 2 * Period.QUARTER - 1,
        }
        session.execute(HISTORY, history)
    store_seconds = _time(lambda: _store_views(_generate_views([shop.id for shop in shops_created], count=views)))
    count_seconds, recount_seconds = (_time(lambda: activity.count_views(now.date())) for _ in range(2))
    today, shop = now.date(), shops_created[0].slug
    orders = list(ListingSort)
    with db.reading() as session:
        day_latencies = _latencies(
            lambda _: queries.stats(session, user_id=owner.id, shop=shop, days=Period.QUARTER, today=today)
        )
        page_latencies = _latencies(
            lambda index: queries.listing_stats(
                session,
                user_id=owner.id,
                shop=shop,
                days=Period.QUARTER,
                order=orders[index % len(orders)],
                today=today,
                limit=20,
            )
        )
    return ActivityResults(
        views=views,
        stored_per_second=round(views / store_seconds, 1),
        counted_seconds=round(count_seconds, 2),
        again_seconds=round(recount_seconds, 2),
        listings=listings,
        days_p50=day_latencies[0],
        days_p95=day_latencies[1],
        listings_p50=page_latencies[0],
        listings_p95=page_latencies[1],
    )


def _generate_views(shop_ids: list[UUID], *, count: int) -> Iterator[View]:
    """Visits to listings, of which few are popular; every twentieth repeats an earlier view."""
    rng, day = Random(7), utc_now().date()
    listings = [(shop_id, new_id()) for shop_id in shop_ids for _ in range(100)]
    for number in range(count):
        if number % 20 < 19:
            shop_id, listing_id = listings[min(int(rng.expovariate(8 / len(listings))), len(listings) - 1)]
            view = View(shop_id=shop_id, listing_id=listing_id, day=day, visitor=f"{number:024x}")
        yield view


def _store_views(views: Iterator[View]) -> None:
    """Store views in batches, as the event buffer does."""
    store = document_store.from_settings(settings(), db.engine())
    while batch := list(islice(views, event_buffer.BATCH_SIZE)):
        by_partition: dict[str, list[View]] = {}
        for each in batch:
            by_partition.setdefault(each.partition, []).append(each)
        for partition, partition_views in by_partition.items():
            found = [(each.sort_key, each.value) for each in partition_views]
            store.put_many(rules.COLLECTION, partition, found, expires_at=utc_now() + timedelta(days=3))


def _time(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _latencies(query: Callable[[int], object]) -> tuple[float, float]:
    """Milliseconds at the median and at the 95th percentile."""
    timings = [1000 * _time(partial(query, index)) for index in range(ROUNDS)]
    cuts = quantiles(timings, n=100, method="inclusive")
    return round(cuts[49], 1), round(cuts[94], 1)


def _measurements(results: ActivityResults) -> list[Measurement]:
    return [
        Measurement(key="activity.stored", text=f"{results.stored_per_second:,.0f}"),
        Measurement(key="activity.counted", text=f"{results.counted_seconds:,.1f} / {results.again_seconds:,.1f} s"),
        Measurement(key="activity.days", text=f"{results.days_p50:,.0f} / {results.days_p95:,.0f} ms"),
        Measurement(key="activity.listings", text=f"{results.listings_p50:,.0f} / {results.listings_p95:,.0f} ms"),
    ]


def _print_table(results: ActivityResults) -> None:
    table = Table("", "figure", title=f"{results.views:,} views of a day; a shop of {results.listings:,} listings")
    table.columns[1].justify = "right"
    table.add_row("views stored a second, by one process", f"{results.stored_per_second:,.0f}")
    table.add_row("seconds to count the day", f"{results.counted_seconds:,.1f}")
    table.add_row("seconds to count it again", f"{results.again_seconds:,.1f}")
    table.add_row("90 days and the 90 before, p50 / p95 in ms", f"{results.days_p50:,.1f} / {results.days_p95:,.1f}")
    table.add_row(
        "a page of its listings, p50 / p95 in ms", f"{results.listings_p50:,.1f} / {results.listings_p95:,.1f}"
    )
    Console(highlight=False).print(table)
