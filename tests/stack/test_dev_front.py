"""The single port of `./plaza dev` passes each request to the server for its path."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from platform_app.html import crawlers
from platform_app.main import REFLEX_PATHS
from platform_app.rest import app as rest
from platform_app.stack import dev_front, processes
from tests.isolation import test_routes

REQUEST = "{method} {path} HTTP/1.1\r\nHost: plaza\r\nConnection: keep-alive\r\n{more}\r\n"


@asynccontextmanager
async def echo_server(name: str) -> AsyncIterator[int]:
    """Answers every request with its own name and the request's head, then echoes further data."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(name.encode() + b" " + head)
        while b"Upgrade:" in head and (data := await reader.read(1024)):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(answer, processes.HOST, 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def front(backend: int | None, vite: int) -> AsyncIterator[int]:
    async with await dev_front.start(0, backend=lambda: backend, vite=vite) as server:
        yield server.sockets[0].getsockname()[1]


async def request(port: int, path: str) -> str:
    """The whole response, until the connection ends."""
    reader, writer = await asyncio.open_connection(processes.HOST, port)
    writer.write(REQUEST.format(method="GET", path=path, more="").encode())
    answer = (await reader.read()).decode()
    writer.close()
    return answer


def test_requests_go_to_the_server_for_their_path_and_end_with_the_response() -> None:
    async def both() -> tuple[str, str]:
        async with echo_server("backend") as backend, echo_server("vite") as vite, front(backend, vite) as port:
            return await request(port, "/api/v1/listings?q=x"), await request(port, "/app/root.jsx")

    expected = "{} GET {} HTTP/1.1\r\nHost: plaza\r\nConnection: close\r\n\r\n"
    assert asyncio.run(both()) == (
        expected.format("backend", "/api/v1/listings?q=x"),
        expected.format("vite", "/app/root.jsx"),
    )


def test_a_websocket_stays_open_in_both_directions() -> None:
    async def converse() -> tuple[bytes, bytes]:
        async with echo_server("backend") as backend, echo_server("vite") as vite, front(backend, vite) as port:
            reader, writer = await asyncio.open_connection(processes.HOST, port)
            more = "Upgrade: websocket\r\n"
            writer.write(REQUEST.format(method="GET", path="/?token=x", more=more).encode())
            head = await reader.readuntil(b"\r\n\r\n")
            writer.write(b"frame")
            echoed = await reader.readexactly(5)
            writer.write_eof()
            assert await reader.read() == b""
            writer.close()
            return head, echoed

    head, echoed = asyncio.run(converse())
    assert head == b"vite GET /?token=x HTTP/1.1\r\nHost: plaza\r\nConnection: keep-alive\r\nUpgrade: websocket\r\n\r\n"
    assert echoed == b"frame"


def test_without_a_started_version_the_response_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev_front, "PATIENCE_SECONDS", 0.0)

    async def once() -> str:
        async with echo_server("vite") as vite, front(None, vite) as port:
            return await request(port, "/api/v1/listings")

    answer = asyncio.run(once())
    assert answer.startswith("HTTP/1.1 503 ")
    assert answer.endswith("the terminal of ./plaza dev shows the reason.\n")


def test_only_our_routes_go_to_the_backend() -> None:
    app = rest.build()
    app.include_router(crawlers.router)
    routes = [route.path for *_, route in test_routes.routes(app)]
    assert {"/api/v1/listings", "/auth/sign-in", "/robots.txt", "/sitemaps/listings/{start}.xml"} <= set(routes)
    assert [path for path in (*routes, *REFLEX_PATHS) if not dev_front.goes_to_backend(path)] == []
    pages = (
        "/",
        "/search",
        "/c/mugs",
        "/shops/a/b",
        "/sell",
        "/account",
        "/dev/mail",
        "/app/root.jsx",
        "/@vite/client",
    )
    assert [
        path for path in (*pages, "/authors", "/mediaplayer.js", "/pingpong") if dev_front.goes_to_backend(path)
    ] == []
