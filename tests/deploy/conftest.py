"""A real nginx in front of real web and API processes: blue works, green has lost its database."""

import os
import pwd
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from types import SimpleNamespace

import httpx2
import pytest

from platform_app.infra.settings import ROOT
from platform_app.stack import nginx, processes
from platform_app.stack.nginx import EdgeConfig, Release, Upstream
from platform_app.stack.production.edge import certificate
from tests.conftest import reset_all
from tests.e2e.conftest import Tier, await_ready, browser, built, seed  # noqa: F401 - fixtures

EDGE_KEY = "a-key-of-these-tests-alone"
EDGE_KEY_HEADERS = {"X-Plaza-Edge-Key": EDGE_KEY}
CLOSED_ADDRESS = "127.0.0.1:9"  # nothing listens on the discard port


@pytest.fixture(scope="package")
def market(built: None, environment: None, stack: SimpleNamespace) -> Iterator[SimpleNamespace]:  # noqa: F811
    """A market behind nginx with TLS; blue works, green has an API without a database and no web tier."""
    folder = stack.folder / f"edge-{token_hex(4)}"
    folder.mkdir()
    ports = {name: processes.free_port() for name in ("edge", "plain", "web", "api", "lost")}
    url = f"https://127.0.0.1:{ports['edge']}"
    common = {"PLAZA_PUBLIC_URL": url, "PLAZA_TRUSTED_PROXY_HOPS": "1"}
    tiers = {
        "web": _start_tier(folder, "web", ports["web"], common),
        "api": _start_tier(folder, "api", ports["api"], common),
        "lost": _start_tier(
            folder, "api", ports["lost"], {**common, "PLAZA_DATABASE_URL": "postgresql+psycopg://x@127.0.0.1:9/x"}
        ),
    }
    releases = {
        "blue": release(ports["web"], ports["api"]),
        "green": Release(web=[CLOSED_ADDRESS], services=_api_upstreams(ports["lost"])),
    }
    edge = edge_config(
        folder, releases, listen=f"127.0.0.1:{ports['edge']}", plain_listen=f"127.0.0.1:{ports['plain']}"
    )
    edge = replace(edge, tls=certificate(folder))
    try:
        seed()
        await_ready(f"http://127.0.0.1:{ports['api']}")
        wait_until(lambda: processes.is_listening(ports["web"]))
        with run_nginx(edge):
            yield SimpleNamespace(url=url, edge=edge, tiers=tiers, ports=ports, folder=folder)
    finally:
        for tier in tiers.values():
            tier.process.terminate()
        for tier in tiers.values():
            tier.process.wait(60)
        reset_all()


@pytest.fixture
def visitor(market: SimpleNamespace) -> Iterator[httpx2.Client]:
    """A client without cookies that opens a new connection per request.

    A reload may close a kept connection just as it is used again; a browser would retry.
    """
    with httpx2.Client(base_url=market.url, verify=False, timeout=20, headers={"Connection": "close"}) as client:
        yield client


@contextmanager
def run_nginx(edge: EdgeConfig) -> Iterator[None]:
    """Run nginx with this configuration until the block ends."""
    nginx.write(edge, colour="blue", key=EDGE_KEY)
    with ExitStack() as cleanup:
        process = processes.spawn(nginx.command(edge), log=edge.run / "nginx.out")
        cleanup.callback(processes.stop, process)
        _host, _, port = edge.listen.rpartition(":")
        wait_until(lambda: processes.is_listening(int(port)), process=process, log=edge.run / "nginx.out")
        yield


def wait_until(
    condition: Callable[[], bool], *, process: subprocess.Popen[bytes] | None = None, log: Path | None = None
) -> None:
    """Wait until the condition holds; fails if the process ends or two minutes pass."""
    deadline = time.monotonic() + 120
    while not condition():
        if (process and process.poll() is not None) or time.monotonic() > deadline:
            raise AssertionError(log.read_text() if log else "it never came to hold")
        time.sleep(0.05)


def edge_config(folder: Path, releases: dict[str, Release], *, listen: str, plain_listen: str = "") -> EdgeConfig:
    """An edge with all of its files below `folder`."""
    return EdgeConfig(
        run=folder / "run",
        cache=folder / "cache",
        files=ROOT / ".web" / "build" / "client",
        releases=releases,
        listen=listen,
        http_listen=plain_listen,
        access_log=str(folder / "access.log"),
        error_log=str(folder / "error.log"),
        processes="1",
        connections=512,
        drain_seconds=10,
        cache_megabytes=16,
        brotli=nginx.brotli_module(),
        user=pwd.getpwuid(os.getuid()).pw_name if os.getuid() == 0 else "",
    )


def release(web: int, api: int) -> Release:
    """A release with one web and one API process."""
    return Release(web=[f"127.0.0.1:{web}"], services=_api_upstreams(api))


def picture_urls(page: str) -> list[str]:
    """The URLs of a page's pictures."""
    return re.findall(r'src="(/media/pictures/[^"]+)"', page)


def _api_upstreams(port: int) -> list[Upstream]:
    return [Upstream(name="api", servers=[f"127.0.0.1:{port}"])]


def _start_tier(folder: Path, command: str, port: int, environment: dict[str, str]) -> Tier:
    previous = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    try:
        return Tier("platform_app", command, "--port", str(port), log=folder / f"{command}-{port}.log")
    finally:
        for name, value in previous.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
