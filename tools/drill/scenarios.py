"""The scenarios of a drill, and what users notice of each."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict

from platform_app.cli.errors import CommandError
from platform_app.stack.production import edge, topology
from platform_app.stack.production.topology import NODES
from tools.drill import timeline
from tools.drill.cluster import HEALTH_PATHS, PATRONI_PREFIX, Cluster
from tools.drill.fixtures import query_database
from tools.drill.timeline import Observation, Timeline
from tools.drill.write_log import WriteLog
from tools.drill.ws_clients import ClientPool

BEFORE_SECONDS = 2.0
AFTER_SECONDS = 4.0
SWITCH_SECONDS = 20.0
RECOVERY_TIMEOUT_SECONDS = 60.0
LAG, LAG_SECONDS, MIN_LAG = "35s", 45.0, 30
REPLAY_LAG_SQL = "SELECT extract(epoch FROM now() - pg_last_xact_replay_timestamp())::int"
WRITE_KINDS = ("write", "edit", "sign-up")


class ScenarioResult(BaseModel):
    """The results of one scenario; a recovery lasts from the first failure to the first success after the last one."""

    model_config = ConfigDict(frozen=True)

    scenario: str
    seconds: float
    requests: int
    failed: int
    failures: dict[str, int]
    events: int
    unanswered: int
    closed: int  # sockets
    away: float  # the longest time that a socket was closed
    recovery: dict[str, float]
    slowest: dict[str, float]
    process_back: float | None  # until a new process of that name
    missed: list[str]  # writes that their writer did not see
    lost: list[str] = []
    wrong: list[str] = []
    note: str = ""
    unproven: str = ""  # the reason why the scenario shows nothing

    @property
    def longest(self) -> float:
        """The longest recovery of any kind."""
        return max(self.recovery.values(), default=0.0)


@dataclass
class DrillContext:
    """Everything a scenario works with."""

    cluster: Cluster
    clients: ClientPool
    timeline: Timeline
    write_log: WriteLog
    begin_import: Callable[[], Coroutine[None, None, None]]
    rows: list[ScenarioResult] = field(default_factory=list)

    @asynccontextmanager
    async def scenario(self, name: str) -> AsyncIterator["Recorder"]:
        """Record observations until the block ends and everything has recovered."""
        self.write_log.scenario = name
        await asyncio.sleep(BEFORE_SECONDS)
        watch = Recorder(self.timeline)
        yield watch
        await self._wait_until_recovered(watch)
        self.rows.append(watch.result(name))

    async def _wait_until_recovered(self, watch: "Recorder") -> None:
        """Return once all browsers are connected and each failed kind has succeeded, or after the timeout."""
        deadline = time.perf_counter() + RECOVERY_TIMEOUT_SECONDS
        await asyncio.sleep(AFTER_SECONDS)
        while time.perf_counter() < deadline:
            is_there = all(person.is_connected for person in self.clients.all_clients)
            if is_there and all(seconds < float("inf") for seconds in watch.recoveries().values()):
                return
            await asyncio.sleep(0.5)


class Recorder:
    """Records observations from now on."""

    def __init__(self, source: Timeline) -> None:
        """Start recording."""
        self._timeline, self._started = source, time.perf_counter()
        self._stale_reads_before, self._disconnects_before = len(source.stale_reads), len(source.disconnects)
        self.process_back: float | None = None
        self.note, self.unproven = "", ""

    def events_since(self) -> list[Observation]:
        """All observations since the start."""
        return list(self._timeline.since(self._started))

    def recoveries(self) -> dict[str, float]:
        """The seconds until each failed kind succeeded again."""
        observations = self.events_since()
        return {
            kind: timeline.recovery_seconds(observations, kind)
            for kind in sorted({each.kind for each in observations if each.failed})
        }

    def result(self, name: str) -> ScenarioResult:
        """The result of the scenario."""
        observations = self.events_since()
        events = [each for each in observations if each.kind in ("event", "press")]
        requests = [each for each in observations if each.kind not in ("event", "press")]
        disconnected_seconds = [
            reconnected_at - disconnected_at
            for disconnected_at, reconnected_at in self._timeline.disconnects[self._disconnects_before :]
        ]
        kinds = sorted({each.kind for each in observations})
        return ScenarioResult(
            scenario=name,
            seconds=round(time.perf_counter() - self._started, 1),
            requests=len(requests),
            failed=sum(1 for each in requests if each.failed),
            failures=dict(timeline.failures(observations)),
            events=len(events),
            unanswered=sum(1 for each in events if each.failed),
            closed=len(disconnected_seconds),
            away=round(max(disconnected_seconds, default=0.0), 2),
            recovery={kind: round(seconds, 2) for kind, seconds in self.recoveries().items()},
            slowest={kind: round(timeline.slowest_seconds(observations, kind), 2) for kind in kinds},
            process_back=self.process_back,
            missed=self._timeline.stale_reads[self._stale_reads_before :],
            note=self.note,
            unproven=self.unproven,
        )


async def switch(drill: DrillContext) -> None:
    """Switch to the other colour and back."""
    first = drill.cluster.active_colour()
    for colour in (drill.cluster.idle_colour(), first):
        await drill.begin_import()
        async with drill.scenario(f"switch to {colour}") as watch:
            before = drill.cluster.active_colour()
            await asyncio.to_thread(edge.switch, drill.cluster.data, colour)
            await asyncio.sleep(SWITCH_SECONDS)
            sockets_left = await asyncio.to_thread(drill.cluster.socket_count, before)
            sockets_moved = await asyncio.to_thread(drill.cluster.socket_count, colour)
            watch.note = f"{sockets_left} sockets are left at {before}, {sockets_moved} are at {colour}"


async def kill(drill: DrillContext, name: str) -> None:
    """Kill one process; the supervisor or its Patroni restarts it."""
    if not name.startswith("prometheus"):
        await drill.begin_import()
    async with drill.scenario(f"kill {name}") as watch:
        role = f"node {await asyncio.to_thread(drill.cluster.primary)} was the primary" if _is_database(name) else ""
        before, started = drill.cluster.kill(name), time.perf_counter()
        watch.process_back = round(
            await drill.cluster.wait_for_restart(name, before=before, seconds=RECOVERY_TIMEOUT_SECONDS), 2
        )
        watch.note = role
        if name.startswith(tuple(HEALTH_PATHS)):
            is_ready = await drill.cluster.wait_until_ready(name, seconds=RECOVERY_TIMEOUT_SECONDS)
            watch.note = f"it {'answers' if is_ready else 'did not answer'} after {time.perf_counter() - started:.1f} s"


async def failover(drill: DrillContext) -> None:
    """Kill the primary and its Patroni, and keep them stopped until another node is the primary."""
    cluster = drill.cluster
    number = await asyncio.to_thread(cluster.primary)
    if number is None:
        raise CommandError("There is no primary to kill.")
    name = f"postgres-{number}"
    await drill.begin_import()
    async with drill.scenario("failover") as watch:
        topology.disable_restart(cluster.data, name)
        try:
            started = time.perf_counter()
            for each in (f"{PATRONI_PREFIX}{number}", name):
                if pid := cluster.pid(each):
                    os.kill(pid, signal.SIGKILL)
            new_primary = await cluster.wait_for_primary(seconds=RECOVERY_TIMEOUT_SECONDS)
            watch.note = (
                f"node {number} was the primary, node {new_primary} is after {time.perf_counter() - started:.1f} s"
            )
            await asyncio.sleep(10)
        finally:
            topology.enable_restart(cluster.data, name)
        watch.process_back = round(await cluster.wait_for_restart(name, before=0, seconds=RECOVERY_TIMEOUT_SECONDS), 2)


async def lag(drill: DrillContext, *, every: bool) -> None:
    """Delay the replay of one standby, or of both, by half a minute, while users write and read their writes."""
    cluster = drill.cluster
    first = await asyncio.to_thread(cluster.primary)
    standbys = [number for number in NODES if number != first]
    standbys = standbys if every else standbys[:1]
    async with drill.scenario("lag of both standbys" if every else "lag of one standby") as watch:
        try:
            for number in standbys:
                cluster.set_replay_delay(number, LAG)
            await asyncio.sleep(LAG_SECONDS)
            found = [
                await asyncio.to_thread(query_database, cluster.port(f"postgres-{number}"), REPLAY_LAG_SQL)
                for number in standbys
            ]
        finally:
            for number in standbys:
                cluster.set_replay_delay(number, "0")
        seconds = [int(str(rows[0][0])) for rows in found]
        watch.note = f"{' and '.join(map(str, seconds))} s behind in the end"
        if min(seconds) < MIN_LAG:
            watch.unproven = f"the standbys were to be {MIN_LAG} s behind"


def _is_database(name: str) -> bool:
    return name.startswith((PATRONI_PREFIX, "postgres-"))
