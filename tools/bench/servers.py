"""Web processes of a benchmark's own, beside the running Plaza."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import psutil

from platform_app.cli.errors import CommandError
from platform_app.infra.settings import ROOT
from platform_app.stack import processes

# All visitors of a benchmark come from this machine's few IPs.
CROWD = {"PLAZA_EVENTS_PER_NETWORK": "1000000", "PLAZA_SOCKETS_PER_NETWORK": "1000000"}
READY_SECONDS = 60
SERVE_CODE = "import sys; from platform_app.cli import tiers; tiers.serve(sys.argv[1], tier='web', host='127.0.0.1', port=int(sys.argv[2]))"


@contextmanager
def run_servers(
    factory: str, *, count: int, environment: Mapping[str, str] = CROWD
) -> Iterator[tuple[list[str], list[psutil.Process]]]:
    """Run processes that serve the factory's app, each with its own URL, until the block ends."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        urls, server_processes = [], []
        for _ in range(count):
            port = processes.free_port()
            url = f"http://127.0.0.1:{port}"
            log = stack.enter_context((Path(folder) / f"{port}.log").open("wb"))
            child = subprocess.Popen(
                [sys.executable, "-c", SERVE_CODE, factory, str(port)],
                cwd=ROOT,
                stdout=log,
                stderr=log,
                env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": folder, "PLAZA_PUBLIC_URL": url, **environment},
            )
            stack.callback(_stop, child)
            urls.append(url)
            server_processes.append(psutil.Process(child.pid))
        for url, process in zip(urls, server_processes, strict=True):
            _wait_until_ready(f"{url}/ping", process, log=Path(folder) / f"{url.rpartition(':')[2]}.log")
        yield urls, server_processes


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_until_ready(url: str, process: psutil.Process, *, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        try:
            httpx.get(url, timeout=2)
            return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise CommandError(f"A process did not start:\n{log.read_text(errors='replace')[-2000:]}")
