"""`./plaza bench rehearsal`: what people notice when parts of the production topology are switched, killed or late."""

import asyncio
import itertools
import json
import os
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

from platform_app.cli import bench_events
from platform_app.cli.errors import Refused
from platform_app.cli.rehearsal import check, scenarios, world
from platform_app.cli.rehearsal.check import Verdict
from platform_app.cli.rehearsal.ledger import Answer, Kind, Ledger
from platform_app.cli.rehearsal.machine import Machine
from platform_app.cli.rehearsal.people import People, Way
from platform_app.cli.rehearsal.scenarios import Row, Stage
from platform_app.cli.rehearsal.sellers import Sellers
from platform_app.cli.rehearsal.timeline import Timeline
from platform_app.cli.rehearsal.web import Web
from platform_app.cli.rehearsal.world import Listing, User
from platform_app.cli.rehearsal.writers import Writers
from platform_app.infra.errors import Outage
from platform_app.infra.settings import settings

PRESSING, LIKING, EDITING, SELLING = 40, 20, 4, 2  # people who write
PRESS_EVERY, LIKE_EVERY, EDIT_EVERY, SELL_EVERY, SIGN_UP_EVERY = 4.0, 2.0, 1.0, 1.0, 2.0  # seconds
IMPORT_ROWS = 2000
QUIET_SECONDS = 10.0
STOP_SECONDS = 60.0
READS = ("/", "/search?q={n}", "/api/v1/listings?limit=24", "/api/v1/categories", "{listing}", "/api/v1/listings?q=mug")
NAMES = ("switch", "kill", "failover", "lag")


class Figures(BaseModel):
    """What a rehearsal found; `looked_up` counts the writes of the ledger that were compared with what is stored."""

    model_config = ConfigDict(frozen=True)

    users: int
    events_per_second: float
    requests_per_second: float
    processes: int
    memory_mib: int
    rows: list[Row]
    looked_up: dict[str, int]
    answers: dict[str, int]
    skipped: int


