"""Keep children running: restart the ones that end, and stop them all in order."""

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from types import FrameType

from platform_app.stack import processes
from platform_app.stack.errors import StackError

MIN_DELAY_SECONDS = 0.2
MAX_DELAY_SECONDS = 5.0
STABLE_SECONDS = 30
POLL_SECONDS = 0.2
STOP_SECONDS = 10
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stage(IntEnum):
    """The order in which children are stopped: whoever uses a service goes before it."""

    FRONT = 0
    WORKERS = 1
    PROXIES = 2
    CACHES = 3
    DATABASE = 4
    CONSENSUS = 5


@dataclass
class Child:
    """A process that is to run as long as Plaza does."""

    name: str
    stage: Stage
    launch: Callable[[], subprocess.Popen[bytes]]
    stop_signal: signal.Signals = signal.SIGTERM
    essential: bool = False  # when it ends, so does the run
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    restarts: int = 0
    delay: float = 0.0
    due: float = 0.0


class Stopped(BaseException):
    """Someone asked Plaza to stop; not an Exception, so that no handler of failures swallows it."""


def start(child: Child) -> None:
    """Launch a child for the first time; raises when that fails."""
    child.process = child.launch()
    child.started = time.monotonic()


def watch(children: Sequence[Child], *, log: Path, on_change: Callable[[], None]) -> None:
    """Restart whatever ends, for ever; `on_change` is called whenever the processes are others than before."""
    while True:
        changes = [restart_if_ended(child, log=log) for child in children]
        if any(changes):
            with suppress(OSError):  # a full disk must not end what still runs
                on_change()
        time.sleep(POLL_SECONDS)


def restart_if_ended(child: Child, *, log: Path) -> bool:
    """Look after one child; true when its process has ended or a new one was started."""
    now = time.monotonic()
    if child.process and child.process.poll() is None:
        if now - child.started > STABLE_SECONDS:
            child.delay = 0.0
        return False
    if child.process and child.essential:
        raise StackError(f"{child.name} ended with exit code {child.process.returncode}.")
    if child.process:
        _schedule_restart(child, f"exit code {child.process.returncode}", log=log)
        child.process = None
        return True
    if now < child.due:
        return False
    try:
        start(child)
    except (OSError, StackError) as error:
        _schedule_restart(child, str(error), log=log)
        return False
    child.restarts += 1
    log_event(log, f"{child.name} started again")
    return True


def stop(children: Sequence[Child]) -> None:
    """Stop every child, stage by stage, and all they have started."""
    for stage in Stage:
        members = [child for child in children if child.stage is stage and child.process]
        for sig in {child.stop_signal for child in members}:
            running = [child.process for child in members if child.process and child.stop_signal is sig]
            processes.stop_all(running, sig=sig, seconds=STOP_SECONDS)


@contextmanager
def stop_on_signal() -> Iterator[None]:
    """Raise `Stopped` here when someone asks Plaza to stop; afterwards ignore them, so that stopping completes."""
    for sig in SIGNALS:
        signal.signal(sig, _raise_stopped)
    try:
        yield
    finally:
        for sig in SIGNALS:
            signal.signal(sig, signal.SIG_IGN)


def log_event(log: Path, message: str) -> None:
    """Write one line to the supervisor's own log, in the form of all others."""
    line = {"@timestamp": datetime.now(UTC).isoformat(), "log.level": "info", "message": message}
    with suppress(OSError), log.open("a", encoding="utf-8") as file:
        print(json.dumps({**line, "service.name": "plaza-supervisor"}), file=file)


def _schedule_restart(child: Child, reason: str, *, log: Path) -> None:
    child.delay = min(max(child.delay * 2, MIN_DELAY_SECONDS), MAX_DELAY_SECONDS)
    child.due = time.monotonic() + child.delay
    log_event(log, f"{child.name} ended ({reason}); starting it again in {child.delay:.1f} s")
    if child.process:
        processes.kill_group(child.process)


def _raise_stopped(signum: int, _frame: FrameType | None) -> None:
    raise Stopped(signal.Signals(signum).name)
