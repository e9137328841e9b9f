"""One version of Plaza under `./plaza dev`: imported once, then forked into its web process, workers and clock.

A fork takes milliseconds where a start takes seconds, since the modules are in memory already. The importing process
stays single-threaded and opens no connection, so its forks are safe.
"""

import fcntl
import gc
import importlib
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from platform_app.infra.settings import ROOT
from platform_app.stack import datadir, frontend, health, logs, processes

OUR_PACKAGES = frozenset({"platform_app", "state", "pages", "workers", "rxconfig"})
READY_SECONDS = 120
RESTART_SECONDS = 1.0
BACKGROUND_NICENESS = 10  # of workers and the clock: the developer waits for the page
STOP_SECONDS = 5.0  # less than the supervisor allows the reloader
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Plan:
    """What a generation has to do, and where it writes."""

    data: Path
    api_url: str
    compile: bool
    migrate: bool

    @property
    def compiled_marker(self) -> Path:
        """A file that exists while the compiled pages match their sources."""
        return self.data / "run" / "dev-compiled"

    def log(self, tier: str) -> Path:
        """The log file of a tier."""
        return self.data / "logs" / f"{tier}.log"


@dataclass
class _Tiers:
    """The forks of this generation, by process id."""

    run: dict[int, tuple[str, Callable[[], object]]] = field(default_factory=dict)
    compiler: int = 0
    stopping: bool = False


def run(plan: Plan, report: int) -> NoReturn:
    """Import this version, serve it, and write one line to `report` once it is ready; never returns."""
    os.setsid()
    tiers = _Tiers()
    signal.signal(signal.SIGTERM, partial(_on_stop, tiers))
    signal.signal(signal.SIGUSR1, partial(_on_newer_version, tiers))
    try:
        _import_version()
        port = 0 if tiers.stopping else _start_web(plan, tiers)
    except Exception as error:
        print_error(error)
        _end(tiers, code=1)
    if tiers.stopping:
        _end(tiers, code=1)
    libraries = [name for name in sys.modules if name.partition(".")[0] not in OUR_PACKAGES]
    os.write(report, json.dumps({"port": port, "libraries": libraries}).encode() + b"\n")
    os.close(report)
    _start_workers(plan, tiers)
    _watch(plan, tiers)
    _end(tiers, code=0)


def forget_our_modules() -> None:
    """Remove our modules from memory, so that the next import reads their files."""
    for name in [name for name in sys.modules if name.partition(".")[0] in OUR_PACKAGES]:
        del sys.modules[name]
    importlib.invalidate_caches()


def print_error(error: BaseException) -> None:
    """Print an error with the innermost calls of its traceback."""
    print(
        "".join(traceback.format_exception(type(error), error, error.__traceback__, limit=-4)),
        file=sys.stderr,
        flush=True,
    )


def fork(work: Callable[[], object], *, log: Path | None) -> int:
    """Run `work` in a new process that ends with this one; its output is appended to `log`, or inherited if None."""
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        for number in (signal.SIGTERM, signal.SIGUSR1):
            signal.signal(number, signal.SIG_DFL)
        processes.die_with_parent(parent, signal.SIGKILL)
        if log:
            output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.dup2(output, 1)
            os.dup2(output, 2)
        work()
        code = 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    except BaseException as error:
        print_error(error)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _import_version() -> None:
    forget_our_modules()
    gc.disable()  # an import creates no garbage
    tiers = importlib.import_module("platform_app.cli.tiers")
    tiers.configure_reflex()
    importlib.import_module("platform_app.main")
    importlib.import_module("state.core.compiling")
    for queue in _module("workers.queues").QUEUES:
        importlib.import_module(f"workers.{queue}")
    gc.freeze()  # objects that the collector skips stay shared with the forks
    gc.enable()


