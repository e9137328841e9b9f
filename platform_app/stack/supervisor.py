"""Keep children running: restart those that end, and stop all of them in order."""

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
    """The order in which children are stopped: clients before the services they use."""

    FRONT = 0
    WORKERS = 1
    PROXIES = 2
    CACHES = 3
    DATABASE = 4
    CONSENSUS = 5


@dataclass
class Child:
    """A process that runs as long as Plaza does."""

    name: str
    stage: Stage
    launch: Callable[[], subprocess.Popen[bytes]]
    stop_signal: signal.Signals = signal.SIGTERM
    essential: bool = False  # if it ends, the run ends
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    restarts: int = 0
    delay: float = 0.0
    due: float = 0.0


class Stopped(BaseException):
    """A signal asked Plaza to stop; not an Exception, so that no error handler swallows it."""


def start(child: Child) -> None:
    """Start a child for the first time; raises if that fails."""
    child.process = child.launch()
    child.started = time.monotonic()


def watch(children: Sequence[Child], *, log: Path, on_change: Callable[[], None]) -> None:
    """Restart children that end, without end; `on_change` is called after every change of the processes."""
    while True:
        changes = [restart_if_ended(child, log=log) for child in children]
        if any(changes):
            with suppress(OSError):  # a full disk must not stop the processes that still run
                on_change()
        time.sleep(POLL_SECONDS)


def restart_if_ended(child: Child, *, log: Path) -> bool:
    """Check one child; return true if its process has ended or a new one was started."""
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
    """Stop every child with its descendants, stage by stage."""
    for stage in Stage:
        members = [child for child in children if child.stage is stage and child.process]
        for sig in {child.stop_signal for child in members}:
            running = [child.process for child in members if child.process and child.stop_signal is sig]
            processes.stop_all(running, sig=sig, seconds=STOP_SECONDS)


@contextmanager
def stop_on_signal() -> Iterator[None]:
    """Raise `Stopped` here on a signal; afterwards ignore signals, so that the shutdown completes."""
    for sig in SIGNALS:
        signal.signal(sig, _raise_stopped)
    try:
        yield
    finally:
        for sig in SIGNALS:
            signal.signal(sig, signal.SIG_IGN)


def log_event(log: Path, message: str) -> None:
    """Write one line to the supervisor's log, in the common format."""
    line = {"@timestamp": datetime.now(UTC).isoformat(), "log.level": "info", "message": message}
    with suppress(OSError), log.open("a", encoding="utf-8") as file:
        print(json.dumps({**line, "service.name": "plaza-supervisor"}), file=file)


def _schedule_restart(child: Child, reason: str, *, log: Path) -> None:
    child.delay = min(max(child.delay * 2, MIN_DELAY_SECONDS), MAX_DELAY_SECONDS)
    child.due = time.monotonic() + child.delay
    log_event(log, f"{child.name} ended ({reason}); restarting it in {child.delay:.1f} s")
    if child.process:
        processes.kill_group(child.process)


def _raise_stopped(signum: int, _frame: FrameType | None) -> None:
    raise Stopped(signal.Signals(signum).name)
