"""The one port of `./plaza dev`: passes each connection to the backend or to Vite, by its path.

It survives every reload, so the browser's socket to Vite stays open while the backend is replaced.
"""

import asyncio
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

HOST = "127.0.0.1"
# Paths of our own processes; every other path is a page or one of its modules, which Vite serves.
BACKEND_PATH = re.compile(
    r"/(_event|ping|_health|api|auth|graphql|media|healthz|metrics|sitemaps)([/?]|$)|/(robots\.txt|sitemap\.xml)"
)
MAX_HEAD_BYTES = 64 * 1024
RETRY_SECONDS = 0.1
PATIENCE_SECONDS = 60.0  # to wait for a server that is about to listen
UNAVAILABLE = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
    b"No version of Plaza has started yet; the terminal of ./plaza dev shows the reason.\n"
)
_CONNECTION = re.compile(rb"\r\nConnection:[^\r\n]*", re.IGNORECASE)
_UPGRADE = re.compile(rb"\r\nUpgrade:", re.IGNORECASE)
_PATH = re.compile(rb"^[A-Z]+ (\S+) HTTP/1\.[01]\r\n")


async def start(port: int, *, backend: Callable[[], int | None], vite: int) -> asyncio.Server:
    """Listen on the loopback port; `backend` returns the port of the newest backend, or None."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await _pass_on(reader, writer, backend=backend, vite=vite)
        writer.close()

    return await asyncio.start_server(accept, HOST, port, limit=MAX_HEAD_BYTES)


def goes_to_backend(path: str) -> bool:
    """Whether our own processes answer this path, rather than Vite."""
    return BACKEND_PATH.match(path) is not None


def one_request(head: bytes) -> bytes:
    """A request's head with `Connection: close`, since the next request may go to another server."""
    if _UPGRADE.search(head):
        return head
    return _CONNECTION.sub(b"", head).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)


async def _pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, backend: Callable[[], int | None], vite: int
) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    request = _PATH.match(head)
    is_ours = request is not None and goes_to_backend(request[1].decode("latin-1"))
    upstream = await _connect(backend if is_ours else lambda: vite)
    if upstream is None:
        writer.write(UNAVAILABLE)
        await writer.drain()
        return
    upstream_reader, upstream_writer = upstream
    upstream_writer.write(one_request(head))
    sending = asyncio.create_task(_copy(reader, upstream_writer))
    try:
        await _copy(upstream_reader, writer)
    finally:
        sending.cancel()
        upstream_writer.close()


async def _connect(port_of: Callable[[], int | None]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
    """A connection to the newest server; None if there is none within the timeout."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE_SECONDS
    while loop.time() < deadline:
        if port := port_of():
            with suppress(OSError):
                return await asyncio.open_connection(HOST, port)
        await asyncio.sleep(RETRY_SECONDS)
    return None


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Copy bytes until the end of the stream, then signal the end to the other side."""
    with suppress(ConnectionError):
        while chunk := await source.read(65536):
            target.write(chunk)
            await target.drain()
        if target.can_write_eof():
            target.write_eof()


def _port_in(file: Path) -> Callable[[], int | None]:
    def read() -> int | None:
        with suppress(OSError, ValueError):
            return int(file.read_text())
        return None

    return read


def main(arguments: list[str]) -> None:
    """Run as a process. Arguments: the port to listen on, Vite's port, and the file with the backend's port."""
    port, vite, file = arguments

    async def serve() -> None:
        async with await start(int(port), backend=_port_in(Path(file)), vite=int(vite)) as server:
            await server.serve_forever()

    asyncio.run(serve())


if __name__ == "__main__":
    main(sys.argv[1:])
