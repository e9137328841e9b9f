"""A real nginx before real web and api processes: blue serves, green has lost its database."""

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
from platform_app.stack.nginx import Colour, Edge, Service
from platform_app.stack.production.edge import certificate
from tests.conftest import empty
from tests.e2e.conftest import Tier, await_ready, browser, built, plant  # noqa: F401 - fixtures

KEY = "a-key-of-these-tests-alone"
TRUSTED = {"X-Plaza-Edge-Key": KEY}
NOWHERE = "127.0.0.1:9"  # nothing listens on the port of what is thrown away


@pytest.fixture(scope="package")
def market(built: None, environment: None, stack: SimpleNamespace) -> Iterator[SimpleNamespace]:  # noqa: F811
    """A market behind an nginx with TLS; blue is whole, green has an api without a database and no web tier."""
    folder = stack.folder / f"edge-{token_hex(4)}"
    folder.mkdir()
    ports = {name: processes.free_port() for name in ("edge", "plain", "web", "api", "lost")}
    url = f"https://127.0.0.1:{ports['edge']}"
    common = {"PLAZA_PUBLIC_URL": url, "PLAZA_TRUSTED_PROXY_HOPS": "1"}
    tiers = {
        "web": _tier(folder, "web", ports["web"], common),
        "api": _tier(folder, "api", ports["api"], common),
        "lost": _tier(
            folder, "api", ports["lost"], {**common, "PLAZA_DATABASE_URL": "postgresql+psycopg://x@127.0.0.1:9/x"}
        ),
    }
    colours = {"blue": colour(ports["web"], ports["api"]), "green": Colour(web=[NOWHERE], services=_api(ports["lost"]))}
    edge = make_edge(folder, colours, listen=f"127.0.0.1:{ports['edge']}", plain_listen=f"127.0.0.1:{ports['plain']}")
    edge = replace(edge, tls=certificate(folder))
    try:
        plant()
        await_ready(f"http://127.0.0.1:{ports['api']}")
        until(lambda: processes.listens(ports["web"]))
        with running(edge):
            yield SimpleNamespace(url=url, edge=edge, tiers=tiers, ports=ports, folder=folder)
    finally:
        for tier in tiers.values():
            tier.process.terminate()
        for tier in tiers.values():
            tier.process.wait(60)
        empty()


@pytest.fixture
def visitor(market: SimpleNamespace) -> Iterator[httpx2.Client]:
    """Somebody who asks for pages, with no cookies, on a new connection each time.

    One that is kept may be closed by a reload just as it is asked, which a browser does again by itself.
    """
    with httpx2.Client(base_url=market.url, verify=False, timeout=20, headers={"Connection": "close"}) as client:
        yield client


@contextmanager
def running(edge: Edge) -> Iterator[None]:
    """Run nginx with this configuration until the block ends."""
    nginx.write(edge, colour="blue", key=KEY)
    with ExitStack() as cleanup:
        process = processes.spawn(nginx.command(edge), log=edge.run / "nginx.out")
        cleanup.callback(processes.stop, process)
        _host, _, port = edge.listen.rpartition(":")
        until(lambda: processes.listens(int(port)), process=process, log=edge.run / "nginx.out")
        yield


def until(
    holds: Callable[[], bool], *, process: subprocess.Popen[bytes] | None = None, log: Path | None = None
) -> None:
    """Return once something holds; a process that ends meanwhile, or two minutes, are a failure."""
    deadline = time.monotonic() + 120
    while not holds():
        if (process and process.poll() is not None) or time.monotonic() > deadline:
            raise AssertionError(log.read_text() if log else "it never came to hold")
        time.sleep(0.05)


def make_edge(folder: Path, colours: dict[str, Colour], *, listen: str, plain_listen: str = "") -> Edge:
    """An edge whose files are all below `folder`."""
    return Edge(
        run=folder / "run",
        cache=folder / "cache",
        files=ROOT / ".web" / "build" / "client",
        colours=colours,
        listen=listen,
        plain_listen=plain_listen,
        access_log=str(folder / "access.log"),
        error_log=str(folder / "error.log"),
        processes="1",
        connections=512,
        drain_seconds=10,
        cache_megabytes=16,
        brotli=nginx.brotli_module(),
        user=pwd.getpwuid(os.getuid()).pw_name if os.getuid() == 0 else "",
    )


def colour(web: int, api: int) -> Colour:
    """A release with one web and one api process."""
    return Colour(web=[f"127.0.0.1:{web}"], services=_api(api))


def pictures_of(page: str) -> list[str]:
    """The addresses of a page's pictures."""
    return re.findall(r'src="(/media/pictures/[^"]+)"', page)


def _api(port: int) -> list[Service]:
    return [Service(name="api", servers=[f"127.0.0.1:{port}"])]


def _tier(folder: Path, command: str, port: int, environment: dict[str, str]) -> Tier:
    kept = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    try:
        return Tier(command, "--port", str(port), log=folder / f"{command}-{port}.log")
    finally:
        for name, value in kept.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
