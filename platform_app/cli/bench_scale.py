"""`./plaza bench scale`: what a second web process and a second api process bring."""

import asyncio
import json
import os
import random
import resource
import time
from collections.abc import Callable, Sequence
from statistics import median_low, quantiles
from typing import Annotated, Protocol
from urllib.parse import urlencode

import psutil
import typer
from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from platform_app.cli import bench_search, bench_servers
from platform_app.cli.askers import Askers
from platform_app.cli.bench_events import data_processes, places, processor_seconds, some_more_often
from platform_app.cli.errors import Refused
from platform_app.cli.visitors import Crowd, Tally
from platform_app.infra import db
from platform_app.infra.settings import settings

COUNTS = (1, 2)
ENOUGH = 0.8  # of twice as much, where cores allow
OTHERS = 2  # cores that visitors and databases keep busy beside two processes at their limit
PINS = hasattr(os, "sched_setaffinity")
WARMING_SECONDS = 15.0  # at most: as many as it takes to fill the caches, whose size is bounded
SHARES = {"listing": 0.4, "search": 0.35, "shop": 0.15, "categories": 0.1}
LISTINGS = text("SELECT listing_id FROM listing_search ORDER BY quality DESC, listing_id DESC LIMIT 2000")
SHOPS = text("SELECT slug FROM shop ORDER BY created_at, slug LIMIT 200")


class Scaled(BaseModel):
    """What so many processes can do; of several rounds the one in the middle."""

    model_config = ConfigDict(frozen=True)

    what: str  # events of the web tier, or requests of the api tier
    processes: int
    per_second: float
    p50: float  # milliseconds
    p95: float
    serving_ms: float  # processor time of these processes for each answer
    data_ms: float  # of PostgreSQL and Valkey, where they run on this machine
    load_ms: float  # of whoever asks
    busy: float  # how much of a core each of the processes has had
    errors: dict[str, int]


class Efficiency(BaseModel):
    """How much of twice as much a second process brings, and by processor time: what would be left with cores for all."""

    model_config = ConfigDict(frozen=True)

    what: str
    measured: float
    by_processor_time: float


class ScaleFigures(BaseModel):
    """`cores_allow` says whether each process at its limit had a core, and visitors and databases those they need."""

    model_config = ConfigDict(frozen=True)

    cores: int
    cores_allow: bool
    is_pinned: bool
    load_before: float
    runs: list[Scaled]
    efficiency: list[Efficiency]


class Load(Protocol):
    """Whoever keeps the processes busy."""

    async def gather(self, count: int) -> None:
        """So many come."""

    async def hurry(self, *, seconds: float) -> Tally:
        """Ask on and on."""

    async def leave(self) -> None:
        """Go."""


def scale(
    seconds: Annotated[float, typer.Option(min=1, max=600, help="How long each round is.")] = 10,
    rounds: Annotated[int, typer.Option(min=1, max=20, help="How often; the middle one counts.")] = 3,
    users: Annotated[
        int, typer.Option(min=2, help="How many ask each process, with one question each on its way.")
    ] = 64,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
) -> None:
    """Let one process and two of each tier do as much as they can, in turn, and print what the second one brings."""
    if settings().problems():
        raise Refused("Plaza is not running: start it with ./plaza up, or set PLAZA_DATABASE_URL and its like.")
    cores = _cores()
    if len(cores) < COUNTS[-1]:
        raise Refused("Two processes need two cores; there is one here.")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    before = os.getloadavg()[0]
    places_of_people, paths = places(), _paths()
    loads: dict[str, tuple[str, Callable[[Sequence[str]], Load]]] = {
        "events": ("platform_app.main:web", lambda urls: Crowd(urls, choose=places_of_people)),
        "requests": ("platform_app.main:api", lambda urls: Askers(urls, choose=paths)),
    }
    found: list[Scaled] = []
    for what, (factory, make) in loads.items():
        tried: dict[int, list[Scaled]] = {count: [] for count in COUNTS}
        for _ in range(rounds):
            for count in COUNTS:  # in turn, so that what else the machine does meets both
                with bench_servers.serving(factory, count=count) as (urls, served):
                    pin(served, cores=cores)
                    tried[count].append(
                        asyncio.run(_round(what, make(urls), served, users=users * count, seconds=seconds))
                    )
        found += [middle(each) for each in tried.values()]
    figures = ScaleFigures(
        cores=len(cores),
        cores_allow=len(cores) >= COUNTS[-1] + OTHERS,
        is_pinned=PINS,
        load_before=round(before, 2),
        runs=found,
        efficiency=[efficiency(found, what) for what in loads],
    )
    if as_json:
        print(json.dumps(figures.model_dump()))
    else:
        _print(figures)


def pin(served: Sequence[psutil.Process], *, cores: Sequence[int]) -> None:
    """Give each process a core, with all its threads; whoever asks goes where they are not, if there is such a place."""
    if not PINS:
        return
    own = cores[: len(served)]
    for core, process in zip(own, served, strict=True):
        for thread in process.threads():
            os.sched_setaffinity(thread.id, {core})
    os.sched_setaffinity(0, set(cores) - set(own) or set(cores))


