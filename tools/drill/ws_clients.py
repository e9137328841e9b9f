"""Browsers as bare websockets that reconnect when they are closed, as Reflex's client does."""

import asyncio
import itertools
import json
import random
import re
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from picows import WSError, WSFrame, WSMsgType, WSTransport, ws_connect

from tools.bench.ws_load import ROOT, SOURCE_IPS, LoadStats, PageTarget, PendingEvent, WsClient, router_data
from tools.drill.timeline import Timeline

RETRY_SECONDS, MAX_RETRY_SECONDS = 0.2, 2.0  # of Reflex's client: added after each failed attempt, and the maximum
CONNECTIONS_PER_SECOND = 50  # people per second at the start, each with TLS
READY_SECONDS = 60.0  # longer than any page takes: a real browser waits without a limit, and a new connection would load the page twice
MAX_LATE_SECONDS = 1.0  # delay with which a visit may still start
ANSWER_SECONDS = 15.0
HEARTS_STATE = f"{ROOT}.state___favourites____favourite_buttons_state"
_LIKED = re.compile(rb'"liked_rx_state_":\[([^\]]*)\]')


@dataclass(frozen=True)
class Endpoint:
    """How to connect to the edge."""

    url: str
    context: ssl.SSLContext


class ReconnectingClient(WsClient):
    """A signed-in or anonymous browser that reconnects whenever its socket is closed."""

    def __init__(
        self, endpoint: Endpoint, number: int, timeline: Timeline, first_page: PageTarget, cookie: str = ""
    ) -> None:
        """Create a client that is not connected yet."""
        super().__init__(LoadStats(), first_page)
        self.endpoint, self.number, self.timeline, self.cookie = endpoint, number, timeline, cookie
        self.tab = uuid4()
        self.disconnected_at: float | None = None
        self.liked: bytes | None = None
        self.is_refused = False
        self.is_open = False
        self._reconnect_task: asyncio.Task[None] | None = None

    @property
    def is_connected(self) -> bool:
        """Whether the page is shown and events can be sent."""
        return self.ready.done() and self.disconnected_at is None

    async def wait_until_connected(self) -> None:
        """Return once the client is connected again."""
        if self._reconnect_task:
            await asyncio.wait([self._reconnect_task])

    async def connect(self) -> None:
        """Open the socket and the page."""
        address = (
            f"{self.endpoint.url.replace('https://', 'wss://')}/_event/?token={self.tab}&EIO=4&transport=websocket"
        )
        await ws_connect(
            lambda: self,
            address,
            ssl_context=self.endpoint.context,
            websocket_handshake_timeout=10,
            local_addr=(SOURCE_IPS[self.number % len(SOURCE_IPS)], 0),
            read_buffer_init_size=4096,
            extra_headers={"Cookie": self.cookie} if self.cookie else None,
        )
        try:
            await asyncio.wait_for(asyncio.shield(self.ready), READY_SECONDS)
        except TimeoutError:
            late, self.transport = self.transport, None
            if late is not None:
                late.disconnect()
            raise

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Store the transport."""
        super().on_ws_connected(transport)
        self.is_open = True

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Answer a close frame as a browser does; otherwise the server would wait for it."""
        if frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()
            return
        super().on_ws_frame(transport, frame)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """Reconnect, unless the client closed the socket itself; events without a response are lost with it."""
        if transport is not self.transport:
            return
        self.is_open = False
        now = time.perf_counter()
        for pending_event in self.pending:
            if pending_event.due:
                self.timeline.record("event", pending_event.due, "the socket was closed")
        self.pending.clear()
        if not self.ready.done():
            self.ready.set_exception(ConnectionError("closed before the page was there"))
        elif not self.is_closing and self.disconnected_at is None:
            self.disconnected_at = now
            self._reconnect_task = asyncio.create_task(self._reconnect(now))

    def close(self) -> None:
        """Close for good."""
        self.is_closing = True
        if self._reconnect_task:
            self._reconnect_task.cancel()
        if self.transport is not None:
            self.transport.disconnect()

    async def toggle_favourite(self, listing: UUID, *, is_liked: bool) -> bool:
        """Press the favourite button; return whether a response confirmed it."""
        self.is_refused, self.liked = False, None
        listing_bytes = str(listing).encode()
        payload = {"listing_id": str(listing), "is_liked": is_liked}
        started = time.perf_counter()
        event = {"name": f"{HEARTS_STATE}.press", "payload": payload, "router_data": router_data(self.first_page)}
        transport = self.transport
        if transport is not None:
            transport.send(WSMsgType.TEXT, b"42/_event," + json.dumps(["event", event]).encode())

        def is_same_connection() -> bool:  # frames of a reopened page on another socket are not the response
            return self.is_connected and self.transport is transport

        while time.perf_counter() < started + ANSWER_SECONDS and is_same_connection() and not self.is_refused:
            if self.liked is not None and (listing_bytes in self.liked) is is_liked:
                self.timeline.record("press", started)
                return True
            await asyncio.sleep(0.02)
        why = "refused" if self.is_refused else "no answer" if is_same_connection() else "the socket was closed"
        self.timeline.record("press", started, why)
        return False

    async def _reconnect(self, disconnected_at: float) -> None:
        for attempt in itertools.count():
            if attempt:
                await asyncio.sleep(min(RETRY_SECONDS * attempt, MAX_RETRY_SECONDS))
            self.ready = asyncio.get_running_loop().create_future()
            try:
                await self.connect()
            except (WSError, OSError, TimeoutError):
                if self.ready.done():
                    self.ready.exception()  # already reported
                continue
            if not self.is_open:
                continue
            self.timeline.disconnects.append((disconnected_at, time.perf_counter()))
            self.disconnected_at = None
            return

    def _on_update(self, text: bytes) -> None:
        if found := _LIKED.findall(text):
            self.liked = found[-1]
        if (
            HEARTS_STATE.encode() in text
            and b'"render_key_rx_state_":"' in text
            and b'"render_key_rx_state_":""' not in text
        ):
            self.is_refused = True
        super()._on_update(text)

    def _on_answer(self, pending_event: PendingEvent) -> None:
        if not self.ready.done():
            self.ready.set_result(None)
            return
        if pending_event.due:
            is_down = self.statuses.get(self.state) == b"down"
            self.timeline.record("event", pending_event.due, "a page that is down" if is_down else "")


