"""One tier in the foreground, as containers run it: web, api, worker, clock."""

import importlib
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from starlette.types import ASGIApp

from platform_app.cli.errors import CommandError
from platform_app.domain.shared import money
from platform_app.infra import engines, jobs, log, metrics, relay, sentry
from platform_app.infra.settings import settings
from platform_app.rest.api_groups import GROUPS
from workers.queues import NICENESS, QUEUES, WORKERS
from workers.schedule import SCHEDULE
from workers.subscriptions import SUBSCRIPTIONS

MAX_FRAME = (
    256 * 1024
)  # bytes of a message from a browser; the longest description of a listing takes 200,000 in the widest characters

CLOCK_STATEMENT_SECONDS = 60  # limit for a scheduled task; longer work is a job
app = typer.Typer()
Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(help="Port to listen on; several processes can share it.")]


@app.command()
def web(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    all_in_one: Annotated[bool, typer.Option(help="Serve the api and the pages too.")] = False,
) -> None:
    """Serve browser events over websockets."""
    tier = "everything" if all_in_one else "web"
    serve(f"platform_app.main:{tier}", tier=tier, host=host, port=port)


@app.command()
def api(
    host: Host = "127.0.0.1",
    port: Port = 8001,
    services: Annotated[
        str, typer.Option(help=f"Some of {', '.join(GROUPS)}, separated by commas [default: all].")
    ] = "",
    without: Annotated[str, typer.Option(help="Those that other processes serve, separated by commas.")] = "",
) -> None:
    """Serve REST, prerendered pages and pictures."""
    elsewhere = _parse_groups(without)
    groups = tuple(name for name in _parse_groups(services) or GROUPS if name not in elsewhere)

    def build_app() -> ASGIApp:
        # Import it now: it reads the environment that serve() sets.
        api_app: ASGIApp = importlib.import_module("platform_app.main").api(groups)
        return api_app

    serve(build_app, tier="api", host=host, port=port)


@app.command()
def worker(
    name: Annotated[str, typer.Argument(metavar="QUEUE", help=f"{', '.join(WORKERS)}, or any other queue.")],
) -> None:
    """Run the jobs of one queue, or, as `general`, of every queue without a worker of its own."""
    queues = WORKERS.get(name) or ((name,) if name in QUEUES else ())
    if not queues:
        raise CommandError(f'There is no worker "{name}"; there are {", ".join(sorted({*WORKERS, *QUEUES}))}.')
    _configure_process(f"worker-{name}", statement_seconds=jobs.TIMEOUT_SECONDS)
    _lower_priority(NICENESS.get(name, 0))
    # Import them once here, so that the fork for each job does not have to.
    for queue in queues:
        importlib.import_module(f"workers.{queue}")
    jobs.worker(*queues, name=name).work(logging_level="WARNING")


@app.command()
def clock() -> None:
    """Relay the outbox, run the schedule, requeue lost jobs; a second clock is a hot standby."""
    _configure_process("clock", statement_seconds=CLOCK_STATEMENT_SECONDS)
    received_signals: list[int] = []
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda number, _: received_signals.append(number))
    relay.run(schedule=SCHEDULE, subscriptions=SUBSCRIPTIONS, queues=QUEUES, stopping=lambda: bool(received_signals))


def serve(factory: str | Callable[[], ASGIApp], *, tier: str, host: str, port: int) -> None:
    """Serve the app that the factory builds, under this tier's name, until a signal stops it."""
    _configure_process(tier, statement_seconds=settings().statement_timeout)
    _raise_file_limit()
    configure_reflex()
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        raise CommandError(f"Cannot listen on {host}:{port}: {error.strerror}.") from error
    config = uvicorn.Config(
        factory,
        factory=True,
        loop="uvloop",
        ws="websockets-sansio",
        ws_ping_interval=None,  # Engine.IO has its own pings
        ws_per_message_deflate=False,  # a compression window per browser is many times the size of its state; deltas are small
        access_log=False,
        log_config=None,
        backlog=4096,
        timeout_graceful_shutdown=5,
        server_header=False,
        ws_max_size=MAX_FRAME,
        proxy_headers=False,  # PLAZA_TRUSTED_PROXY_HOPS decides which headers to trust
    )
    uvicorn.Server(config).run(sockets=[listener])


def configure_reflex() -> None:
    """Set the environment that Reflex reads, partly at import: call it before importing `platform_app.main`."""
    os.environ.update(
        REFLEX_ENV_MODE="prod",
        __REFLEX_SKIP_COMPILE="true",
        REFLEX_REDIS_URL=settings().state_redis_url.get_secret_value(),
        REFLEX_TELEMETRY_ENABLED="false",
        REFLEX_CHECK_LATEST_VERSION="false",
        REFLEX_SOCKET_INTERVAL="15",
        REFLEX_SOCKET_TIMEOUT="20",
        REFLEX_SOCKET_MAX_HTTP_BUFFER_SIZE=str(MAX_FRAME),
    )


def _parse_groups(value: str) -> tuple[str, ...]:
    names = [name.strip() for name in value.split(",") if name.strip()]
    unknown = [name for name in names if name not in GROUPS]
    if unknown:
        raise CommandError(f'There is no API group "{unknown[0]}"; there are {", ".join(GROUPS)}.')
    return tuple(names)


def _raise_file_limit() -> None:
    """Raise the limit of open files to the maximum: each browser holds a socket, and the usual limit is a thousand."""
    _, hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard_limit, hard_limit))


def _lower_priority(niceness: int) -> None:
    """Lower the process's priority; where Linux groups processes by session, also that of its group."""
    os.nice(niceness)
    with suppress(OSError):  # a system without autogroups
        Path("/proc/self/autogroup").write_text(str(niceness))


def _configure_process(tier: str, *, statement_seconds: float) -> None:
    os.umask(0o077)
    problems = settings().problems()
    if settings().currency not in money.EXPONENTS:
        problems.append("PLAZA_CURRENCY is not a currency of ISO 4217")
    if problems:
        raise CommandError(
            "Plaza cannot start: " + "; ".join(problems) + ". `./plaza up` sets up everything on one machine."
        )
    log.configure(tier)
    sentry.init(settings(), tier=tier)
    config = settings()
    if config.metrics_port:
        try:
            metrics.serve(config.metrics_host, config.metrics_port)
        except OSError as error:
            where = f"{config.metrics_host}:{config.metrics_port}"
            raise CommandError(
                f"Cannot serve metrics at {where}: {error.strerror}. Change PLAZA_METRICS_PORT."
            ) from error
    engines.set_statement_timeout(statement_seconds)
    engines.check_pooler()
    sys.setswitchinterval(0.002)
