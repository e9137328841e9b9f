"""`./plaza up`, `down`, `status`, `logs` and `doctor`."""

import os
import subprocess
import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import psutil
import typer
from rich.console import Console
from rich.table import Table

from platform_app.cli.errors import CommandError
from platform_app.cli.running import DataOption
from platform_app.infra.settings import ROOT
from platform_app.stack import datadir, doctor, health, logview, processes, runfile, supervisor
from platform_app.stack.production import up as production
from platform_app.stack.run import log_path
from platform_app.stack.up import Options, stop_leftovers, up

DETACHED_VARIABLE = "PLAZA_DETACHED"
DOWN_SECONDS = 60

app = typer.Typer(add_completion=False)


class TopologyKind(StrEnum):
    """The set of processes on this machine."""

    EMBEDDED = "embedded"  # one of each service, as installed by Plaza
    PRODUCTION = "production"  # the processes of a cluster, on one machine


@app.command("up")
def start(
    *,
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port on 127.0.0.1.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Web processes.")] = min(2, os.cpu_count() or 1),
    detach: Annotated[
        bool, typer.Option("--detach", help="Run in the background; return once Plaza is ready.")
    ] = False,
    demo: Annotated[bool, typer.Option("--demo/--no-demo", help="Fill an empty database with demo data.")] = True,
    fresh: Annotated[bool, typer.Option("--fresh", help="Delete all data first.")] = False,
    topology: Annotated[
        TopologyKind,
        typer.Option(help="production: two colours, three PostgreSQL, two Redis with sentinels, and so on."),
    ] = TopologyKind.EMBEDDED,
    data: DataOption = None,
) -> None:
    """Start Plaza and everything it needs on this machine."""
    directory = data_directory(data)
    if detach and not os.environ.get(DETACHED_VARIABLE):
        raise typer.Exit(_detach(directory))
    options = Options(data=directory, port=port, workers=workers, demo=demo, fresh=fresh)
    start_topology, scheme = (production.up, "https") if topology is TopologyKind.PRODUCTION else (up, "http")
    ready = False

    def on_ready() -> None:
        nonlocal ready
        ready = True
        print(f"Plaza runs on {scheme}://127.0.0.1:{port}", flush=True)
        if os.environ.pop(DETACHED_VARIABLE, ""):
            _detach_output(directory)

    try:
        start_topology(options, on_ready=on_ready)
    except supervisor.Stopped:
        raise typer.Exit(0 if ready else 130) from None


@app.command()
def down(data: DataOption = None) -> None:
    """Stop Plaza; return when all its processes have ended."""
    directory = data_directory(data)
    if not (directory / datadir.LOCK).exists():
        print("Plaza is not running.")
        return
    deadline = time.monotonic() + DOWN_SECONDS
    supervisor_process: psutil.Process | None = None
    while True:
        try:
            lock_fd = datadir.lock(directory)
            break
        except datadir.Running:
            supervisor_process = supervisor_process or _terminate_supervisor(directory)
            if time.monotonic() > deadline and supervisor_process:
                supervisor_process.kill()
            time.sleep(0.05)
    stop_leftovers(directory)
    os.close(lock_fd)
    while supervisor_process and processes.is_alive(supervisor_process):
        time.sleep(0.02)
    print("Plaza has stopped." if supervisor_process else "Plaza is not running.")


@app.command()
def status(data: DataOption = None) -> None:
    """Show the processes and the URL; exit with 0 if Plaza is ready."""
    running = runfile.load(data_directory(data))
    if not running or not runfile.find_process(running.entries[0]):
        print("Plaza is not running.")
        raise typer.Exit(1)
    ready = running.ready and health.ready(running.port, secure=running.url.startswith("https://"))
    table = Table("process", "pid", "state", "memory", "uptime", box=None, pad_edge=False)
    for entry in running.entries:
        table.add_row(*_status_row(entry))
    Console(soft_wrap=True).print(table)
    print(f"\n{running.url} {'is ready' if ready else 'is not ready'}")
    raise typer.Exit(0 if ready else 1)


