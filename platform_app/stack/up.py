"""Bring Plaza up on this machine, keep it running, and take it down again."""

import os
import secrets
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil

from platform_app.infra.settings import ROOT, Environment
from platform_app.stack import datadir, frontend, health, logs, postgres, processes, record, services, supervisor
from platform_app.stack.errors import StackError
from platform_app.stack.run import Run, begin, configure, end, environment, finish, log_of, python, save, settle
from platform_app.stack.steps import Steps
from platform_app.stack.supervisor import Child, Stage

QUEUES = ("accounts", "activity", "favourites", "imports", "mail", "media", "search", "shops")
READY_SECONDS = 120
DEV_FRONTEND_PORT = 3000
BUILD = ("Compiling the frontend", ["build", "--if-changed"])
MIGRATE = ("Preparing the database", ["db", "migrate"])
SEEDED = "demo-data-added"  # in the data directory; spares the next start a look
SEED = ("Adding demo data", ["seed", "--if-empty"])


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line."""

    data: Path
    port: int
    workers: int = 1
    demo: bool = True
    fresh: bool = False
    dev: bool = False


def up(options: Options, *, on_ready: Callable[[], None]) -> None:
    """Start everything, call `on_ready` once it answers, and supervise until someone stops it (`Stopped`)."""
    with ExitStack() as cleanup:
        steps = cleanup.enter_context(Steps())
        run = claim(options, steps, cleanup)
        with supervisor.stoppable():
            _boot(run, options)
            on_ready()
            supervisor.watch(run.children, log=run.log, changed=partial(save, run))


def claim(options: Options, steps: Steps, cleanup: ExitStack) -> Run:
    """Take hold of the data directory and the port, or say who has them."""
    data = options.data
    datadir.prepare(data)
    try:
        cleanup.callback(os.close, datadir.lock(data))
    except datadir.Running as error:
        running = record.load(data)
        where = f" ({running.url})" if running else ""
        raise StackError(f"{error}{where}; stop it with ./plaza down{_option(data)}.") from None
    clear_leftovers(data)
    for port in (options.port, DEV_FRONTEND_PORT) if options.dev else (options.port,):
        _refuse_taken(port)
    if options.fresh:
        datadir.empty(data)
    port = DEV_FRONTEND_PORT if options.dev else options.port
    url = f"http://{'localhost' if options.dev else processes.HOST}:{port}"
    run = Run(id=secrets.token_hex(8), data=data, port=options.port, url=url, steps=steps)
    cleanup.callback(end, run)
    return run


def clear_leftovers(data: Path) -> None:
    """End what a killed run left behind; the caller holds the lock, so nothing of it can be wanted."""
    last = record.load(data)
    if last:
        processes.end(record.living(last))
        record.forget(data)


def _boot(run: Run, options: Options) -> None:
    """Everything from nothing to a page that answers."""
    for log in (run.data / "logs").glob("*.log"):
        logs.rotate(log)
    for file in (run.data / "metrics").glob("*.db"):
        file.unlink()
    embedded = services.embedded(run.data, os.environ)
    configure(run, _settings(run, embedded))
    building = not options.dev and not frontend.is_current()
    if building:
        begin(run, *BUILD)  # the longest step, so it goes beside all others
    for service in embedded:
        _start_service(run, service)
    begin(run, *MIGRATE)
    finish(run, MIGRATE[0])
    seeded = run.data / SEEDED
    own_database = not os.environ.get(services.SETTINGS["postgres"])  # another may have been emptied since
    seeding = options.demo and not (own_database and seeded.exists())
    if seeding:
        begin(run, *SEED)
    if building:
        start(run, _background(run))
        finish(run, BUILD[0])
    run.steps.begin("Starting the pages")
    start(run, _development(run, options) if options.dev else _web(run, options))
    if not options.dev:
        _await_ready(run)
    run.steps.done("Starting the pages")
    if not building:
        start(run, _background(run))  # not earlier: whoever waits for a page waits for the processors too
    finish(run, SEED[0])
    if seeding:
        seeded.touch()
    run.ready = True
    save(run)


def _settings(run: Run, embedded: Sequence[services.Service]) -> dict[str, str]:
    given = {name: os.environ[name] for name in services.SETTINGS.values() if os.environ.get(name)}
    metrics = str(run.data / "metrics")
    return {
        "PLAZA_PUBLIC_URL": os.environ.get("PLAZA_PUBLIC_URL") or run.url,
        "PLAZA_DATA": str(run.data),
        "PROMETHEUS_MULTIPROC_DIR": metrics,  # the library reads this one, at import
        "PLAZA_SECRET_KEY": _secret_key(run),
        **given,
        **{service.setting: service.url for service in embedded},
    }


def _secret_key(run: Run) -> str:
    """The key that is given, else this directory's own: sessions and sealed secrets outlast a restart."""
    given = os.environ.get("PLAZA_SECRET_KEY", "")
    if given or os.environ.get("PLAZA_ENV") == Environment.PRODUCTION:
        return given
    return datadir.passwords(run.data, postgres.new_password)["key"]


