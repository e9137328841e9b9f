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
MARK = "PLAZA_RUN"  # in the environment of everything a run starts
CLOCK_SLACK_SECONDS = 2


@dataclass(frozen=True)
class Entry:
    """One process: `created` tells it from a later one that was given the same pid."""

    name: str
    pid: int
    created: float
    restarts: int = 0


@dataclass(frozen=True)
class Record:
    """One run of Plaza."""

    run: str
    url: str
    port: int
    ready: bool
    entries: Sequence[Entry]


def entry(name: str, pid: int, restarts: int = 0) -> Entry:
    """The entry of a living process; one that has just ended is recorded as created at 0, and never found."""
    created = 0.0
    with suppress(psutil.NoSuchProcess):
        created = psutil.Process(pid).create_time()
    return Entry(name=name, pid=pid, created=created, restarts=restarts)


def save(data: Path, record: Record) -> None:
    """Replace the record of this directory."""
    datadir.write(data / FILE, json.dumps(asdict(record), indent=1))


def load(data: Path) -> Record | None:
    """The record of the run on this directory, or of the last one if that was killed."""
    try:
        raw = json.loads((data / FILE).read_text())
    except (FileNotFoundError, ValueError):
        return None
    return Record(**{**raw, "entries": [Entry(**one) for one in raw["entries"]]})


def forget(data: Path) -> None:
    """Remove the record, once nothing of the run is left."""
    (data / FILE).unlink(missing_ok=True)


def process(recorded: Entry) -> psutil.Process | None:
    """The process an entry means, while it is alive."""
    with suppress(psutil.NoSuchProcess):
        found = psutil.Process(recorded.pid)
        same = abs(found.create_time() - recorded.created) < CLOCK_SLACK_SECONDS
        if same and processes.is_alive(found):
            return found
    return None


def living(record: Record) -> list[psutil.Process]:
    """What is left of a run: the processes it recorded, and whatever they started."""
    recorded = {found.pid: found for one in record.entries if (found := process(one))}
    marked = {found.pid: found for found in psutil.process_iter() if _is_marked(found, record.run)}
    return [found for pid, found in {**recorded, **marked}.items() if pid != os.getpid()]


def _is_marked(candidate: psutil.Process, run: str) -> bool:
    try:
        return candidate.environ().get(MARK) == run
    except (psutil.Error, OSError):
        return False
