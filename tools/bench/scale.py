"""`./plaza bench scale`: the gain of a second web process and a second api process."""

import asyncio
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

from platform_app.cli.errors import CommandError
from platform_app.cli.running import DataOption, require_services
from platform_app.infra import db
from tools.bench import report, search, servers
from tools.bench.events import cpu_seconds, data_processes, page_chooser, weighted_chooser
from tools.bench.http_load import HttpLoad
from tools.bench.report import Measurement
from tools.bench.ws_load import LoadStats, WsLoad

PROCESS_COUNTS = (1, 2)
TARGET_EFFICIENCY = 0.8  # of doubled throughput, if there are enough cores
SPARE_CORES = 2  # cores that the load and the databases need beside two processes at their limit
CAN_PIN = hasattr(os, "sched_setaffinity")
WARMUP_SECONDS = 15.0  # at most; enough to fill the caches, whose size is bounded
REQUEST_SHARES = {"listing": 0.4, "search": 0.35, "shop": 0.15, "categories": 0.1}
LISTINGS = text("SELECT listing_id FROM listing_search ORDER BY quality DESC, listing_id DESC LIMIT 2000")
SHOPS = text("SELECT slug FROM shop ORDER BY created_at, slug LIMIT 200")


class ScaleResult(BaseModel):
    """The throughput of this many processes, in the median round."""

    model_config = ConfigDict(frozen=True)

    what: str  # events of the web tier, or requests of the api tier
    processes: int
    per_second: float
    p50: float  # milliseconds
    p95: float
    serving_ms: float  # processor time of these processes per response
    data_ms: float  # of PostgreSQL and Valkey, if they run on this machine
    load_ms: float  # of the load generator
    busy: float  # the share of a core that each process used
    errors: dict[str, int]


class Efficiency(BaseModel):
    """The gain of a second process, 1 meaning doubled: as measured, and by processor time, as with enough cores."""

    model_config = ConfigDict(frozen=True)

    what: str
    measured: float
    by_processor_time: float


class ScaleResults(BaseModel):
    """`cores_allow` says whether each process at its limit had a core, besides those of the load and the databases."""

    model_config = ConfigDict(frozen=True)

    cores: int
    cores_allow: bool
    is_pinned: bool
    load_before: float
    runs: list[ScaleResult]
    efficiency: list[Efficiency]


class Load(Protocol):
    """A load generator."""

    async def connect(self, count: int) -> None:
        """Open this many connections."""

    async def run_closed_loop(self, *, seconds: float) -> LoadStats:
        """Send requests in a closed loop."""

    async def close(self) -> None:
        """Close all connections."""


def scale(
    seconds: Annotated[float, typer.Option(min=1, max=600, help="The length of each round.")] = 10,
    rounds: Annotated[int, typer.Option(min=1, max=20, help="The number of rounds; the median counts.")] = 3,
    users: Annotated[
        int,
        typer.Option(
            min=2, help="The number of clients per process, with one request in flight each, all below a tab's limit."
        ),
    ] = 200,
    as_json: report.AsJson = False,
    record: report.Record = False,
    data: DataOption = None,
) -> None:
    """Measure the maximum throughput of one process and of two, for each tier, and print the gain of the second."""
    require_services(data)
    cores = _available_cores()
    if len(cores) < PROCESS_COUNTS[-1]:
        raise CommandError("Two processes need two cores; there is one here.")
    _, hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard_limit, hard_limit))
    choose_page, paths = page_chooser(), _path_chooser()
    load_before = os.getloadavg()[0]
    start = report.begin(record=record)
    loads: dict[str, tuple[str, Callable[[Sequence[str]], Load]]] = {
        "events": ("platform_app.main:web", lambda urls: WsLoad(urls, choose=choose_page)),
        "requests": ("platform_app.main:api", lambda urls: HttpLoad(urls, choose=paths)),
    }
    results: list[ScaleResult] = []
    for workload, (factory, make_load) in loads.items():
        rounds_by_count: dict[int, list[ScaleResult]] = {count: [] for count in PROCESS_COUNTS}
        for _ in range(rounds):
            for count in PROCESS_COUNTS:  # in turn, so that other work of the machine affects both
                with servers.run_servers(factory, count=count) as (urls, processes):
                    pin(processes, cores=cores)
                    rounds_by_count[count].append(
                        asyncio.run(
                            _run_round(workload, make_load(urls), processes, users=users * count, seconds=seconds)
                        )
                    )
        results += [median_round(each) for each in rounds_by_count.values()]
    summary = ScaleResults(
        cores=len(cores),
        cores_allow=len(cores) >= PROCESS_COUNTS[-1] + SPARE_CORES,
        is_pinned=CAN_PIN,
        load_before=round(load_before, 2),
        runs=results,
        efficiency=[efficiency(results, workload) for workload in loads],
    )
    report.finish(start, summary, _measurements(summary), print_table=lambda: _print_table(summary), as_json=as_json)


def pin(processes: Sequence[psutil.Process], *, cores: Sequence[int]) -> None:
    """Pin each process to a core, with all its threads, and the load to the remaining cores if there are any."""
    if not CAN_PIN:
        return
    pinned_cores = cores[: len(processes)]
    for core, process in zip(pinned_cores, processes, strict=True):
        for thread in process.threads():
            os.sched_setaffinity(thread.id, {core})
    os.sched_setaffinity(0, set(cores) - set(pinned_cores) or set(cores))


