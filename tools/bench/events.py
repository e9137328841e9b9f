"""`./plaza bench events`: how many people can browse at once, compared with pages written as in Reflex's guide."""

import asyncio
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

from platform_app.cli.errors import CommandError
from platform_app.cli.running import DataOption, require_services
from platform_app.infra import db
from platform_app.infra.settings import settings
from platform_app.stack import runfile
from tools.bench import report, search, servers
from tools.bench.report import Measurement
from tools.bench.ws_load import PageTarget, WsLoad

WARMUP_USERS = (
    50  # visitors who connect before memory is measured, so that shared memory is not attributed to one of them
)
WARMUP_RATE = 250.0  # their events per second; enough to fill the caches, whose size is bounded
WARMUP_SECONDS = 30.0
BASELINE_DIVISOR = 10  # the baseline gets this many times fewer people, since more would only wait
PLAZA_FACTORY, BASELINE_FACTORY = "platform_app.main:web", "tools.bench.baseline_reflex:web"
PAGE_SHARES = {"listing": 0.35, "search": 0.3, "category": 0.2, "shop": 0.1, "home": 0.05}
Item = TypeVar("Item")
DATA_SERVICES = ("postgres", "valkey-state", "valkey-work")
LISTINGS = text("""
SELECT card->>'shop_slug' AS shop, card->>'slug' AS listing FROM listing_search ORDER BY quality DESC, listing_id LIMIT 2000""")
CATEGORIES = text("SELECT slug FROM category ORDER BY slug")
SHOPS = text("SELECT slug FROM shop ORDER BY created_at, slug LIMIT 200")


class LoadResult(BaseModel):
    """The result for this many visitors; latencies in milliseconds from when an event was due to its last response."""

    model_config = ConfigDict(frozen=True)

    name: str
    users: int
    events_per_second: float  # responses
    p50: float
    p95: float
    p99: float
    errors: dict[str, int]
    kib_per_user: float  # growth of the web processes' memory per visitor
    web_mib: float  # memory of the web processes at the end
    web_ms_per_event: float  # processor time
    data_ms_per_event: float  # processor time of PostgreSQL and both Valkeys, if they run on this machine
    load_ms_per_event: float  # processor time of the simulated visitors


class EventResults(BaseModel):
    """`ratio` is the baseline's processor time per event as a multiple of Plaza's, including the database."""

    model_config = ConfigDict(frozen=True)

    web_processes: int
    runs: list[LoadResult]
    ratio: float


