"""One run of Plaza on this machine: its processes, environment, record and shutdown."""

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

from platform_app.infra.settings import OWNER_FILE, ROOT, RUN_FILE
from platform_app.stack import datadir, logs, processes, runfile, supervisor
from platform_app.stack.errors import StackError
from platform_app.stack.progress import StartProgress
from platform_app.stack.supervisor import Child

COMMAND_STOP_SECONDS = 3


@dataclass(frozen=True)
class Command:
    """A command that runs to its end, and its log."""

    process: Popen[bytes]
    log: Path


@dataclass
class Run:
    """Everything that a run has started so far."""

    id: str
    data: Path
    port: int
    url: str
    progress: StartProgress
    settings: dict[str, str] = field(default_factory=dict)
    children: list[Child] = field(default_factory=list)
    commands: dict[str, Command] = field(default_factory=dict)
    ready: bool = False

    @property
    def log(self) -> Path:
        """The supervisor's own log."""
        return log_path(self.data, runfile.SUPERVISOR)


def log_path(data: Path, name: str) -> Path:
    """The log file of a process."""
    return data / "logs" / f"{name}.log"


def configure(run: Run, settings: Mapping[str, str]) -> None:
    """Add settings for every process of this run, and store them for other commands on the same data."""
    run.settings = dict(settings)
    lines = [f"{name}={_quote(value)}\n" for name, value in run.settings.items()]
    datadir.write(run.data / RUN_FILE, "".join(lines))


def store_owner_url(run: Run, url: str) -> None:
    """Store the URL of the database's owner for the commands that change the schema; no process of a tier reads it."""
    if url:
        datadir.write(run.data / OWNER_FILE, url)
    else:
        (run.data / OWNER_FILE).unlink(missing_ok=True)


def environment(run: Run) -> dict[str, str]:
    """The environment of every process of this run."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    run_variables = {"PATH": path, "PYTHONPATH": str(ROOT), runfile.RUN_VARIABLE: run.id}
    return {**os.environ, **run_variables, **run.settings}


def spawn_python(
    run: Run, arguments: Sequence[str], *, log: Path | None, extra_env: Mapping[str, str] = MappingProxyType({})
) -> Popen[bytes]:
    """Start a Plaza command, or another module, as a process of this run; only this process gets `extra_env`."""
    env = {**environment(run), **extra_env}
    return processes.spawn([sys.executable, "-m", *arguments], log=log, env=env, cwd=ROOT)


def start_command(run: Run, title: str, arguments: Sequence[str]) -> None:
    """Start a command that runs to its end; `wait_for_command` waits for it."""
    run.progress.start(title)
    log = log_path(run.data, arguments[0])
    log.unlink(missing_ok=True)  # after a failure, the log must only show this run
    run.commands[title] = Command(spawn_python(run, ["platform_app", *arguments], log=log), log)
    save(run)


def wait_for_command(run: Run, title: str) -> None:
    """Wait for a command that `start_command` started."""
    while title in run.commands:
        reap_commands(run)
        time.sleep(0.02)


def reap_commands(run: Run) -> None:
    """Collect the commands that have ended; if one failed, raise with the end of its log."""
    for title, command in list(run.commands.items()):
        if command.process.poll() is None:
            continue
        processes.kill_group(command.process)
        del run.commands[title]
        if command.process.returncode:
            raise StackError(f"{title} failed:\n{logs.tail(command.log)}\nThe whole log: {command.log}")
        run.progress.finish(title)


def save(run: Run) -> None:
    """Store the current processes, so that others can find and stop them."""
    children = [(child.name, child.process.pid, child.restarts) for child in run.children if child.process]
    commands = [(title, command.process.pid, 0) for title, command in run.commands.items()]
    supervisor_entry = (runfile.SUPERVISOR, os.getpid(), 0)
    entries = [
        runfile.process_entry(name, pid, restarts) for name, pid, restarts in (supervisor_entry, *children, *commands)
    ]
    runfile.save(run.data, runfile.RunRecord(run=run.id, url=run.url, port=run.port, ready=run.ready, entries=entries))
    _remove_stale_gauges(run)


def stop(run: Run) -> None:
    """Stop everything this run has started, clients before services, and remove its record."""
    processes.stop_all([command.process for command in run.commands.values()], seconds=COMMAND_STOP_SECONDS)
    supervisor.stop(run.children)
    # Processes that left their group, such as a killed worker's child, still have the run's marker.
    run_record = runfile.load(run.data)
    processes.kill(
        [*processes.descendants(os.getpid()), *(runfile.running_processes(run_record) if run_record else [])]
    )
    with suppress(OSError):
        (run.data / RUN_FILE).unlink(missing_ok=True)
        (run.data / OWNER_FILE).unlink(missing_ok=True)
        runfile.delete(run.data)


def _remove_stale_gauges(run: Run) -> None:
    """Remove the live gauges of ended processes, which would otherwise be summed for ever."""
    for file in (run.data / "metrics").glob("gauge_live*_*.db"):
        pid = file.stem.rpartition("_")[2]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            file.unlink(missing_ok=True)


def _quote(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