def middle(tried: Sequence[Scaled]) -> Scaled:
    """The round in the middle, by what it did a second."""
    rate = median_low(each.per_second for each in tried)
    return next(each for each in tried if each.per_second == rate)


def efficiency(runs: Sequence[Scaled], what: str) -> Efficiency:
    """What two processes do, of twice what one does: as it was here, and as the time of processors says."""
    one, two = (next(each for each in runs if (each.what, each.processes) == (what, count)) for count in COUNTS)
    return Efficiency(
        what=what,
        measured=round(two.per_second / (2 * one.per_second), 3),
        by_processor_time=round(one.serving_ms / two.serving_ms, 3),
    )


def _cores() -> list[int]:
    return sorted(os.sched_getaffinity(0)) if PINS else list(range(os.cpu_count() or 1))


def _paths() -> Callable[[random.Random], str]:
    """What programs ask the API for: a few things far more often than most."""
    with db.reading() as session:
        titles = [str(title).lower() for title in session.execute(bench_search.SAMPLE).scalars()]
        listings = list(session.execute(LISTINGS).scalars())
        shops = list(session.execute(SHOPS).scalars())
    asked = [urlencode({"q": each.q}) for each in bench_search.query_log(titles, random.Random(7))]
    known = {
        "listing": [f"/api/v1/listings/{listing_id}" for listing_id in listings],
        "search": [f"/api/v1/listings?{query}" for query in asked],
        "shop": [f"/api/v1/shops/{slug}" for slug in shops],
        "categories": ["/api/v1/categories"],
    }
    return some_more_often(known, shares=SHARES)


async def _round(what: str, load: Load, served: Sequence[psutil.Process], *, users: int, seconds: float) -> Scaled:
    await load.gather(users)
    await load.hurry(seconds=min(WARMING_SECONDS, 2 * seconds))
    groups = {"serving": served, "data": data_processes(), "load": [psutil.Process()]}
    before = {name: processor_seconds(found) for name, found in groups.items()}
    began = time.perf_counter()
    tally = await load.hurry(seconds=seconds)
    took = time.perf_counter() - began
    spent = {name: processor_seconds(found) - before[name] for name, found in groups.items()}
    await load.leave()
    cuts = quantiles(tally.seconds or [0.0, 0.0], n=100, method="inclusive")
    answered = max(1, len(tally.seconds))
    return Scaled(
        what=what,
        processes=len(served),
        per_second=round(len(tally.seconds) / seconds, 1),
        p50=round(1000 * cuts[49], 1),
        p95=round(1000 * cuts[94], 1),
        serving_ms=round(1000 * spent["serving"] / answered, 3),
        data_ms=round(1000 * spent["data"] / answered, 3),
        load_ms=round(1000 * spent["load"] / answered, 3),
        busy=round(spent["serving"] / took / len(served), 2),
        errors=tally.errors,
    )


def _print(figures: ScaleFigures) -> None:
    title = f"As much as one process and two can do, on {figures.cores} cores"
    table = Table("", "processes", "a second", "p50", "p95", "serving", "data", "load", "busy", "errors", title=title)
    for column in table.columns[1:]:
        column.justify = "right"
    for run in figures.runs:
        costs = (f"{run.serving_ms:.2f}", f"{run.data_ms:.2f}", f"{run.load_ms:.2f}", f"{run.busy:.2f}")
        wrong = ", ".join(f"{count} {what}" for what, count in run.errors.items()) or "0"
        times = (f"{run.p50:,.1f}", f"{run.p95:,.1f}")
        table.add_row(run.what, str(run.processes), f"{run.per_second:,.0f}", *times, *costs, wrong)
    table.caption = (
        "p50, p95: milliseconds from a question to its answer, with as many on their way as ask; serving, data, load: "
        "processor milliseconds an answer of these processes, of PostgreSQL and Valkey, and of whoever asks; busy: how much "
        "of a core each process had."
    )
    console = Console(highlight=False, width=120)
    console.print(table)
    for each in figures.efficiency:
        console.print(
            f"{each.what}: a second process brings {each.measured:.0%} of twice as much here; by processor time "
            f"{each.by_processor_time:.0%} (the aim is {ENOUGH:.0%}, where cores allow)."
        )
    console.print(_explanation(figures))


def _explanation(figures: ScaleFigures) -> str:
    pinned = "Each process is held to a core of its own. " if figures.is_pinned else "Nothing is held to a core here. "
    if figures.cores_allow:
        return pinned + "Whoever asks and the databases have other cores, so the first figure is what counts."
    return pinned + (
        f"There are {figures.cores} cores: beside one process, whoever asks and the databases have the rest of them; beside "
        "two, they take from both. So the first figure says what this machine gives. The second, what one process spends on "
        "an answer over what each of two does, is what is left of the first where every process has a core of its own."
    )
