"""Programs that ask the API over kept connections, each the next thing as soon as it is answered."""

import asyncio
import random
import re
import time
from collections.abc import Callable, Sequence

from platform_app.cli.visitors import PATIENCE_SECONDS, SOURCES, Tally

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_END = b"\r\n\r\n"


class Asker(asyncio.Protocol):
    """One connection with one question on its way; it reads no more of an answer than where it ends."""

    def __init__(self, tally: Tally, ask: Callable[[], str]) -> None:
        self.tally = tally
        self.ask = ask
        self.received = bytearray()
        self.began = 0.0
        self.is_waiting = False
        self.is_leaving = False
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the line."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio passes it
        """A line that the server ends is an error."""
        self.is_waiting = False
        if not self.is_leaving:
            self.tally.wrong("closed by the server")

    def go_on(self) -> None:
        """Ask the next thing."""
        if self.transport is None or self.transport.is_closing():
            return
        self.is_waiting, self.began = True, time.perf_counter()
        self.transport.write(f"GET {self.ask()} HTTP/1.1\r\nHost: plaza\r\n\r\n".encode())

    def data_received(self, data: bytes) -> None:
        """Read on; a whole answer is counted, and the next question asked, as long as anybody counts."""
        self.received += data
        end = self.received.find(_END)
        if end < 0:
            return
        length = _LENGTH.search(self.received, 0, end)
        if length is None:
            self.tally.wrong("an answer without a length")
            self.leave()
        elif len(self.received) >= end + len(_END) + int(length[1]):
            self._answered(int(self.received[9:12]))

    def leave(self) -> None:
        """End the connection."""
        self.is_leaving = True
        if self.transport is not None:
            self.transport.close()

    def _answered(self, status: int) -> None:
        self.received.clear()
        self.is_waiting = False
        if status != 200:
            self.tally.wrong(f"status {status}")
        if self.tally.is_counting:
            self.tally.seconds.append(time.perf_counter() - self.began)
            self.go_on()


class Askers:
    """Connections to several servers, as many to each."""

    def __init__(self, urls: Sequence[str], *, choose: Callable[[random.Random], str]) -> None:
        self.addresses = [(host, int(port)) for host, _, port in (url.split("//")[1].partition(":") for url in urls)]
        self.dice = random.Random(11)
        self.choose = choose
        self.tally = Tally()
        self.askers: list[Asker] = []

    async def gather(self, count: int) -> None:
        """So many come."""
        loop = asyncio.get_running_loop()
        for place in range(count):
            host, port = self.addresses[place % len(self.addresses)]
            source = (SOURCES[place % len(SOURCES)], 0)
            _, made = await loop.create_connection(
                lambda: Asker(self.tally, lambda: self.choose(self.dice)), host, port, local_addr=source
            )
            self.askers.append(made)

    async def hurry(self, *, seconds: float) -> Tally:
        """Everyone asks on as soon as they are answered; returns what came of it."""
        tally = self.tally
        tally.seconds, tally.errors, tally.is_counting = [], {}, True
        for asker in self.askers:
            asker.go_on()
        await asyncio.sleep(seconds)
        tally.is_counting = False
        for _ in range(round(PATIENCE_SECONDS / 0.05)):
            if not any(asker.is_waiting for asker in self.askers):
                break
            await asyncio.sleep(0.05)
        for _ in range(sum(asker.is_waiting for asker in self.askers)):
            tally.wrong("no answer")
        return tally

    async def leave(self) -> None:
        """Everyone goes."""
        for asker in self.askers:
            asker.leave()
        self.askers = []
        await asyncio.sleep(0.5)
