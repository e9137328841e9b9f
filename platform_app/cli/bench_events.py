"""`./plaza bench events`: how many people can browse at once, beside the same pages written as Reflex's guide does."""

import asyncio
import json
import os
import random
import resource
import time
from bisect import bisect
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from statistics import quantiles
from typing import Annotated, TypeVar
from urllib.parse import urlencode

import psutil
import typer
from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from platform_app.cli import bench_search, bench_servers
from platform_app.cli.errors import Refused
from platform_app.cli.visitors import Crowd, Place
from platform_app.infra import db
from platform_app.infra.settings import settings
from platform_app.stack import record

WARMING = (
    50  # visitors who come before memory is weighed, so that what is kept once for everybody is not put down to one
)
WARMING_RATE = 250.0  # their events a second: as many as it takes to fill the caches, whose size is bounded
WARMING_SECONDS = 30.0
SMALLER = 10  # the baseline gets so many times fewer people: more would only wait
OURS, GUIDES = "platform_app.main:web", "platform_app.cli.bench_guide:web"
SHARES = {"listing": 0.35, "search": 0.3, "category": 0.2, "shop": 0.1, "home": 0.05}
Thing = TypeVar("Thing")
SERVING = ("postgres", "valkey-state", "valkey-work")
LISTINGS = text("""
SELECT card->>'shop_slug' AS shop, card->>'slug' AS listing FROM listing_search ORDER BY quality DESC, listing_id LIMIT 2000""")
CATEGORIES = text("SELECT slug FROM category ORDER BY slug")
SHOPS = text("SELECT slug FROM shop ORDER BY created_at, slug LIMIT 200")


class Crowded(BaseModel):
    """What so many visitors saw and cost; milliseconds from when an event was to be sent to its last answer."""

    model_config = ConfigDict(frozen=True)

    name: str
    users: int
    events_per_second: float  # answered
    p50: float
    p95: float
    p99: float
    errors: dict[str, int]
    kib_per_user: float  # by which each has the web processes' memory grow
    web_mib: float  # the web processes' memory in the end, all of it
    web_ms_per_event: float  # processor time
    data_ms_per_event: float  # processor time of PostgreSQL and both Valkeys, where they run on this machine
    load_ms_per_event: float  # processor time of the visitors themselves


class EventFigures(BaseModel):
    """`ratio` is how many times the processor time of an event the guide's way takes, database and all."""

    model_config = ConfigDict(frozen=True)

    web_processes: int
    runs: list[Crowded]
    ratio: float


