"""`./plaza bench failover-drill`: what users notice when parts of the production topology switch, fail or lag."""

import asyncio
import itertools
import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated
from uuid import UUID, uuid4

import typer
from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.table import Table

from platform_app.cli.errors import CommandError
from platform_app.cli.running import DataOption, use_data_directory
from platform_app.infra.errors import Outage
from platform_app.infra.settings import settings
from tools.bench import events, report
from tools.bench.report import Measurement
from tools.drill import fixtures, scenarios, verification
from tools.drill.cluster import Cluster
from tools.drill.fixtures import Listing, User
from tools.drill.http_client import HttpClient
from tools.drill.price_writers import PriceWriters
from tools.drill.scenarios import DrillContext, ScenarioResult
from tools.drill.timeline import Timeline
from tools.drill.verification import VerificationReport
from tools.drill.write_log import Outcome, WriteKind, WriteLog
from tools.drill.writers import Writers
from tools.drill.ws_clients import ClientPool, Endpoint

EVENT_WRITERS, REST_WRITERS, EDITORS, PRICE_WRITERS = 40, 20, 4, 2  # people who write
EVENT_WRITE_INTERVAL, REST_WRITE_INTERVAL, EDIT_INTERVAL, PRICE_INTERVAL, SIGN_UP_INTERVAL = (
    4.0,
    2.0,
    1.0,
    1.0,
    2.0,
)  # seconds
IMPORT_ROWS = 2000
BASELINE_SECONDS = 10.0
STOP_SECONDS = 60.0
READS = ("/", "/search?q={n}", "/api/v1/listings?limit=24", "/api/v1/categories", "{listing}", "/api/v1/listings?q=mug")
FIGURES = {
    "drill.switch": "switch",
    "drill.failover": "failover",
    "drill.lag": "lag",
    "drill.web": "kill:web",
    "drill.postgresql": "kill:postgres",
    "drill.kill": "kill:",
}
SCENARIOS = ("switch", "kill", "failover", "lag")


class DrillResults(BaseModel):
    """The results of a drill; `looked_up` counts the logged writes that were compared with the stored data."""

    model_config = ConfigDict(frozen=True)

    users: int
    events_per_second: float
    requests_per_second: float
    processes: int
    memory_mib: int
    rows: list[ScenarioResult]
    looked_up: dict[str, int]
    answers: dict[str, int]
    skipped: int


def failover_drill(
    only: Annotated[
        list[str] | None, typer.Option(help="switch, kill, kill:NAME, failover or lag [default: all].")
    ] = None,
    users: Annotated[
        int, typer.Option(min=EVENT_WRITERS + 10, max=1600, help="The number of connected browsers.")
    ] = 200,
    events: Annotated[float, typer.Option(min=10, help="Events per second of all browsers together.")] = 100,
    requests: Annotated[float, typer.Option(min=10, help="HTTP requests per second.")] = 50,
    as_json: report.AsJson = False,
    record: report.Record = False,
    data: DataOption = None,
) -> None:
    """Run scenarios on the running production topology, under load: what fails, for how long, and what is lost."""
    use_data_directory(data)
    cluster = Cluster(settings().data)
    selected = _select_scenarios(only or list(SCENARIOS), cluster)
    _, hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard_limit, hard_limit))
    start = report.begin(record=record)
    with TemporaryDirectory() as folder:
        load = _Drill(cluster, Path(folder), users=users, events=events, requests=requests)
        results = asyncio.run(load.run(selected))
    report.finish(
        start, results, _measurements(selected, results), print_table=lambda: _print_table(results), as_json=as_json
    )
    if any(row.lost or row.wrong or row.missed or row.unproven for row in results.rows):
        raise typer.Exit(1)