def rehearsal(
    only: Annotated[
        list[str] | None, typer.Option(help="switch, kill, kill:NAME, failover or lag; all of them when left out.")
    ] = None,
    users: Annotated[int, typer.Option(min=PRESSING + 10, max=1600, help="How many browsers are connected.")] = 200,
    events: Annotated[float, typer.Option(min=10, help="Events a second that all of them send.")] = 100,
    requests: Annotated[float, typer.Option(min=10, help="Requests a second of programs.")] = 50,
    data: Annotated[Path | None, typer.Option(help="Of the production topology [default: .plaza].")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
) -> None:
    """Rehearse on the production topology that runs here, under load: what fails, for how long, and what is lost."""
    if data:
        os.environ["PLAZA_DATA"] = str(data.absolute())
        settings.cache_clear()
    machine = Machine(settings().data)
    wanted = _chosen(only or list(NAMES), machine)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with TemporaryDirectory() as folder:
        load = _Load(machine, Path(folder), users=users, events=events, requests=requests)
        figures = asyncio.run(load.run(wanted))
    if as_json:
        print(json.dumps(figures.model_dump()))
    else:
        _print(figures)
    if any(row.lost or row.wrong or row.missed or row.unproven for row in figures.rows):
        raise typer.Exit(1)


def _chosen(only: Sequence[str], machine: Machine) -> list[str]:
    """Every scenario by name; `kill` is one for each process."""
    known, chosen = machine.names(), []
    for name in only:
        if name == "kill":
            chosen += [f"kill:{each}" for each in known]
        elif name in NAMES or (name.startswith("kill:") and name.removeprefix("kill:") in known):
            chosen.append(name)
        else:
            raise Refused(
                f'There is no scenario "{name}"; there are {", ".join(NAMES)}, and kill: with {", ".join(known)}.'
            )
    return chosen


class _Load:
    """The people and programs of a rehearsal, and what they write down."""

    def __init__(self, machine: Machine, folder: Path, *, users: int, events: float, requests: float) -> None:
        self.machine, self.folder = machine, folder
        self.users, self.events, self.requests = users, events, requests
        self.timeline = Timeline()
        self.ledger = Ledger(folder / "ledger.db")
        self.stopping = asyncio.Event()

    async def run(self, wanted: Sequence[str]) -> Figures:
        """Everything, from the first visitor to the last look at the ledger."""
        context = world.trusting()
        made = await asyncio.to_thread(world.users, PRESSING + LIKING + EDITING + SELLING)
        listings = await asyncio.to_thread(world.listings)
        web = Web(self.machine.url, context, self.timeline)
        people = People(Way(self.machine.url, context), self.timeline, choose=bench_events.places())
        homes = [listings[place % len(listings)] for place in range(PRESSING)]
        signed_in = [(user.cookie, home.place) for user, home in zip(made, homes, strict=False)]
        await people.gather(self.users, signed_in=signed_in)
        writers = Writers(web, self.ledger)
        tasks = await self._set_going(people, writers, web, made, listings, homes)
        stage = Stage(self.machine, people, self.timeline, self.ledger, begin_import=self._import)
        async with stage.scenario("nothing happens") as watch:
            await asyncio.sleep(QUIET_SECONDS)
            watch.note = "the load alone"
        for name in wanted:
            done = len(stage.rows)
            await _play(stage, name)
            for row in stage.rows[done:]:
                print(_in_brief(row), *row.missed, sep="\n  ", file=sys.stderr, flush=True)
        processes, memory = await asyncio.to_thread(self.machine.memory)
        self.ledger.scenario = "in the end"
        writers.stopping.set()
        self.stopping.set()
        await asyncio.wait(tasks, timeout=STOP_SECONDS)
        for task in tasks:
            task.cancel()
            if task.done() and not task.cancelled() and (error := task.exception()):
                raise error
        people.leave()
        verdict = await self._checked(web, {user.id: user for user in made})
        await web.close()
        rows = [
            row.model_copy(update={"lost": verdict.lost[row.scenario], "wrong": verdict.wrong[row.scenario]})
            for row in stage.rows
        ]
        return self._figures(rows, verdict, processes=processes, memory=memory)

    async def _set_going(
        self,
        people: People,
        writers: Writers,
        web: Web,
        made: Sequence[User],
        listings: Sequence[Listing],
        homes: Sequence[Listing],
    ) -> list[asyncio.Task[None]]:
        people_left = iter(made)
        pressing, liking, editing, selling = (
            list(itertools.islice(people_left, count)) for count in (PRESSING, LIKING, EDITING, SELLING)
        )
        shops = [await asyncio.to_thread(world.shop, user) for user in (*editing, *selling)]
        sellers = Sellers(web, self.ledger, writers.stopping)
        presses = len(pressing) / PRESS_EVERY
        writes = (
            2 * (LIKING / LIKE_EVERY + EDITING / EDIT_EVERY) + 5 * SELLING / SELL_EVERY + presses + 1 / SIGN_UP_EVERY
        )
        going = [
            people.browse(per_second=max(1.0, self.events - presses), until=self.stopping),
            self._read(web, listings, per_second=max(1.0, self.requests - writes)),
            writers.sign_up(every=SIGN_UP_EVERY),
            *(writers.like(user, listings[:30], every=LIKE_EVERY) for user in liking),
            *(writers.edit(user, shop, every=EDIT_EVERY) for user, shop in zip(editing, shops, strict=False)),
            *(sellers.sell(user, shop, every=SELL_EVERY) for user, shop in zip(selling, shops[EDITING:], strict=True)),
            *(
                writers.press(person, user, home, every=PRESS_EVERY)
                for person, user, home in zip(people.pressing, pressing, homes, strict=True)
            ),
        ]
        return [asyncio.create_task(each) for each in going]

    async def _read(self, web: Web, listings: Sequence[Listing], *, per_second: float) -> None:
        """Ask for pages and lists when it is due, whether or not earlier ones are answered."""
        loop, number, asking = asyncio.get_running_loop(), 0, set[asyncio.Task[object]]()
        began = loop.time()
        while not self.stopping.is_set():
            await asyncio.sleep(max(0.0, began + number / per_second - loop.time()))
            listing = listings[number * 7 % len(listings)].place.path
            path = READS[number % len(READS)].format(n=number % 97, listing=listing)
            kind = "api" if path.startswith("/api") else "page"
            number += 1
            if web.has_room():
                task = asyncio.create_task(web.ask(kind, "GET", path))
                asking.add(task)
                task.add_done_callback(asking.discard)
        await asyncio.gather(*asking)

    async def _import(self) -> None:
        """Hand a file to the workers; what is acknowledged is that it was taken."""
        slug = f"rehearsal-{uuid4().hex[:10]}"
        entry = self.ledger.sent(Kind.IMPORT, who=slug, what="", value=str(IMPORT_ROWS))
        try:
            run = await asyncio.to_thread(world.begin_import, self.folder, slug, rows=IMPORT_ROWS)
        except Outage as error:
            self.ledger.answered(entry, Answer.UNKNOWN, str(error))
            return
        self.ledger.named(entry, str(run))
        self.ledger.answered(entry, Answer.ACKNOWLEDGED)

    async def _checked(self, web: Web, users: dict[UUID, User]) -> Verdict:
        """Look every write of the ledger up, in the database and through the app."""
        verdict, port = Verdict(), self.machine.port("primary")
        check.favourites(verdict, self.ledger, port)
        await check.favourites_by_the_app(verdict, self.ledger, web, users)
        check.edits(verdict, self.ledger, port)
        check.prices(verdict, self.ledger, port)
        await check.sign_ups(verdict, self.ledger, web, port, self.machine.data / "letters")
        check.imports(verdict, self.ledger, port)
        return verdict

    def _figures(self, rows: list[Row], verdict: Verdict, *, processes: int, memory: int) -> Figures:
        return Figures(
            users=self.users,
            events_per_second=self.events,
            requests_per_second=self.requests,
            processes=processes,
            memory_mib=memory // 2**20,
            rows=rows,
            looked_up=dict(verdict.looked_up),
            answers=self.ledger.answers(),
            skipped=self.timeline.skipped,
        )


async def _play(stage: Stage, name: str) -> None:
    kind, _, which = name.partition(":")
    if kind == "switch":
        await scenarios.switch(stage)
    elif kind == "kill":
        await scenarios.kill(stage, which)
    elif kind == "failover":
        await scenarios.failover(stage)
    else:
        await scenarios.lag(stage, every=False)
        await scenarios.lag(stage, every=True)


def _in_brief(row: Row) -> str:
    """What is known of a scenario at once; what was lost is looked up in the end."""
    recovery = (
        ", ".join(f"{kind} {seconds:.1f} s" for kind, seconds in row.recovery.items()) or "nothing to recover from"
    )
    return (
        f"{row.scenario}: {row.failed:,} of {row.requests:,} requests failed, {row.unanswered:,} of {row.events:,} events "
        f"were not answered, {len(row.missed):,} writes missed; recovery: {recovery}"
    )


def _print(figures: Figures) -> None:
    title = (
        f"{figures.users} people, {figures.events_per_second:.0f} events and {figures.requests_per_second:.0f} requests "
        f"a second; {figures.processes} processes, {figures.memory_mib:,} MiB"
    )
    table = Table(
        "", "requests", "failed", "events", "lost answers", "closed", "away", "recovery", "slowest", "back", "missed",
        "lost", "wrong", "", title=title,
    )  # fmt: skip
    for row in figures.rows:
        back = "" if row.process_back is None else f"{row.process_back:.1f}"
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
            back,
            f"{len(row.missed):,}",
            f"{len(row.lost):,}",
            f"{len(row.wrong):,}",
            row.note,
        )
    compared = ", ".join(f"{count:,} {kind}" for kind, count in figures.looked_up.items())
    answers = ", ".join(f"{count:,} {answer}" for answer, count in figures.answers.items())
    table.caption = (
        "Seconds. away: the longest that a browser was without its socket; recovery: from the first failure of a kind to its "
        f"first success after the last; back: until there was a new process. Writes: {answers}. Looked up: {compared}. "
        f"Due and not sent, since whoever sends was too slow: {figures.skipped:,}."
    )
    console = Console(highlight=False, width=200)
    console.print(table)
    for row in figures.rows:
        for what in (*row.missed, *row.lost, *row.wrong, *filter(None, [row.unproven])):
            console.print(f"{row.scenario}: {what}")
