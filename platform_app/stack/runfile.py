"""The record of a run: which processes belong to it, kept on disk so that anyone can find and end them."""

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
RUN_VARIABLE = "PLAZA_RUN"  # in the environment of everything a run starts
CLOCK_SLACK_SECONDS = 2


@dataclass(frozen=True)
class ProcessEntry:
    """One process: `created` tells it from a later one that was given the same pid."""

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
    """The entry of a living process; one that has just ended is recorded as created at 0, and never found."""
    created = 0.0
    with suppress(psutil.NoSuchProcess):
        created = psutil.Process(pid).create_time()
    return ProcessEntry(name=name, pid=pid, created=created, restarts=restarts)


def save(data: Path, record: RunRecord) -> None:
    """Replace the record of this directory."""
    datadir.write(data / FILE, json.dumps(asdict(record), indent=1))


def load(data: Path) -> RunRecord | None:
    """The record of the run on this directory, or of the last one if that was killed."""
    try:
        raw = json.loads((data / FILE).read_text())
    except (FileNotFoundError, ValueError):
        return None
    return RunRecord(**{**raw, "entries": [ProcessEntry(**one) for one in raw["entries"]]})


def delete(data: Path) -> None:
    """Remove the record, once nothing of the run is left."""
    (data / FILE).unlink(missing_ok=True)


def find_process(saved: ProcessEntry) -> psutil.Process | None:
    """The process an entry means, while it is alive."""
    with suppress(psutil.NoSuchProcess):
        candidate = psutil.Process(saved.pid)
        same = abs(candidate.create_time() - saved.created) < CLOCK_SLACK_SECONDS
        if same and processes.is_alive(candidate):
            return candidate
    return None


def running_processes(record: RunRecord) -> list[psutil.Process]:
    """What is left of a run: the processes it recorded, and whatever they started."""
    by_pid = {found.pid: found for one in record.entries if (found := find_process(one))}
    by_variable = {found.pid: found for found in psutil.process_iter() if _belongs_to_run(found, record.run)}
    return [found for pid, found in {**by_pid, **by_variable}.items() if pid != os.getpid()]


def _belongs_to_run(candidate: psutil.Process, run: str) -> bool:
    try:
        return candidate.environ().get(RUN_VARIABLE) == run
    except (psutil.Error, OSError):
        return False