def _select_scenarios(only: Sequence[str], cluster: Cluster) -> list[str]:
    """Every scenario by name; `kill` means one for each process."""
    processes, selected = cluster.process_names(), []
    for name in only:
        if name == "kill":
            selected += [f"kill:{each}" for each in processes]
        elif name in SCENARIOS or (name.startswith("kill:") and name.removeprefix("kill:") in processes):
            selected.append(name)
        else:
            raise CommandError(
                f'There is no scenario "{name}"; there are {", ".join(SCENARIOS)}, and kill: with {", ".join(processes)}.'
            )
    return selected


class _Drill:
    """The people and programs of a drill, and the log of their writes."""

    def __init__(self, cluster: Cluster, folder: Path, *, users: int, events: float, requests: float) -> None:
        self.cluster, self.folder = cluster, folder
        self.users, self.events, self.requests = users, events, requests
        self.timeline = Timeline()
        self.write_log = WriteLog(folder / "write_log.db")
        self.stopping = asyncio.Event()

    async def run(self, selected: Sequence[str]) -> DrillResults:
        """Run the whole drill, from the first visitor to the verification of all writes."""
        ssl_context = fixtures.insecure_ssl_context()
        users = await asyncio.to_thread(fixtures.create_users, EVENT_WRITERS + REST_WRITERS + EDITORS + PRICE_WRITERS)
        listings = await asyncio.to_thread(fixtures.popular_listings)
        client = HttpClient(self.cluster.url, ssl_context, self.timeline)
        pool = ClientPool(Endpoint(self.cluster.url, ssl_context), self.timeline, choose=events.page_chooser())
        home_listings = [listings[index % len(listings)] for index in range(EVENT_WRITERS)]
        signed_in = [(user.cookie, home.page) for user, home in zip(users, home_listings, strict=False)]
        await pool.connect(self.users, signed_in=signed_in)
        writers = Writers(client, self.write_log)
        tasks = await self._start_load(pool, writers, client, users, listings, home_listings)
        runner = DrillContext(self.cluster, pool, self.timeline, self.write_log, begin_import=self._start_import)
        async with runner.scenario("nothing happens") as watch:
            await asyncio.sleep(BASELINE_SECONDS)
            watch.note = "the load alone"
        for name in selected:
            first_new = len(runner.rows)
            await _run_scenario(runner, name)
            for row in runner.rows[first_new:]:
                print(_summary_line(row), *row.missed, sep="\n  ", file=sys.stderr, flush=True)
        processes, memory = await asyncio.to_thread(self.cluster.memory)
        self.write_log.scenario = "in the end"
        writers.stopping.set()
        self.stopping.set()
        await asyncio.wait(tasks, timeout=STOP_SECONDS)
        for task in tasks:
            task.cancel()
            if task.done() and not task.cancelled() and (error := task.exception()):
                raise error
        pool.close()
        report = await self._verify(client, {user.id: user for user in users})
        await client.close()
        rows = [
            row.model_copy(update={"lost": report.lost[row.scenario], "wrong": report.wrong[row.scenario]})
            for row in runner.rows
        ]
        return self._results(rows, report, processes=processes, memory=memory)

    async def _start_load(
        self,
        pool: ClientPool,
        writers: Writers,
        client: HttpClient,
        users: Sequence[User],
        listings: Sequence[Listing],
        home_listings: Sequence[Listing],
    ) -> list[asyncio.Task[None]]:
        remaining = iter(users)
        event_users, rest_users, editors, price_users = (
            list(itertools.islice(remaining, count)) for count in (EVENT_WRITERS, REST_WRITERS, EDITORS, PRICE_WRITERS)
        )
        shops = [await asyncio.to_thread(fixtures.create_shop, user) for user in (*editors, *price_users)]
        price_writers = PriceWriters(client, self.write_log, writers.stopping)
        event_rate = len(event_users) / EVENT_WRITE_INTERVAL
        write_rate = (
            2 * (REST_WRITERS / REST_WRITE_INTERVAL + EDITORS / EDIT_INTERVAL)
            + 5 * PRICE_WRITERS / PRICE_INTERVAL
            + event_rate
            + 1 / SIGN_UP_INTERVAL
        )
        coroutines = [
            pool.run_open_loop(per_second=max(1.0, self.events - event_rate), until=self.stopping),
            self._send_reads(client, listings, per_second=max(1.0, self.requests - write_rate)),
            writers.sign_up(interval=SIGN_UP_INTERVAL),
            *(writers.toggle_over_rest(user, listings[:30], interval=REST_WRITE_INTERVAL) for user in rest_users),
            *(writers.edit(user, shop, interval=EDIT_INTERVAL) for user, shop in zip(editors, shops, strict=False)),
            *(
                price_writers.run(user, shop, interval=PRICE_INTERVAL)
                for user, shop in zip(price_users, shops[EDITORS:], strict=True)
            ),
            *(
                writers.toggle_by_event(person, user, home, interval=EVENT_WRITE_INTERVAL)
                for person, user, home in zip(pool.writing_clients, event_users, home_listings, strict=True)
            ),
        ]
        return [asyncio.create_task(each) for each in coroutines]

    async def _send_reads(self, client: HttpClient, listings: Sequence[Listing], *, per_second: float) -> None:
        """Request pages and lists when they are due, whether or not earlier ones have a response."""
        loop, number, in_flight = asyncio.get_running_loop(), 0, set[asyncio.Task[object]]()
        started = loop.time()
        while not self.stopping.is_set():
            await asyncio.sleep(max(0.0, started + number / per_second - loop.time()))
            listing = listings[number * 7 % len(listings)].page.path
            path = READS[number % len(READS)].format(n=number % 97, listing=listing)
            kind = "api" if path.startswith("/api") else "page"
            number += 1
            if client.has_capacity():
                task = asyncio.create_task(client.request(kind, "GET", path))
                in_flight.add(task)
                task.add_done_callback(in_flight.discard)
        await asyncio.gather(*in_flight)

    async def _start_import(self) -> None:
        """Upload a file to the workers; acknowledged means that it was accepted."""
        slug = f"drill-{uuid4().hex[:10]}"
        entry = self.write_log.log_sent(WriteKind.IMPORT, actor=slug, target="", value=str(IMPORT_ROWS))
        try:
            run = await asyncio.to_thread(fixtures.start_import, self.folder, slug, rows=IMPORT_ROWS)
        except Outage as error:
            self.write_log.log_outcome(entry, Outcome.UNKNOWN, str(error))
            return
        self.write_log.set_target(entry, str(run))
        self.write_log.log_outcome(entry, Outcome.ACKNOWLEDGED)

    async def _verify(self, client: HttpClient, users: dict[UUID, User]) -> VerificationReport:
        """Look up every logged write, in the database and through the app."""
        report, port = VerificationReport(), self.cluster.port("primary")
        verification.verify_favourites(report, self.write_log, port)
        await verification.verify_favourites_over_http(report, self.write_log, client, users)
        verification.verify_edits(report, self.write_log, port)
        verification.verify_prices(report, self.write_log, port)
        await verification.verify_sign_ups(report, self.write_log, client, port, self.cluster.data / "letters")
        verification.verify_imports(report, self.write_log, port)
        return report

    def _results(
        self, rows: list[ScenarioResult], report: VerificationReport, *, processes: int, memory: int
    ) -> DrillResults:
        return DrillResults(
            users=self.users,
            events_per_second=self.events,
            requests_per_second=self.requests,
            processes=processes,
            memory_mib=memory // 2**20,
            rows=rows,
            looked_up=dict(report.looked_up),
            answers=self.write_log.outcome_counts(),
            skipped=self.timeline.skipped,
        )


