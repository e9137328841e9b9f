"""`./plaza bench figures`: what views cost, from being left to being a seller's page, in a database that is dropped again."""

import json
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

from platform_app.cli import bench_market
from platform_app.cli.errors import Refused
from platform_app.domain.accounts.rules import Role
from platform_app.domain.accounts.service import joining
from platform_app.domain.activity import queries, rules
from platform_app.domain.activity.rules import Days, Order, View
from platform_app.domain.shared.tables import new_id, utc_now
from platform_app.domain.shops import service as shops
from platform_app.domain.shops.service import members
from platform_app.infra import db, documents, trail
from platform_app.infra.settings import settings
from workers import activity

SHOPS = 200
OWNER = "bench@example.com"
ROUNDS = 40
# Every listing of the largest shop was opened on each of the days that its owner looks at, and compares with.
HISTORY = text("""
INSERT INTO listing_day (shop_id, day, listing_id, views, favourites)
SELECT :shop_id, CAST(:today AS date) - ago, md5('listing' || number)::uuid, 1 + (number * ago) % 17, number % 2
FROM generate_series(1, :listings) AS number, generate_series(0, :days) AS ago""")


class Figures(BaseModel):
    """Views a second into the store and out of it, and milliseconds until a seller sees a page."""

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


def figures(
    views: Annotated[int, typer.Option(min=1, max=20_000_000, help="Views of one day.")] = 600_000,
    listings: Annotated[int, typer.Option(min=1, max=100_000, help="Listings of the largest shop.")] = 10_000,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
) -> None:
    """Store a day's views as processes do, count them twice, and read a large shop's figures of 90 days."""
    if settings().problems():
        raise Refused("Plaza is not running: start it with ./plaza up, or set PLAZA_DATABASE_URL and its like.")
    with bench_market.empty():
        found = _measured(views=views, listings=listings)
    if as_json:
        print(json.dumps(found.model_dump()))
    else:
        _print(found)


def _measured(*, views: int, listings: int) -> Figures:
    now = utc_now()
    with db.writing() as session:
        opened = [shops.open_or_find(session, slug=f"shop-{number}", now=now) for number in range(SHOPS)]
        owner = joining.create(session, email=OWNER, role=Role.MEMBER, now=now)
        members.own(session, slug=opened[0].slug, email=OWNER, now=now)
        history = {"shop_id": opened[0].id, "today": now.date(), "listings": listings, "days": 2 * Days.QUARTER - 1}
        session.execute(HISTORY, history)
    stored = _seconds(lambda: _store(_views([shop.id for shop in opened], count=views)))
    counted, again = (_seconds(lambda: activity.count(now.date())) for _ in range(2))
    today, shop = now.date(), opened[0].slug
    orders = list(Order)
    with db.reading() as session:
        days = _latencies(
            lambda _: queries.figures(session, user_id=owner.id, shop=shop, days=Days.QUARTER, today=today)
        )
        page = _latencies(
            lambda place: queries.listings(
                session,
                user_id=owner.id,
                shop=shop,
                days=Days.QUARTER,
                order=orders[place % len(orders)],
                today=today,
                limit=20,
            )
        )
    return Figures(
        views=views,
        stored_per_second=round(views / stored, 1),
        counted_seconds=round(counted, 2),
        again_seconds=round(again, 2),
        listings=listings,
        days_p50=days[0],
        days_p95=days[1],
        listings_p50=page[0],
        listings_p95=page[1],
    )


def _views(shop_ids: list[UUID], *, count: int) -> Iterator[View]:
    """Visitors who open listings, of which few are popular; every twentieth view is one that was left before."""
    dice, day = Random(7), utc_now().date()
    offered = [(shop_id, new_id()) for shop_id in shop_ids for _ in range(100)]
    for number in range(count):
        if number % 20 < 19:
            shop_id, listing_id = offered[min(int(dice.expovariate(8 / len(offered))), len(offered) - 1)]
            view = View(shop_id=shop_id, listing_id=listing_id, day=day, visitor=f"{number:024x}")
        yield view


def _store(views: Iterator[View]) -> None:
    """A batch at a time, as the trail does it."""
    kept = documents.from_settings(settings(), db.engine())
    while batch := list(islice(views, trail.BATCH)):
        places: dict[str, list[View]] = {}
        for each in batch:
            places.setdefault(each.partition, []).append(each)
        for partition, some in places.items():
            found = [(each.sort_key, each.value) for each in some]
            kept.put_many(rules.COLLECTION, partition, found, expires_at=utc_now() + timedelta(days=3))


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _latencies(ask: Callable[[int], object]) -> tuple[float, float]:
    """Milliseconds at the median, and at the 95th percentile."""
    took = [1000 * _seconds(partial(ask, place)) for place in range(ROUNDS)]
    cuts = quantiles(took, n=100, method="inclusive")
    return round(cuts[49], 1), round(cuts[94], 1)


def _print(found: Figures) -> None:
    table = Table("", "figure", title=f"{found.views:,} views of a day; a shop of {found.listings:,} listings")
    table.columns[1].justify = "right"
    table.add_row("views stored a second, by one process", f"{found.stored_per_second:,.0f}")
    table.add_row("seconds to count the day", f"{found.counted_seconds:,.1f}")
    table.add_row("seconds to count it again", f"{found.again_seconds:,.1f}")
    table.add_row("90 days and the 90 before, p50 / p95 in ms", f"{found.days_p50:,.1f} / {found.days_p95:,.1f}")
    table.add_row("a page of its listings, p50 / p95 in ms", f"{found.listings_p50:,.1f} / {found.listings_p95:,.1f}")
    Console(highlight=False).print(table)