def _start_service(run: Run, service: services.Service) -> None:
    title = f"Starting {service.child.name}"
    run.steps.begin(title)
    start(run, [service.child])
    if service.child.process:
        service.wait(service.child.process)
    run.steps.done(title)


def start(run: Run, children: Sequence[Child]) -> None:
    for child in children:
        run.children.append(child)
        supervisor.start(child)
    save(run)


def _tier(run: Run, name: str, arguments: Sequence[str], *, stage: Stage, log: str) -> Child:
    launch = partial(python, run, ["platform_app", *arguments], log=log_of(run.data, log))
    return Child(name=name, stage=stage, launch=launch)


def _background(run: Run) -> list[Child]:
    workers = [
        _tier(run, f"worker-{queue}", ["worker", queue], stage=Stage.WORKERS, log=f"worker-{queue}") for queue in QUEUES
    ]
    return [*workers, _tier(run, "clock", ["clock"], stage=Stage.FRONT, log="clock")]


def _web(run: Run, options: Options) -> list[Child]:
    arguments = ["web", "--all-in-one", "--host", processes.HOST, "--port", str(options.port)]
    return [
        _tier(run, f"web-{number}", arguments, stage=Stage.FRONT, log="web") for number in range(1, options.workers + 1)
    ]


def _development(run: Run, options: Options) -> list[Child]:
    """Reflex's own server, which reloads what is edited; it writes to the terminal, and the run ends with it."""
    frontend.forget()  # it compiles into the same place, for development
    ports = ["--backend-port", str(options.port), "--frontend-port", str(DEV_FRONTEND_PORT)]
    command = [sys.executable, "-m", "reflex", "run", "--env", "dev", "--backend-host", processes.HOST, *ports]
    env = {**frontend.environment(), **environment(run)}
    launch = partial(processes.spawn, command, log=None, env=env, cwd=ROOT)
    return [Child(name="reflex", stage=Stage.FRONT, launch=launch, stop_signal=signal.SIGKILL, essential=True)]


def _await_ready(run: Run) -> None:
    """Return once the web tier answers; raise when it ends instead."""
    deadline = time.monotonic() + READY_SECONDS
    while not health.ready(run.port):
        settle(run)
        log = log_of(run.data, "web")
        ended = [child for child in run.children if child.process and child.process.poll() is not None]
        web = [child.name for child in ended if child.name.startswith("web-")]
        if web or time.monotonic() > deadline:
            why = f"{web[0]} ended" if web else f"not ready within {READY_SECONDS} s"
            raise StackError(f"The web tier did not start ({why}):\n{logs.tail(log)}\nThe whole log: {log}")
        time.sleep(0.05)


def _refuse_taken(port: int) -> None:
    try:
        if processes.is_free(port):
            return
    except PermissionError:
        raise StackError(f"Only root may listen on port {port}; choose one above 1023 with --port.") from None
    holder = processes.listener(port)
    by = f" by {_described(holder)}" if holder else ""
    raise StackError(f"Port {port} is taken{by}; stop it, or choose another: --port {processes.free_port()}.")


def _described(process: psutil.Process) -> str:
    try:
        return f"process {process.pid} ({' '.join(process.cmdline()) or process.name()})"
    except psutil.Error:
        return f"process {process.pid}"


def _option(data: Path) -> str:
    return "" if data == datadir.DEFAULT else f" --data '{data}'"