async def _run_scenario(runner: DrillContext, name: str) -> None:
    kind, _, process = name.partition(":")
    if kind == "switch":
        await scenarios.switch(runner)
    elif kind == "kill":
        await scenarios.kill(runner, process)
    elif kind == "failover":
        await scenarios.failover(runner)
    else:
        await scenarios.lag(runner, every=False)
        await scenarios.lag(runner, every=True)


def _measurements(selected: Sequence[str], results: DrillResults) -> list[Measurement]:
    """The figures of the scenarios that have their own rows."""
    keys = {next((key for key, prefix in FIGURES.items() if name.startswith(prefix)), "") for name in selected}
    if len(keys) > 1 and all(name.startswith("kill:") for name in selected):
        keys = {"drill.kill"}
    if len(keys) != 1:
        return []
    rows = results.rows
    failed, requests = sum(row.failed for row in rows), sum(row.requests for row in rows)
    unanswered, events = sum(row.unanswered for row in rows), sum(row.events for row in rows)
    lost, wrong, missed = (sum(len(getattr(row, name)) for row in rows) for name in ("lost", "wrong", "missed"))
    text = (
        f"{failed:,} of {requests:,} requests failed; {unanswered:,} of {events:,} events not answered; no browser without "
        f"a socket for longer than {max(row.away for row in rows):.1f} s; everything works again after at most "
        f"{max(row.longest for row in rows):.1f} s; of {results.answers.get(Outcome.ACKNOWLEDGED, 0):,} acknowledged "
        f"writes {lost:,} lost, {wrong:,} wrong, {missed:,} missed"
    )
    return [Measurement(key=key, text=text) for key in keys if key]


