"""Start Plaza on this machine, keep it running, and stop it."""

import os
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil

from platform_app.infra.settings import Environment
from platform_app.stack import (
    datadir,
    embedded_services,
    frontend,
    health,
    logs,
    postgres,
    processes,
    runfile,
    supervisor,
)
from platform_app.stack.errors import StackError
from platform_app.stack.progress import StartProgress
from platform_app.stack.run import (
    Run,
    configure,
    log_path,
    reap_commands,
    save,
    spawn_python,
    start_command,
    stop,
    store_owner_url,
    wait_for_command,
)
from platform_app.stack.supervisor import Child, Stage
from workers.queues import WORKERS

READY_SECONDS = 120
BUILD = ("Compiling the frontend", ["build", "--if-changed"])
MIGRATE = ("Preparing the database", ["db", "migrate"])
SEEDED_MARKER = "demo-data-added"  # in the data directory; spares the next start a query
SEED = ("Adding demo data", ["seed", "--if-empty"])


@dataclass(frozen=True)
class Options:
    """The options of the command line."""

    data: Path
    port: int
    workers: int = 1
    demo: bool = True
    fresh: bool = False


def up(options: Options, *, on_ready: Callable[[], None], start: Callable[[Run, Options], None] | None = None) -> None:
    """Start everything, call `on_ready` once it answers, and supervise until a signal stops it (`Stopped`).

    `start` replaces the function that starts the processes, as the development server does.
    """
    with ExitStack() as cleanup:
        progress = cleanup.enter_context(StartProgress())
        run = acquire(options, progress, cleanup)
        with supervisor.stop_on_signal():
            (start or _start_all)(run, options)
            on_ready()
            supervisor.watch(run.children, log=run.log, on_change=partial(save, run))


def acquire(options: Options, progress: StartProgress, cleanup: ExitStack) -> Run:
    """Lock the data directory and reserve the port; if they are in use, the error says by what."""
    data = options.data
    datadir.prepare(data)
    try:
        cleanup.callback(os.close, datadir.lock(data))
    except datadir.Running as error:
        running = runfile.load(data)
        location = f" ({running.url})" if running else ""
        raise StackError(f"{error}{location}; stop it with ./plaza down{_data_option(data)}.") from None
    stop_leftovers(data)
    _require_free_port(options.port)
    if options.fresh:
        datadir.empty(data)
    url = f"http://{processes.HOST}:{options.port}"
    run = Run(id=secrets.token_hex(8), data=data, port=options.port, url=url, progress=progress)
    cleanup.callback(stop, run)
    return run


def stop_leftovers(data: Path) -> None:
    """Stop the processes of a killed run; the caller holds the lock, so no other run can own them."""
    previous = runfile.load(data)
    if previous:
        processes.terminate(runfile.running_processes(previous))
        runfile.delete(data)


def _start_all(run: Run, options: Options) -> None:
    """Start everything, until a page answers."""
    embedded = prepare_run(run)
    is_building = not frontend.is_current()
    if is_building:
        start_command(run, *BUILD)  # the slowest step, so it runs beside all others
    start_data(run, embedded)
    is_seeding = start_seeding(run, options)
    if is_building:
        start_children(run, _background_children(run))
        wait_for_command(run, BUILD[0])
    run.progress.start("Starting the pages")
    start_children(run, _web_children(run, options))
    _wait_until_ready(run)
    run.progress.finish("Starting the pages")
    if not is_building:
        # Not earlier: it would compete with the page for the processors.
        start_children(run, _background_children(run))
    finish(run, seeded=is_seeding)


def prepare_run(run: Run) -> list[embedded_services.EmbeddedService]:
    """Rotate the logs, set the environment of every process, and return the services to start."""
    for log in (run.data / "logs").glob("*.log"):
        logs.rotate(log)
    for file in (run.data / "metrics").glob("*.db"):
        file.unlink()
    embedded = embedded_services.embedded(run.data, os.environ)
    configure(run, _settings(run, embedded))
    store_owner_url(run, next((service.owner_url for service in embedded if service.owner_url), ""))
    return embedded


def start_data(run: Run, embedded: Sequence[embedded_services.EmbeddedService]) -> None:
    """Start the services, and migrate the schema to the newest version."""
    for service in embedded:
        _start_service(run, service)
    start_command(run, *MIGRATE)
    wait_for_command(run, MIGRATE[0])


