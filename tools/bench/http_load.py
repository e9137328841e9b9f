"""Programs that ask the API over kept connections, each the next thing as soon as it is answered."""

import asyncio
import random
import re
import time
from collections.abc import Callable, Sequence

from tools.bench.ws_load import DRAIN_SECONDS, SOURCE_IPS, LoadStats

_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_HEADER_END = b"\r\n\r\n"


class HttpConnection(asyncio.Protocol):
    """One connection with one question on its way; it reads no more of an answer than where it ends."""

    def __init__(self, tally: LoadStats, next_path: Callable[[], str]) -> None:
        self.tally = tally
        self.next_path = next_path
        self.received = bytearray()
        self.started = 0.0
        self.is_waiting = False
        self.is_closing = False
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the line."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio passes it
        """A line that the server ends is an error."""
        self.is_waiting = False
        if not self.is_closing:
            self.tally.count_error("closed by the server")

    def send_next(self) -> None:
        """Ask the next thing."""
        if self.transport is None or self.transport.is_closing():
            return
        self.is_waiting, self.started = True, time.perf_counter()
        self.transport.write(f"GET {self.next_path()} HTTP/1.1\r\nHost: plaza\r\n\r\n".encode())

    def data_received(self, data: bytes) -> None:
        """Read on; a whole answer is counted, and the next question asked, as long as anybody counts."""
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
        """End the connection."""
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
    """Connections to several servers, as many to each."""

    def __init__(self, urls: Sequence[str], *, choose: Callable[[random.Random], str]) -> None:
        self.targets = [(host, int(port)) for host, _, port in (url.split("//")[1].partition(":") for url in urls)]
        self.rng = random.Random(11)
        self.choose = choose
        self.tally = LoadStats()
        self.connections: list[HttpConnection] = []

    async def connect(self, count: int) -> None:
        """So many come."""
        loop = asyncio.get_running_loop()
        for index in range(count):
            host, port = self.targets[index % len(self.targets)]
            source = (SOURCE_IPS[index % len(SOURCE_IPS)], 0)
            _, connection = await loop.create_connection(
                lambda: HttpConnection(self.tally, lambda: self.choose(self.rng)), host, port, local_addr=source
            )
            self.connections.append(connection)

    async def run_closed_loop(self, *, seconds: float) -> LoadStats:
        """Everyone asks on as soon as they are answered; returns what came of it."""
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
        """Everyone goes."""
        for asker in self.connections:
            asker.close()
        self.connections = []
        await asyncio.sleep(0.5)
