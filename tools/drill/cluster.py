"""The running production topology, seen from outside: its processes, roles and memory, and how to kill them."""

import asyncio
import json
import os
import re
import signal
import time
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from platform_app.cli.errors import CommandError
from platform_app.stack import health, nginx, processes, runfile
from platform_app.stack.production import databases, edge, topology
from platform_app.stack.production.topology import COLOURS, NODES

POLL_SECONDS = 0.1
HEALTH_PATHS = {"api-": "/healthz/ready", "web-": "/ping"}  # health checks of the tiers
PATRONI_PREFIX = "patroni-"  # postgres-N in the run's record is the Patroni that runs it


@dataclass(frozen=True)
class Cluster:
    """A data directory with a running production topology."""

    data: Path

    def __post_init__(self) -> None:
        """CommandError if no production topology runs there."""
        running = runfile.load(self.data)
        if not running or not running.ready or not (self.data / topology.FILE).exists():
            raise CommandError(
                f"No production topology runs in {self.data}: ./plaza up --topology production --data {self.data}"
            )

    @property
    def url(self) -> str:
        """The URL of the edge."""
        return self._run_record().url

    def port(self, name: str) -> int:
        """The port of this name."""
        return int(json.loads((self.data / topology.FILE).read_text())["ports"][name])

    def ports(self) -> dict[str, int]:
        """All ports by name."""
        return dict(json.loads((self.data / topology.FILE).read_text())["ports"])

    def process_names(self) -> list[str]:
        """Every process that can be killed; Patroni and its PostgreSQL are separate ones."""
        found = [entry.name for entry in self._run_record().entries if entry.name != runfile.SUPERVISOR]
        return [*found, *(f"{PATRONI_PREFIX}{number}" for number in NODES)]

    def pid(self, name: str) -> int | None:
        """The pid of this process, if it is alive."""
        if name.startswith("postgres-"):
            pid = databases.postmaster_pid(self.data, int(name.rpartition("-")[2]))
            return pid if pid and psutil.pid_exists(pid) else None
        entry_name = name.replace(PATRONI_PREFIX, "postgres-")
        entry = next((each for each in self._run_record().entries if each.name == entry_name), None)
        found = runfile.find_process(entry) if entry else None
        return found.pid if found else None

    def kill(self, name: str) -> int:
        """Kill a process with SIGKILL; return its former pid."""
        pid = self.pid(name)
        if pid is None:
            raise CommandError(f"There is no process {name} here.")
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        return pid

    def set_replay_delay(self, number: int, by: str) -> None:
        """Set a standby's replay delay, as a PostgreSQL interval."""
        pid = self.pid(f"{PATRONI_PREFIX}{number}")
        if pid is None:
            raise CommandError(f"Node {number} has no Patroni.")
        databases.set_replay_delay(self.data, number, by)
        os.kill(pid, signal.SIGHUP)

    async def wait_for_restart(self, name: str, *, before: int, seconds: float) -> float:
        """Seconds until the process has another pid; infinite if it does not return in time."""
        started = time.perf_counter()
        while time.perf_counter() < started + seconds:
            pid = self.pid(name)
            if pid and pid != before:
                return time.perf_counter() - started
            await asyncio.sleep(POLL_SECONDS)
        return float("inf")

    async def wait_until_ready(self, name: str, *, seconds: float) -> bool:
        """Wait until a serving process is ready, which takes longer than its start; return whether it was in time."""
        path = next(path for tier, path in HEALTH_PATHS.items() if name.startswith(tier))
        end = time.perf_counter() + seconds
        while not await asyncio.to_thread(health.ready, self.port(name), path=path):
            if time.perf_counter() > end:
                return False
            await asyncio.sleep(POLL_SECONDS)
        return True

    async def wait_for_primary(self, *, seconds: float) -> int | None:
        """The number of the primary, as soon as there is one; None after the timeout."""
        end = time.perf_counter() + seconds
        for _ in range(round(seconds / POLL_SECONDS)):
            found = await asyncio.to_thread(self.primary)
            if found or time.perf_counter() > end:
                return found
            await asyncio.sleep(POLL_SECONDS)
        return None

    def primary(self) -> int | None:
        """The number of the node that accepts writes."""
        return databases.primary(self.ports())

    def active_colour(self) -> str:
        """The active colour."""
        return nginx.active_colour(self.data / edge.FOLDER)

    def idle_colour(self) -> str:
        """The inactive colour."""
        return next(colour for colour in COLOURS if colour != self.active_colour())

    def socket_count(self, colour: str) -> int:
        """The number of browsers that a colour's web processes report."""
        names = [entry.name for entry in self._run_record().entries if entry.name.startswith(f"web-{colour}-")]
        return sum(self._metric(name, "plaza_sockets") for name in names)

    def memory(self) -> tuple[int, int]:
        """The number of processes and their bytes of memory, counting shared memory once."""
        root = runfile.find_process(self._run_record().entries[0])
        found = [root, *root.children(recursive=True)] if root else []
        postmasters = [psutil.Process(pid) for number in NODES if (pid := databases.postmaster_pid(self.data, number))]
        by_pid = {one.pid: one for each in postmasters for one in (each, *each.children(recursive=True))}
        by_pid |= {one.pid: one for one in found}
        total = 0
        for one in by_pid.values():
            with suppress(psutil.Error):
                total += one.memory_full_info().pss
        return len(by_pid), total

    def _metric(self, process: str, name: str) -> int:
        url = f"http://{processes.HOST}:{self.port(f'figures-{process}')}/metrics"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                lines = answer.read().decode()
        except OSError:
            return 0
        return round(sum(float(found) for found in re.findall(rf"^{name}(?:{{[^}}]*}})? ([0-9.e+-]+)$", lines, re.M)))

    def _run_record(self) -> runfile.RunRecord:
        found = runfile.load(self.data)
        if found is None:
            raise CommandError(f"Nothing runs in {self.data} any more.")
        return found