def events(
    users: Annotated[int, typer.Option(min=1, help="The number of connected browsers.")] = 1000,
    rate: Annotated[float, typer.Option(min=1, help="Events per second of all browsers together.")] = 200,
    seconds: Annotated[float, typer.Option(min=1, max=600, help="How long.")] = 60,
    web: Annotated[int, typer.Option(min=1, max=64, help="Web processes.")] = os.cpu_count() or 1,
    as_json: report.AsJson = False,
    record: report.Record = False,
    data: DataOption = None,
) -> None:
    """Simulate people browsing, on web processes of this benchmark's own, and print latencies and costs."""
    require_services(data)
    _, hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard_limit, hard_limit))
    choose = page_chooser()
    start = report.begin(record=record)
    runs = []
    for name, factory, divisor in (
        ("Plaza", PLAZA_FACTORY, 1),
        ("Plaza, fewer", PLAZA_FACTORY, BASELINE_DIVISOR),
        ("the baseline, fewer", BASELINE_FACTORY, BASELINE_DIVISOR),
    ):
        with servers.run_servers(factory, count=web) as (urls, processes):
            load = WsLoad(urls, choose=choose)
            run = _measure(name, load, processes, users=max(1, users // divisor), rate=rate / divisor, seconds=seconds)
            runs.append(asyncio.run(run))
    plaza_cost, baseline_cost = (run.web_ms_per_event + run.data_ms_per_event for run in runs[1:])
    results = EventResults(web_processes=web, runs=runs, ratio=round(baseline_cost / plaza_cost, 1))
    report.finish(start, results, _measurements(results), print_table=lambda: _print_table(results), as_json=as_json)


def page_chooser() -> Callable[[random.Random], PageTarget]:
    """A random choice of pages, a few of them far more often than most."""
    with db.reading() as session:
        titles = [str(title).lower() for title in session.execute(search.SELECT_TITLES).scalars()]
        listings = [(str(row.shop), str(row.listing)) for row in session.execute(LISTINGS)]
        categories = [str(slug) for slug in session.execute(CATEGORIES).scalars()]
        shops = [str(slug) for slug in session.execute(SHOPS).scalars()]
    if not listings:
        raise CommandError("There are no listings to browse; create some with ./plaza seed.")
    queries = [
        {"q": question.q, **({"in_stock": "1"} if question.in_stock else {})}
        for question in search.query_log(titles, random.Random(7))
    ]
    pages = {
        "listing": [
            PageTarget(f"/shops/{shop}/{listing}", {"shop": shop, "listing": listing}) for shop, listing in listings
        ],
        "search": [PageTarget(f"/search?{urlencode(query)}") for query in queries],
        "category": [PageTarget(f"/c/{slug}", {"category": slug}) for slug in categories],
        "shop": [PageTarget(f"/shops/{slug}", {"shop": slug}) for slug in shops],
        "home": [PageTarget("/")],
    }
    return weighted_chooser(pages, shares=PAGE_SHARES)


def weighted_chooser(
    kinds: Mapping[str, list[Item]], *, shares: Mapping[str, float]
) -> Callable[[random.Random], Item]:
    """Choose a kind by its share, and within a kind a few pages far more often than most."""
    for items in kinds.values():
        random.Random(3).shuffle(items)
    weights = {name: list(accumulate(1 / rank for rank in range(1, len(items) + 1))) for name, items in kinds.items()}

    def choose(rng: random.Random) -> Item:
        kind = rng.choices(list(shares), list(shares.values()))[0]
        return kinds[kind][bisect(weights[kind], rng.random() * weights[kind][-1])]

    return choose


async def _measure(
    name: str, load: WsLoad, processes: Sequence[psutil.Process], *, users: int, rate: float, seconds: float
) -> LoadResult:
    await load.connect(min(WARMUP_USERS, users))
    await load.run_open_loop(per_second=min(rate, WARMUP_RATE), seconds=WARMUP_SECONDS)
    await load.close()
    memory_before = _memory(processes)
    await load.connect(users)
    groups = {"web": processes, "data": data_processes(), "load": [psutil.Process()]}
    before = {group: cpu_seconds(found) for group, found in groups.items()}
    started = time.perf_counter()
    tally = await load.run_open_loop(per_second=rate, seconds=seconds)
    elapsed = time.perf_counter() - started
    memory_after = _memory(processes)
    cpu_used = {group: cpu_seconds(found) - before[group] for group, found in groups.items()}
    await load.close()
    cuts = quantiles(tally.seconds or [0.0, 0.0], n=100, method="inclusive")
    answer_count = max(1, len(tally.seconds))
    return LoadResult(
        name=name,
        users=users,
        events_per_second=round(len(tally.seconds) / elapsed, 1),
        p50=round(1000 * cuts[49], 1),
        p95=round(1000 * cuts[94], 1),
        p99=round(1000 * cuts[98], 1),
        errors=tally.errors,
        kib_per_user=round((memory_after - memory_before) / users / 1024, 1),
        web_mib=round(memory_after / 1024**2, 1),
        web_ms_per_event=round(1000 * cpu_used["web"] / answer_count, 2),
        data_ms_per_event=round(1000 * cpu_used["data"] / answer_count, 2),
        load_ms_per_event=round(1000 * cpu_used["load"] / answer_count, 2),
    )


def data_processes() -> list[psutil.Process]:
    """The embedded PostgreSQL and Valkeys with their children; empty if external ones are used."""
    run_record = runfile.load(settings().data)
    roots = [
        runfile.find_process(process)
        for process in (run_record.entries if run_record else ())
        if process.name in DATA_SERVICES
    ]
    return [each for process in roots if process for each in (process, *process.children(recursive=True))]


def _memory(processes: Sequence[psutil.Process]) -> int:
    return sum(process.memory_info().rss for process in processes)


def cpu_seconds(processes: Sequence[psutil.Process]) -> float:
    total = 0.0
    for process in processes:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system  # including ended processes
    return total


def _measurements(results: EventResults) -> list[Measurement]:
    plaza, fewer, baseline = results.runs
    errors = sum(plaza.errors.values())
    return [
        Measurement(key="events.latency", text=_latency_text(plaza), value=plaza.p95),
        Measurement(key="events.errors", text=f"{errors:,}", value=errors),
        Measurement(key="events.rate", text=f"{plaza.events_per_second:,.0f}"),
        Measurement(key="events.cost", text=f"{plaza.web_ms_per_event:.2f} ms"),
        Measurement(key="events.memory", text=f"{plaza.kib_per_user:,.1f} KiB", value=plaza.kib_per_user),
        Measurement(key="events.total_memory", text=f"{plaza.web_mib:,.0f} MiB"),
        Measurement(key="events.fewer", text=_latency_text(fewer)),
        Measurement(key="events.baseline", text=_latency_text(baseline)),
        Measurement(key="events.ratio", text=f"{results.ratio:.1f}"),
    ]


def _latency_text(run: LoadResult) -> str:
    return f"{run.p50:,.1f} / {run.p95:,.1f} / {run.p99:,.1f} ms"


def _print_table(results: EventResults) -> None:
    title = f"People browsing on {results.web_processes} web processes; milliseconds from when an event was due"
    table = Table(
        "", "users", "events/s", "p50", "p95", "p99", "errors", "KiB/user", "MiB", "web", "data", "load", title=title
    )
    for column in table.columns[1:]:
        column.justify = "right"
    for run in results.runs:
        times = (f"{run.p50:,.1f}", f"{run.p95:,.1f}", f"{run.p99:,.1f}")
        costs = (f"{run.web_ms_per_event:.2f}", f"{run.data_ms_per_event:.2f}", f"{run.load_ms_per_event:.2f}")
        errors = ", ".join(f"{count} {reason}" for reason, count in run.errors.items()) or "0"
        table.add_row(
            run.name,
            f"{run.users:,}",
            f"{run.events_per_second:,.0f}",
            *times,
            errors,
            f"{run.kib_per_user:,.1f}",
            f"{run.web_mib:,.0f}",
            *costs,
        )
    table.caption = (
        "KiB/user: growth of the web processes' memory per user, with full caches; MiB: their memory at the end. "
        "web, data, load: processor milliseconds per event of the web processes, of PostgreSQL and Valkey, and of the "
        f"simulated visitors. The baseline takes {results.ratio:,.1f} times as much, web and data together."
    )
    Console(highlight=False, width=140).print(table)