def median_round(results: Sequence[ScaleResult]) -> ScaleResult:
    """The round with the median throughput."""
    rate = median_low(each.per_second for each in results)
    return next(each for each in results if each.per_second == rate)


def efficiency(runs: Sequence[ScaleResult], workload: str) -> Efficiency:
    """The throughput of two processes relative to twice that of one: as measured, and by processor time."""
    one, two = (
        next(each for each in runs if (each.what, each.processes) == (workload, count)) for count in PROCESS_COUNTS
    )
    return Efficiency(
        what=workload,
        measured=round(two.per_second / (2 * one.per_second), 3),
        by_processor_time=round(one.serving_ms / two.serving_ms, 3),
    )


def _available_cores() -> list[int]:
    return sorted(os.sched_getaffinity(0)) if CAN_PIN else list(range(os.cpu_count() or 1))


def _path_chooser() -> Callable[[random.Random], str]:
    """A random choice of API paths, a few of them far more often than most."""
    with db.reading() as session:
        titles = [str(title).lower() for title in session.execute(search.SELECT_TITLES).scalars()]
        listings = list(session.execute(LISTINGS).scalars())
        shops = list(session.execute(SHOPS).scalars())
    queries = [urlencode({"q": each.q}) for each in search.query_log(titles, random.Random(7))]
    items = {
        "listing": [f"/api/v1/listings/{listing_id}" for listing_id in listings],
        "search": [f"/api/v1/listings?{query}" for query in queries],
        "shop": [f"/api/v1/shops/{slug}" for slug in shops],
        "categories": ["/api/v1/categories"],
    }
    return weighted_chooser(items, shares=REQUEST_SHARES)


async def _run_round(
    workload: str, load: Load, processes: Sequence[psutil.Process], *, users: int, seconds: float
) -> ScaleResult:
    await load.connect(users)
    await load.run_closed_loop(seconds=min(WARMUP_SECONDS, 2 * seconds))
    groups = {"serving": processes, "data": data_processes(), "load": [psutil.Process()]}
    before = {name: cpu_seconds(found) for name, found in groups.items()}
    started = time.perf_counter()
    tally = await load.run_closed_loop(seconds=seconds)
    elapsed = time.perf_counter() - started
    cpu_used = {name: cpu_seconds(found) - before[name] for name, found in groups.items()}
    await load.close()
    cuts = quantiles(tally.seconds or [0.0, 0.0], n=100, method="inclusive")
    answer_count = max(1, len(tally.seconds))
    return ScaleResult(
        what=workload,
        processes=len(processes),
        per_second=round(len(tally.seconds) / seconds, 1),
        p50=round(1000 * cuts[49], 1),
        p95=round(1000 * cuts[94], 1),
        serving_ms=round(1000 * cpu_used["serving"] / answer_count, 3),
        data_ms=round(1000 * cpu_used["data"] / answer_count, 3),
        load_ms=round(1000 * cpu_used["load"] / answer_count, 3),
        busy=round(cpu_used["serving"] / elapsed / len(processes), 2),
        errors=tally.errors,
    )


def _measurements(summary: ScaleResults) -> list[Measurement]:
    found = []
    for each in summary.efficiency:
        rates = [f"{run.per_second:,.0f}" for run in summary.runs if run.what == each.what]
        found += [
            Measurement(key=f"scale.{each.what}", text=" / ".join(rates)),
            Measurement(key=f"scale.{each.what}_measured", text=f"{each.measured:.0%}"),
            Measurement(
                key=f"scale.{each.what}_by_processor_time",
                text=f"{each.by_processor_time:.0%}",
                value=round(100 * each.by_processor_time, 1),
            ),
        ]
    return found


def _print_table(summary: ScaleResults) -> None:
    title = f"Maximum throughput of one process and of two, on {summary.cores} cores"
    table = Table("", "processes", "a second", "p50", "p95", "serving", "data", "load", "busy", "errors", title=title)
    for column in table.columns[1:]:
        column.justify = "right"
    for run in summary.runs:
        costs = (f"{run.serving_ms:.2f}", f"{run.data_ms:.2f}", f"{run.load_ms:.2f}", f"{run.busy:.2f}")
        errors = ", ".join(f"{count} {reason}" for reason, count in run.errors.items()) or "0"
        times = (f"{run.p50:,.1f}", f"{run.p95:,.1f}")
        table.add_row(run.what, str(run.processes), f"{run.per_second:,.0f}", *times, *costs, errors)
    table.caption = (
        "p50, p95: milliseconds per response, with one request in flight per client; serving, data, load: processor "
        "milliseconds per response of these processes, of PostgreSQL and Valkey, and of the clients; busy: the share of a "
        "core that each process used."
    )
    console = Console(highlight=False, width=120)
    console.print(table)
    for each in summary.efficiency:
        console.print(
            f"{each.what}: two processes reach {each.measured:.0%} of doubled throughput here; by processor time "
            f"{each.by_processor_time:.0%} (the target is {TARGET_EFFICIENCY:.0%}, with enough cores)."
        )
    console.print(_explanation(summary))


def _explanation(summary: ScaleResults) -> str:
    pinned = (
        "Each process is pinned to its own core. " if summary.is_pinned else "No process is pinned to a core here. "
    )
    if summary.cores_allow:
        return pinned + "The clients and the databases have other cores, so the first figure counts."
    return pinned + (
        f"There are {summary.cores} cores: beside one process, the clients and the databases use the others; beside two, "
        "they compete with both. So the first figure shows what this machine reaches. The second compares the processor "
        "time per response of one process and of two: it shows what is possible if every process has its own core."
    )
