"""The record of a run: its processes, stored on disk so that any command can find and stop them."""

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from platform_app.stack import datadir, processes

FILE = Path("run") / "processes.json"
SUPERVISOR = "supervisor"
RUN_VARIABLE = "PLAZA_RUN"  # in the environment of every process of a run
CLOCK_SLACK_SECONDS = 2


@dataclass(frozen=True)
class ProcessEntry:
    """One process; `created` distinguishes it from a later one with the same pid."""

    name: str
    pid: int
    created: float
    restarts: int = 0


@dataclass(frozen=True)
class RunRecord:
    """One run of Plaza."""

    run: str
    url: str
    port: int
    ready: bool
    entries: Sequence[ProcessEntry]


def process_entry(name: str, pid: int, restarts: int = 0) -> ProcessEntry:
    """The entry of a process; one that has just ended gets 0 as its time of creation, and is never found."""
    created = 0.0
    with suppress(psutil.NoSuchProcess):
        created = psutil.Process(pid).create_time()
    return ProcessEntry(name=name, pid=pid, created=created, restarts=restarts)


def save(data: Path, record: RunRecord) -> None:
    """Replace the record of this directory."""
    datadir.write(data / FILE, json.dumps(asdict(record), indent=1))


def load(data: Path) -> RunRecord | None:
    """The record of the current run on this directory, or of the last one if it was killed."""
    try:
        raw = json.loads((data / FILE).read_text())
    except (FileNotFoundError, ValueError):
        return None
    return RunRecord(**{**raw, "entries": [ProcessEntry(**one) for one in raw["entries"]]})


def delete(data: Path) -> None:
    """Remove the record, once no process of the run is left."""
    (data / FILE).unlink(missing_ok=True)


def find_process(saved: ProcessEntry) -> psutil.Process | None:
    """The process of an entry, if it is alive."""
    with suppress(psutil.NoSuchProcess):
        candidate = psutil.Process(saved.pid)
        same = abs(candidate.create_time() - saved.created) < CLOCK_SLACK_SECONDS
        if same and processes.is_alive(candidate):
            return candidate
    return None


def running_processes(record: RunRecord) -> list[psutil.Process]:
    """The living processes of a run: the recorded ones and their descendants."""
    by_pid = {found.pid: found for one in record.entries if (found := find_process(one))}
    by_variable = {found.pid: found for found in psutil.process_iter() if _belongs_to_run(found, record.run)}
    return [found for pid, found in {**by_pid, **by_variable}.items() if pid != os.getpid()]


def _belongs_to_run(candidate: psutil.Process, run: str) -> bool:
    try:
        return candidate.environ().get(RUN_VARIABLE) == run
    except (psutil.Error, OSError):
        return False