class ClientPool:
    """All clients, and those that browse."""

    def __init__(
        self, endpoint: Endpoint, timeline: Timeline, *, choose: Callable[[random.Random], PageTarget]
    ) -> None:
        """Create an empty pool."""
        self.endpoint, self.timeline, self.choose = endpoint, timeline, choose
        self.rng = random.Random(11)
        self.browsing_clients: list[ReconnectingClient] = []
        self.writing_clients: list[ReconnectingClient] = []

    @property
    def all_clients(self) -> Sequence[ReconnectingClient]:
        """The clients that are connected or reconnecting."""
        return [*self.browsing_clients, *self.writing_clients]

    async def connect(self, count: int, *, signed_in: Sequence[tuple[str, PageTarget]]) -> None:
        """Connect this many clients in all; each of `signed_in` stays on its page."""
        writing = [
            ReconnectingClient(self.endpoint, number, self.timeline, target, cookie)
            for number, (cookie, target) in enumerate(signed_in)
        ]
        browsing = [
            ReconnectingClient(self.endpoint, number, self.timeline, self.choose(self.rng))
            for number in range(len(writing), count)
        ]
        self.writing_clients, self.browsing_clients = writing, browsing
        tasks = []
        for person in self.all_clients:
            tasks.append(asyncio.create_task(person.connect()))
            await asyncio.sleep(1 / CONNECTIONS_PER_SECOND)
        await asyncio.gather(*tasks)

    async def run_open_loop(self, *, per_second: float, until: asyncio.Event) -> None:
        """Visit pages when they are due, whether or not earlier ones have a response.

        Visits that could not be sent in time are skipped and counted: a burst of late ones would be an unrealistic
        load.
        """
        started, client_cycle = (
            time.perf_counter(),
            itertools.cycle(self.rng.sample(self.browsing_clients, len(self.browsing_clients))),
        )
        for index in itertools.count():
            due = started + index / per_second
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            if until.is_set():
                return
            person = next(client_cycle)
            if time.perf_counter() - due > MAX_LATE_SECONDS:
                self.timeline.skipped += 1
            elif person.is_connected:
                person.visit(self.choose(self.rng), due=time.perf_counter())
            else:
                self.timeline.record("event", due, "nobody is connected")
            self._expire_pending()

    def close(self) -> None:
        """Close all clients."""
        for person in self.all_clients:
            person.close()

    def _expire_pending(self) -> None:
        deadline = time.perf_counter() - ANSWER_SECONDS
        for person in self.browsing_clients:
            while person.pending and 0.0 < person.pending[0].due < deadline:
                self.timeline.record("event", person.pending.popleft().due, "no answer")