def events(
    users: Annotated[int, typer.Option(min=1, help="How many browsers are connected.")] = 1000,
    rate: Annotated[float, typer.Option(min=1, help="Events a second that all of them send.")] = 200,
    seconds: Annotated[float, typer.Option(min=1, max=600, help="How long.")] = 60,
    web: Annotated[int, typer.Option(min=1, max=64, help="Web processes.")] = os.cpu_count() or 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
) -> None:
    """Send people browsing, on web processes of this benchmark's own, and print what they wait and cost."""
    if settings().problems():
        raise Refused("Plaza is not running: start it with ./plaza up, or set PLAZA_DATABASE_URL and its like.")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    choose = places()
    runs = []
    for name, factory, part in (
        ("Plaza", OURS, 1),
        ("Plaza, fewer", OURS, SMALLER),
        ("as the guide writes it, fewer", GUIDES, SMALLER),
    ):
        with bench_servers.serving(factory, count=web) as (urls, served):
            crowd = Crowd(urls, choose=choose)
            run = _crowded(name, crowd, served, users=max(1, users // part), rate=rate / part, seconds=seconds)
            runs.append(asyncio.run(run))
    ours, guides = (run.web_ms_per_event + run.data_ms_per_event for run in runs[1:])
    figures = EventFigures(web_processes=web, runs=runs, ratio=round(guides / ours, 1))
    if as_json:
        print(json.dumps(figures.model_dump()))
    else:
        _print(figures)


def places() -> Callable[[random.Random], Place]:
    """Where people go: a few places far more often than most."""
    with db.reading() as session:
        titles = [str(title).lower() for title in session.execute(bench_search.SAMPLE).scalars()]
        listings = [(str(row.shop), str(row.listing)) for row in session.execute(LISTINGS)]
        categories = [str(slug) for slug in session.execute(CATEGORIES).scalars()]
        shops = [str(slug) for slug in session.execute(SHOPS).scalars()]
    if not listings:
        raise Refused("There are no listings to browse; ./plaza seed makes some.")
    asked = [
        {"q": question.q, **({"in_stock": "1"} if question.in_stock else {})}
        for question in bench_search.query_log(titles, random.Random(7))
    ]
    places = {
        "listing": [
            Place(f"/shops/{shop}/{listing}", {"shop": shop, "listing": listing}) for shop, listing in listings
        ],
        "search": [Place(f"/search?{urlencode(query)}") for query in asked],
        "category": [Place(f"/c/{slug}", {"category": slug}) for slug in categories],
        "shop": [Place(f"/shops/{slug}", {"shop": slug}) for slug in shops],
        "home": [Place("/")],
    }
    return some_more_often(places, shares=SHARES)


def some_more_often(
    kinds: Mapping[str, list[Thing]], *, shares: Mapping[str, float]
) -> Callable[[random.Random], Thing]:
    """Chooses by the shares of the kinds, and within a kind a few things far more often than most."""
    for known in kinds.values():
        random.Random(3).shuffle(known)
    weights = {name: list(accumulate(1 / rank for rank in range(1, len(known) + 1))) for name, known in kinds.items()}

    def choose(dice: random.Random) -> Thing:
        kind = dice.choices(list(shares), list(shares.values()))[0]
        return kinds[kind][bisect(weights[kind], dice.random() * weights[kind][-1])]

    return choose


async def _crowded(
    name: str, crowd: Crowd, served: Sequence[psutil.Process], *, users: int, rate: float, seconds: float
) -> Crowded:
    await crowd.gather(min(WARMING, users))
    await crowd.browse(per_second=min(rate, WARMING_RATE), seconds=WARMING_SECONDS)
    await crowd.leave()
    light = _memory(served)
    await crowd.gather(users)
    groups = {"web": served, "data": data_processes(), "load": [psutil.Process()]}
    before = {group: processor_seconds(found) for group, found in groups.items()}
    began = time.perf_counter()
    tally = await crowd.browse(per_second=rate, seconds=seconds)
    took = time.perf_counter() - began
    heavy = _memory(served)
    spent = {group: processor_seconds(found) - before[group] for group, found in groups.items()}
    await crowd.leave()
    cuts = quantiles(tally.seconds or [0.0, 0.0], n=100, method="inclusive")
    answered = max(1, len(tally.seconds))
    return Crowded(
        name=name,
        users=users,
        events_per_second=round(len(tally.seconds) / took, 1),
        p50=round(1000 * cuts[49], 1),
        p95=round(1000 * cuts[94], 1),
        p99=round(1000 * cuts[98], 1),
        errors=tally.errors,
        kib_per_user=round((heavy - light) / users / 1024, 1),
        web_mib=round(heavy / 1024**2, 1),
        web_ms_per_event=round(1000 * spent["web"] / answered, 2),
        data_ms_per_event=round(1000 * spent["data"] / answered, 2),
        load_ms_per_event=round(1000 * spent["load"] / answered, 2),
    )


def data_processes() -> list[psutil.Process]:
    """The embedded PostgreSQL and Valkeys, and what they started; none where others serve."""
    known = record.load(settings().data)
    found = [record.process(one) for one in (known.entries if known else ()) if one.name in SERVING]
    return [each for one in found if one for each in (one, *one.children(recursive=True))]


def _memory(served: Sequence[psutil.Process]) -> int:
    return sum(process.memory_info().rss for process in served)


def processor_seconds(found: Sequence[psutil.Process]) -> float:
    total = 0.0
    for process in found:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system  # of ended ones too
    return total


def _print(figures: EventFigures) -> None:
    title = f"People browsing on {figures.web_processes} web processes; milliseconds from when an event was due"
    table = Table(
        "", "users", "events/s", "p50", "p95", "p99", "errors", "KiB/user", "MiB", "web", "data", "load", title=title
    )
    for column in table.columns[1:]:
        column.justify = "right"
    for run in figures.runs:
        times = (f"{run.p50:,.1f}", f"{run.p95:,.1f}", f"{run.p99:,.1f}")
        costs = (f"{run.web_ms_per_event:.2f}", f"{run.data_ms_per_event:.2f}", f"{run.load_ms_per_event:.2f}")
        wrong = ", ".join(f"{count} {what}" for what, count in run.errors.items()) or "0"
        table.add_row(
            run.name,
            f"{run.users:,}",
            f"{run.events_per_second:,.0f}",
            *times,
            wrong,
            f"{run.kib_per_user:,.1f}",
            f"{run.web_mib:,.0f}",
            *costs,
        )
    table.caption = (
        "KiB/user: what each person adds to web processes whose caches are full; MiB: all that these have in the end. "
        "web, data, load: processor milliseconds an event of the web processes, of PostgreSQL and Valkey, and of the "
        f"visitors themselves. The guide's way takes {figures.ratio:,.1f} times as much, web and data together."
    )
    Console(highlight=False, width=140).print(table)