def _summary_line(row: ScenarioResult) -> str:
    """The immediate results of a scenario; lost writes are found at the end."""
    recovery = (
        ", ".join(f"{kind} {seconds:.1f} s" for kind, seconds in row.recovery.items()) or "nothing to recover from"
    )
    return (
        f"{row.scenario}: {row.failed:,} of {row.requests:,} requests failed, {row.unanswered:,} of {row.events:,} events "
        f"were not answered, {len(row.missed):,} writes missed; recovery: {recovery}"
    )


def _print_table(results: DrillResults) -> None:
    title = (
        f"{results.users} people, {results.events_per_second:.0f} events and {results.requests_per_second:.0f} requests "
        f"a second; {results.processes} processes, {results.memory_mib:,} MiB"
    )
    table = Table(
        "", "requests", "failed", "events", "lost answers", "closed", "away", "recovery", "slowest", "back", "missed",
        "lost", "wrong", "", title=title,
    )  # fmt: skip
    for row in results.rows:
        restart_seconds = "" if row.process_back is None else f"{row.process_back:.1f}"
        table.add_row(
            row.scenario,
            f"{row.requests:,}",
            f"{row.failed:,}",
            f"{row.events:,}",
            f"{row.unanswered:,}",
            f"{row.closed:,}",
            f"{row.away:.1f}",
            ", ".join(f"{kind} {seconds:.1f}" for kind, seconds in row.recovery.items()),
            f"{max(row.slowest.values(), default=0.0):.1f}",
            restart_seconds,
            f"{len(row.missed):,}",
            f"{len(row.lost):,}",
            f"{len(row.wrong):,}",
            row.note,
        )
    verified = ", ".join(f"{count:,} {kind}" for kind, count in results.looked_up.items())
    answers = ", ".join(f"{count:,} {answer}" for answer, count in results.answers.items())
    table.caption = (
        "Seconds. away: the longest that a browser was without its socket; recovery: from the first failure of a kind to its "
        f"first success after the last; back: until there was a new process. Writes: {answers}. Looked up: {verified}. "
        f"Due and not sent, since the clients were too slow: {results.skipped:,}."
    )
    console = Console(highlight=False, width=200)
    console.print(table)
    for row in results.rows:
        for problem in (*row.missed, *row.lost, *row.wrong, *filter(None, [row.unproven])):
            console.print(f"{row.scenario}: {problem}")