def start_seeding(run: Run, options: Options) -> bool:
    """Start adding demo data if it is wanted and may be missing; `finish` waits for it."""
    own_database = not os.environ.get(
        embedded_services.SETTINGS["postgres"]
    )  # an external one may have been emptied since
    is_seeding = options.demo and not (own_database and (run.data / SEEDED_MARKER).exists())
    if is_seeding:
        start_command(run, *SEED)
    return is_seeding


def finish(run: Run, *, seeded: bool) -> None:
    """Wait for the demo data, and record that everything runs."""
    wait_for_command(run, SEED[0])
    if seeded:
        (run.data / SEEDED_MARKER).touch()
    run.ready = True
    save(run)


def _settings(run: Run, embedded: Sequence[embedded_services.EmbeddedService]) -> dict[str, str]:
    configured = {name: os.environ[name] for name in embedded_services.SETTINGS.values() if os.environ.get(name)}
    metrics = str(run.data / "metrics")
    return {
        "PLAZA_PUBLIC_URL": os.environ.get("PLAZA_PUBLIC_URL") or run.url,
        "PLAZA_DATA": str(run.data),
        "PROMETHEUS_MULTIPROC_DIR": metrics,  # the library reads this one, at import
        "PLAZA_SECRET_KEY": _secret_key(run),
        **configured,
        **{service.setting: service.url for service in embedded},
    }


def _secret_key(run: Run) -> str:
    """The configured key, else this directory's own, so that sessions and encrypted secrets survive a restart."""
    configured = os.environ.get("PLAZA_SECRET_KEY", "")
    if configured or os.environ.get("PLAZA_ENV") == Environment.PRODUCTION:
        return configured
    return datadir.passwords(run.data, postgres.new_password)["key"]


def _start_service(run: Run, service: embedded_services.EmbeddedService) -> None:
    title = f"Starting {service.child.name}"
    run.progress.start(title)
    start_children(run, [service.child])
    if service.child.process:
        service.wait(service.child.process)
    run.progress.finish(title)


def start_children(run: Run, children: Sequence[Child]) -> None:
    for child in children:
        run.children.append(child)
        supervisor.start(child)
    save(run)


def _tier_child(run: Run, name: str, arguments: Sequence[str], *, stage: Stage, log: str) -> Child:
    launch = partial(spawn_python, run, ["platform_app", *arguments], log=log_path(run.data, log))
    return Child(name=name, stage=stage, launch=launch)


def _background_children(run: Run) -> list[Child]:
    workers = [
        _tier_child(run, f"worker-{name}", ["worker", name], stage=Stage.WORKERS, log=f"worker-{name}")
        for name in WORKERS
    ]
    return [*workers, _tier_child(run, "clock", ["clock"], stage=Stage.FRONT, log="clock")]


def _web_children(run: Run, options: Options) -> list[Child]:
    arguments = ["web", "--all-in-one", "--host", processes.HOST, "--port", str(options.port)]
    return [
        _tier_child(run, f"web-{number}", arguments, stage=Stage.FRONT, log="web")
        for number in range(1, options.workers + 1)
    ]


def _wait_until_ready(run: Run) -> None:
    """Return once the web tier answers; raise if it ends."""
    deadline = time.monotonic() + READY_SECONDS
    while not health.ready(run.port):
        reap_commands(run)
        log = log_path(run.data, "web")
        ended = [child for child in run.children if child.process and child.process.poll() is not None]
        web = [child.name for child in ended if child.name.startswith("web-")]
        if web or time.monotonic() > deadline:
            reason = f"{web[0]} ended" if web else f"not ready within {READY_SECONDS} s"
            raise StackError(f"The web tier did not start ({reason}):\n{logs.tail(log)}\nThe whole log: {log}")
        time.sleep(0.05)


def _require_free_port(port: int) -> None:
    try:
        if processes.is_free(port):
            return
    except PermissionError:
        raise StackError(f"Only root may listen on port {port}; choose a port above 1023 with --port.") from None
    owner = processes.listening_process(port)
    by = f" by {_describe(owner)}" if owner else ""
    raise StackError(f"Port {port} is taken{by}; stop it, or choose another port: --port {processes.free_port()}.")


def _describe(process: psutil.Process) -> str:
    try:
        return f"process {process.pid} ({' '.join(process.cmdline()) or process.name()})"
    except psutil.Error:
        return f"process {process.pid}"


def _data_option(data: Path) -> str:
    return "" if data == datadir.DEFAULT else f" --data '{data}'"