def _start_web(plan: Plan, tiers: _Tiers) -> int:
    """Migrate and compile as planned; return the port of this version."""
    if plan.migrate:
        _wait(fork(partial(_run_command, "db", "migrate"), log=None), "The migration failed")
    if plan.compile:
        plan.compiled_marker.unlink(missing_ok=True)
        tiers.compiler = fork(partial(_compile, plan), log=None)
    port = processes.free_port()
    pid = fork(partial(_serve, port), log=plan.log("web"))
    tiers.run[pid] = ("web", partial(_serve, port))
    deadline = time.monotonic() + READY_SECONDS
    while not health.ready(port):
        ended, _ = os.waitpid(pid, os.WNOHANG)
        if tiers.stopping:
            break
        if ended or time.monotonic() > deadline:
            tiers.run.pop(ended, None)
            raise RuntimeError(f"The web process did not start:\n{logs.tail(plan.log('web'))}")
        time.sleep(POLL_SECONDS)
    return port


def _start_workers(plan: Plan, tiers: _Tiers) -> None:
    for name in _workers():
        work = partial(_run_in_background, "worker", name)
        tiers.run[fork(work, log=plan.log(f"worker-{name}"))] = (f"worker-{name}", work)
    work = partial(_run_in_background, "clock")
    tiers.run[fork(work, log=plan.log("clock"))] = ("clock", work)


def _watch(plan: Plan, tiers: _Tiers) -> None:
    """Restart processes that end, until a newer version takes over."""
    while not tiers.stopping:
        pid, _ = os.waitpid(-1, os.WNOHANG)
        if pid == tiers.compiler:
            tiers.compiler = 0
        if pid in tiers.run:
            name, work = tiers.run.pop(pid)
            print(f"{name} ended and is restarted; its log is {plan.log(name)}.", flush=True)
            time.sleep(RESTART_SECONDS)
            tiers.run[fork(work, log=plan.log(name))] = (name, work)
        if not pid:
            time.sleep(POLL_SECONDS)


def _end(tiers: _Tiers, *, code: int) -> NoReturn:
    """Stop every fork and its descendants: first by request, then by force."""
    pids = {*tiers.run, *filter(None, [tiers.compiler])}
    for pid in pids:
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while pids and time.monotonic() < deadline:
        ended, _ = os.waitpid(-1, os.WNOHANG)
        pids.discard(ended)
        if not ended:
            time.sleep(POLL_SECONDS)
    processes.kill(processes.descendants(os.getpid()))
    os._exit(code)


def _compile(plan: Plan) -> None:
    with (ROOT / "rxconfig.py").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # `./plaza build` writes to the same folder
        started = time.monotonic()
        try:
            changed = _module("state.core.compiling").compile_pages(
                _module("platform_app.main").app, web=frontend.WEB, api_url=plan.api_url
            )
        except Exception as error:
            print_error(error)
            print("The pages have not changed.", flush=True)
            raise SystemExit(1) from None
        datadir.write(plan.compiled_marker, "")
        print(f"compiled the pages in {time.monotonic() - started:.1f} s; files changed: {len(changed)}", flush=True)


def _serve(port: int) -> None:
    _module("platform_app.cli.tiers").serve(
        "platform_app.main:without_pages", tier="web", host=processes.HOST, port=port
    )


def _run_in_background(*arguments: str) -> None:
    os.nice(BACKGROUND_NICENESS)
    _run_command(*arguments)


def _run_command(*arguments: str) -> None:
    raise SystemExit(_module("platform_app.cli.app").run(list(arguments)))


def _workers() -> Sequence[str]:
    return tuple(_module("workers.queues").WORKERS)


def _module(name: str) -> Any:
    """A module of the version that this process imported; a plain import would return the former version's."""
    return importlib.import_module(name)


def _wait(pid: int, failure: str) -> None:
    _, status = os.waitpid(pid, 0)
    if os.waitstatus_to_exitcode(status):
        raise RuntimeError(f"{failure}; the lines above show the reason.")


def _on_stop(tiers: _Tiers, _signal: int, _frame: FrameType | None) -> None:
    tiers.stopping = True


def _on_newer_version(tiers: _Tiers, _signal: int, _frame: FrameType | None) -> None:
    """Stop compiling an outdated version; everything else continues until the new one is ready."""
    if tiers.compiler:
        os.kill(tiers.compiler, signal.SIGKILL)