@app.command()
def logs(
    tier: Annotated[str, typer.Argument(help="web, worker, worker-media, clock, postgres … [default: all].")] = "",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Keep showing new lines.")] = False,
    data: DataOption = None,
) -> None:
    """Show the logs."""
    folder = data_directory(data) / "logs"
    files = logview.log_files(folder, tier)
    if not files:
        known_tiers = ", ".join(file.stem for file in logview.log_files(folder, ""))
        raise CommandError(
            f"There are no logs of {tier}; there are {known_tiers}." if known_tiers else "There are no logs yet."
        )
    pretty = sys.stdout.isatty()
    for name, line in logview.merged_lines(files):
        print(logview.format_line(name, line, pretty=pretty))
    if follow:
        sys.stdout.flush()
        for name, line in logview.follow(lambda: logview.log_files(folder, tier)):
            print(logview.format_line(name, line, pretty=pretty), flush=True)


@app.command("doctor")
def run_doctor(
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port that Plaza will use.")] = 8000,
    data: DataOption = None,
) -> None:
    """Check this machine, and suggest a fix for each problem."""
    findings = doctor.examine(data_directory(data), port)
    for finding in findings:
        print(f"{'problem' if finding.advice else 'ok':<8} {finding.what}{finding.advice and f': {finding.advice}'}")
    raise typer.Exit(1 if any(finding.advice for finding in findings) else 0)


def data_directory(option: Path | None) -> Path:
    """The data directory: the option, else PLAZA_DATA, else the project's own."""
    return Path(option or os.environ.get("PLAZA_DATA") or datadir.DEFAULT).absolute()


def _detach(data: Path) -> int:
    """Start the same command detached from the terminal, and print its output until it runs or fails."""
    command = [sys.executable, "-m", "platform_app", *sys.argv[1:], "--data", str(data)]
    environment = {**os.environ, DETACHED_VARIABLE: "1", "PYTHONPATH": str(ROOT)}
    child = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        while child.stdout and (chunk := os.read(child.stdout.fileno(), 65536)):
            sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
        # It closes its output when it runs; if it fails, it ends shortly afterwards.
        while child.poll() is None and not _runs(data, child.pid):
            time.sleep(0.02)
    except BaseException:
        child.terminate()
        child.wait()
        raise
    return child.returncode or 0


def _runs(data: Path, supervisor_pid: int) -> bool:
    running = runfile.load(data)
    return bool(running and running.ready and running.entries[0].pid == supervisor_pid)


def _detach_output(data: Path) -> None:
    """Write our output to the log from here on, instead of the terminal."""
    output = os.open(log_path(data, runfile.SUPERVISOR), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(output, sys.stdout.fileno())
    os.dup2(output, sys.stderr.fileno())
    os.close(output)


def _terminate_supervisor(data: Path) -> psutil.Process | None:
    running = runfile.load(data)
    found = runfile.find_process(running.entries[0]) if running else None
    if found:
        found.terminate()
    return found


def _status_row(entry: runfile.ProcessEntry) -> tuple[str, str, str, str, str]:
    process = runfile.find_process(entry)
    if not process:
        return entry.name, "", "starting again", "", ""
    descendants = [] if entry.name == runfile.SUPERVISOR else process.children(recursive=True)
    # Shared memory is counted once; otherwise PostgreSQL's cache would be counted for every session.
    memory = process.memory_info().rss + sum(max(0, _private_memory(member)) for member in descendants)
    state = f"running, restarted {entry.restarts} times" if entry.restarts else "running"
    seconds = int(time.time() - process.create_time())
    uptime = f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return entry.name, str(entry.pid), state, f"{memory // 2**20} MB", uptime


def _private_memory(process: psutil.Process) -> int:
    try:
        memory = process.memory_info()
    except psutil.Error:
        return 0
    return int(memory.rss - getattr(memory, "shared", 0))
