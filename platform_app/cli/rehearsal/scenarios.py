"""What happens to the topology while people use it, and what of it they notice."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict

from platform_app.cli.errors import Refused
from platform_app.cli.rehearsal import timeline
from platform_app.cli.rehearsal.ledger import Ledger
from platform_app.cli.rehearsal.machine import PATRONI, SERVING, Machine
from platform_app.cli.rehearsal.people import People
from platform_app.cli.rehearsal.timeline import Seen, Timeline
from platform_app.cli.rehearsal.world import direct
from platform_app.stack.production import edge, plan
from platform_app.stack.production.plan import NODES

BEFORE_SECONDS = 2.0
AFTER_SECONDS = 4.0
SWITCH_SECONDS = 20.0
BACK_SECONDS = 60.0
LAG, LAG_SECONDS, LEAST_LAG = "35s", 45.0, 30
BEHIND = "SELECT extract(epoch FROM now() - pg_last_xact_replay_timestamp())::int"
WRITES = ("write", "edit", "sign-up")


class Row(BaseModel):
    """What was noticed of one scenario. Seconds; a recovery is from the first failure to the first success after the last."""

    model_config = ConfigDict(frozen=True)

    scenario: str
    seconds: float
    requests: int
    failed: int
    failures: dict[str, int]
    events: int
    unanswered: int
    closed: int  # sockets
    away: float  # the longest that a socket was away
    recovery: dict[str, float]
    slowest: dict[str, float]
    process_back: float | None  # a new process of that name
    missed: list[str]  # own writes
    lost: list[str] = []
    wrong: list[str] = []
    note: str = ""
    unproven: str = ""  # why the scenario shows nothing

    @property
    def longest(self) -> float:
        """The longest recovery of any kind."""
        return max(self.recovery.values(), default=0.0)


@dataclass
class Stage:
    """Everything a scenario works with."""

    machine: Machine
    people: People
    timeline: Timeline
    ledger: Ledger
    begin_import: Callable[[], Coroutine[None, None, None]]
    rows: list[Row] = field(default_factory=list)

    @asynccontextmanager
    async def scenario(self, name: str) -> AsyncIterator["Watch"]:
        """Watch what is noticed until the block ends, and a moment longer."""
        self.ledger.scenario = name
        await asyncio.sleep(BEFORE_SECONDS)
        watch = Watch(self.timeline)
        yield watch
        await self._settled(watch)
        self.rows.append(watch.row(name))

    async def _settled(self, watch: "Watch") -> None:
        """Return once everybody is back and each kind that failed has succeeded, or the time for it is over."""
        deadline = time.perf_counter() + BACK_SECONDS
        await asyncio.sleep(AFTER_SECONDS)
        while time.perf_counter() < deadline:
            is_there = all(person.is_there for person in self.people.everybody)
            if is_there and all(seconds < float("inf") for seconds in watch.recoveries().values()):
                return
            await asyncio.sleep(0.5)


class Watch:
    """What is noticed from now on."""

    def __init__(self, seen: Timeline) -> None:
        """Begin."""
        self._timeline, self._began = seen, time.perf_counter()
        self._missed, self._away = len(seen.missed), len(seen.away)
        self.process_back: float | None = None
        self.note, self.unproven = "", ""

    def seen(self) -> list[Seen]:
        """Everything since."""
        return list(self._timeline.window(self._began))

    def recoveries(self) -> dict[str, float]:
        """How long each kind that failed took to succeed again."""
        seen = self.seen()
        return {kind: timeline.recovery(seen, kind) for kind in sorted({each.kind for each in seen if each.failed})}

    def row(self, name: str) -> Row:
        """What came of it."""
        seen = self.seen()
        events = [each for each in seen if each.kind in ("event", "press")]
        requests = [each for each in seen if each.kind not in ("event", "press")]
        away = [back - lost for lost, back in self._timeline.away[self._away :]]
        kinds = sorted({each.kind for each in seen})
        return Row(
            scenario=name,
            seconds=round(time.perf_counter() - self._began, 1),
            requests=len(requests),
            failed=sum(1 for each in requests if each.failed),
            failures=dict(timeline.failures(seen)),
            events=len(events),
            unanswered=sum(1 for each in events if each.failed),
            closed=len(away),
            away=round(max(away, default=0.0), 2),
            recovery={kind: round(seconds, 2) for kind, seconds in self.recoveries().items()},
            slowest={kind: round(timeline.longest(seen, kind), 2) for kind in kinds},
            process_back=self.process_back,
            missed=self._timeline.missed[self._missed :],
            note=self.note,
            unproven=self.unproven,
        )


async def switch(stage: Stage) -> None:
    """Give visitors the other colour, and then the one before."""
    first = stage.machine.colour()
    for colour in (stage.machine.other_colour(), first):
        await stage.begin_import()
        async with stage.scenario(f"switch to {colour}") as watch:
            before = stage.machine.colour()
            await asyncio.to_thread(edge.switch, stage.machine.data, colour)
            await asyncio.sleep(SWITCH_SECONDS)
            left = await asyncio.to_thread(stage.machine.sockets, before)
            came = await asyncio.to_thread(stage.machine.sockets, colour)
            watch.note = f"{left} sockets are left at {before}, {came} are at {colour}"


async def kill(stage: Stage, name: str) -> None:
    """End one process without a word; it is started again by the supervisor, or by its Patroni."""
    if not name.startswith("prometheus"):
        await stage.begin_import()
    async with stage.scenario(f"kill {name}") as watch:
        role = f"node {await asyncio.to_thread(stage.machine.primary)} was the primary" if _is_database(name) else ""
        before, began = stage.machine.kill(name), time.perf_counter()
        watch.process_back = round(await stage.machine.back(name, before=before, seconds=BACK_SECONDS), 2)
        watch.note = role
        if name.startswith(tuple(SERVING)):
            does = await stage.machine.answers(name, seconds=BACK_SECONDS)
            watch.note = f"it {'answers' if does else 'did not answer'} after {time.perf_counter() - began:.1f} s"


async def failover(stage: Stage) -> None:
    """End the primary and its Patroni, and keep them from coming back until another node has taken its place."""
    machine = stage.machine
    number = await asyncio.to_thread(machine.primary)
    if number is None:
        raise Refused("There is no primary to end.")
    name = f"postgres-{number}"
    await stage.begin_import()
    async with stage.scenario("failover") as watch:
        plan.hold(machine.data, name)
        try:
            began = time.perf_counter()
            for each in (f"{PATRONI}{number}", name):
                if pid := machine.pid(each):
                    os.kill(pid, signal.SIGKILL)
            now = await machine.next_primary(seconds=BACK_SECONDS)
            watch.note = f"node {number} was the primary, node {now} is after {time.perf_counter() - began:.1f} s"
            await asyncio.sleep(10)
        finally:
            plan.release(machine.data, name)
        watch.process_back = round(await machine.back(name, before=0, seconds=BACK_SECONDS), 2)


async def lag(stage: Stage, *, every: bool) -> None:
    """Have one standby, or both, replay everything half a minute late; people write, and look at what they wrote."""
    machine = stage.machine
    first = await asyncio.to_thread(machine.primary)
    late = [number for number in NODES if number != first]
    late = late if every else late[:1]
    async with stage.scenario("lag of both standbys" if every else "lag of one standby") as watch:
        try:
            for number in late:
                machine.delay(number, LAG)
            await asyncio.sleep(LAG_SECONDS)
            found = [await asyncio.to_thread(direct, machine.port(f"postgres-{number}"), BEHIND) for number in late]
        finally:
            for number in late:
                machine.delay(number, "0")
        seconds = [int(str(rows[0][0])) for rows in found]
        watch.note = f"{' and '.join(map(str, seconds))} s behind in the end"
        if min(seconds) < LEAST_LAG:
            watch.unproven = f"the standbys were to be {LEAST_LAG} s behind"


def _is_database(name: str) -> bool:
    return name.startswith((PATRONI, "postgres-"))
