"""One run of Plaza on this machine: what it consists of, its environment, its record, its end."""

import os
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen
from types import MappingProxyType

import psutil

from platform_app.infra.settings import ROOT, RUN_FILE
from platform_app.stack import datadir, logs, processes, record, supervisor
from platform_app.stack.errors import StackError
from platform_app.stack.steps import Steps
from platform_app.stack.supervisor import Child

COMMAND_STOP_SECONDS = 3


@dataclass(frozen=True)
class Command:
    """A command that is to end, and where it writes what it has to say."""

    process: Popen[bytes]
    log: Path


@dataclass
class Run:
    """What a run has started so far."""

    id: str
    data: Path
    port: int
    url: str
    steps: Steps
    settings: dict[str, str] = field(default_factory=dict)
    children: list[Child] = field(default_factory=list)
    commands: dict[str, Command] = field(default_factory=dict)
    ready: bool = False

    @property
    def log(self) -> Path:
        """The supervisor's own log."""
        return log_of(self.data, record.SUPERVISOR)


def log_of(data: Path, name: str) -> Path:
    """Where a process of this name writes what it has to say."""
    return data / "logs" / f"{name}.log"


def configure(run: Run, settings: Mapping[str, str]) -> None:
    """Set what every process of this run sees, and write it down for other commands on the same data."""
    run.settings = dict(settings)
    lines = [f"{name}={_quoted(value)}\n" for name, value in run.settings.items()]
    datadir.write(run.data / RUN_FILE, "".join(lines))


def environment(run: Run) -> dict[str, str]:
    """The environment of every process of this run."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    own = {"PATH": path, "PYTHONPATH": str(ROOT), record.MARK: run.id}
    return {**os.environ, **own, **run.settings}


def python(
    run: Run, arguments: Sequence[str], *, log: Path | None, more: Mapping[str, str] = MappingProxyType({})
) -> Popen[bytes]:
    """Start a Plaza command, or another module, as a process of this run; `more` is for its environment alone."""
    env = {**environment(run), **more}
    return processes.spawn([sys.executable, "-m", *arguments], log=log, env=env, cwd=ROOT)


def begin(run: Run, title: str, arguments: Sequence[str]) -> None:
    """Start a command that is to end; `finish` waits for it."""
    run.steps.begin(title)
    log = log_of(run.data, arguments[0])
    log.unlink(missing_ok=True)  # what is shown on failure must be of this run
    run.commands[title] = Command(python(run, ["platform_app", *arguments], log=log), log)
    save(run)


def finish(run: Run, title: str) -> None:
    """Wait for a command that `begin` started."""
    while title in run.commands:
        settle(run)
        time.sleep(0.02)


def settle(run: Run) -> None:
    """Take note of the commands that have ended; raises with the end of its log when one has failed."""
    for title, command in list(run.commands.items()):
        if command.process.poll() is None:
            continue
        processes.sweep(command.process)
        del run.commands[title]
        if command.process.returncode:
            raise StackError(f"{title} failed:\n{logs.tail(command.log)}\nThe whole log: {command.log}")
        run.steps.done(title)


def save(run: Run) -> None:
    """Write down which processes there are now, so that others can find and end them."""
    alive = [(child.name, child.process.pid, child.restarts) for child in run.children if child.process]
    commands = [(title, command.process.pid, 0) for title, command in run.commands.items()]
    own = (record.SUPERVISOR, os.getpid(), 0)
    entries = [record.entry(name, pid, restarts) for name, pid, restarts in (own, *alive, *commands)]
    record.save(run.data, record.Record(run=run.id, url=run.url, port=run.port, ready=run.ready, entries=entries))
    _forget_figures(run)


def end(run: Run) -> None:
    """Stop everything this run has started, those who use a service before it, and leave no trace of it running."""
    processes.stop_all([command.process for command in run.commands.values()], seconds=COMMAND_STOP_SECONDS)
    supervisor.stop(run.children)
    # Whatever slipped out of its group, as the child of a killed worker does, still carries the mark of this run.
    written = record.load(run.data)
    processes.kill([*processes.descendants(os.getpid()), *(record.living(written) if written else [])])
    with suppress(OSError):
        (run.data / RUN_FILE).unlink(missing_ok=True)
        record.forget(run.data)


def _forget_figures(run: Run) -> None:
    """Remove the live gauges of ended processes, which would be added up for ever."""
    for file in (run.data / "metrics").glob("gauge_live*_*.db"):
        pid = file.stem.rpartition("_")[2]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            file.unlink(missing_ok=True)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
