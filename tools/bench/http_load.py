"""API clients on persistent connections; each sends its next request when it has a response."""

import asyncio
import random
import re
import time
from collections.abc import Callable, Sequence

from tools.bench.ws_load import DRAIN_SECONDS, SOURCE_IPS, LoadStats

_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_HEADER_END = b"\r\n\r\n"


class HttpConnection(asyncio.Protocol):
    """One connection with one request in flight; of a response it only reads the length."""

    def __init__(self, tally: LoadStats, next_path: Callable[[], str]) -> None:
        self.tally = tally
        self.next_path = next_path
        self.received = bytearray()
        self.started = 0.0
        self.is_waiting = False
        self.is_closing = False
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Store the transport."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio passes it
        """Count a connection closed by the server as an error."""
        self.is_waiting = False
        if not self.is_closing:
            self.tally.count_error("closed by the server")

    def send_next(self) -> None:
        """Send the next request."""
        if self.transport is None or self.transport.is_closing():
            return
        self.is_waiting, self.started = True, time.perf_counter()
        self.transport.write(f"GET {self.next_path()} HTTP/1.1\r\nHost: plaza\r\n\r\n".encode())

    def data_received(self, data: bytes) -> None:
        """Process received data; after a whole response, count it and send the next request while the load runs."""
        self.received += data
        end = self.received.find(_HEADER_END)
        if end < 0:
            return
        length = _CONTENT_LENGTH.search(self.received, 0, end)
        if length is None:
            self.tally.count_error("an answer without a length")
            self.close()
        elif len(self.received) >= end + len(_HEADER_END) + int(length[1]):
            self._on_response(int(self.received[9:12]))

    def close(self) -> None:
        """Close the connection."""
        self.is_closing = True
        if self.transport is not None:
            self.transport.close()

    def _on_response(self, status: int) -> None:
        self.received.clear()
        self.is_waiting = False
        if status != 200:
            self.tally.count_error(f"status {status}")
        if self.tally.is_counting:
            self.tally.seconds.append(time.perf_counter() - self.started)
            self.send_next()


class HttpLoad:
    """Connections to several servers, the same number to each."""

    def __init__(self, urls: Sequence[str], *, choose: Callable[[random.Random], str]) -> None:
        self.targets = [(host, int(port)) for host, _, port in (url.split("//")[1].partition(":") for url in urls)]
        self.rng = random.Random(11)
        self.choose = choose
        self.tally = LoadStats()
        self.connections: list[HttpConnection] = []

    async def connect(self, count: int) -> None:
        """Open this many connections."""
        loop = asyncio.get_running_loop()
        for index in range(count):
            host, port = self.targets[index % len(self.targets)]
            source = (SOURCE_IPS[index % len(SOURCE_IPS)], 0)
            _, connection = await loop.create_connection(
                lambda: HttpConnection(self.tally, lambda: self.choose(self.rng)), host, port, local_addr=source
            )
            self.connections.append(connection)

    async def run_closed_loop(self, *, seconds: float) -> LoadStats:
        """Send requests in a closed loop; return the statistics."""
        tally = self.tally
        tally.seconds, tally.errors, tally.is_counting = [], {}, True
        for connection in self.connections:
            connection.send_next()
        await asyncio.sleep(seconds)
        tally.is_counting = False
        for _ in range(round(DRAIN_SECONDS / 0.05)):
            if not any(connection.is_waiting for connection in self.connections):
                break
            await asyncio.sleep(0.05)
        for _ in range(sum(connection.is_waiting for connection in self.connections)):
            tally.count_error("no answer")
        return tally

    async def close(self) -> None:
        """Close all connections."""
        for asker in self.connections:
            asker.close()
        self.connections = []
        await asyncio.sleep(0.5)
