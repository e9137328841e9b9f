"""Visitors as bare websockets: one process simulates many browsers, in an open loop."""

import asyncio
import itertools
import json
import random
import re
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

CONNECTIONS_PER_SECOND = 250  # visitors per second
DRAIN_SECONDS = 15.0  # to wait for the last responses
SOURCE_IPS = tuple(f"127.0.0.{place}" for place in range(2, 10))  # ports are counted per source address
SHOW_MORE_SHARE = 0.1  # the share of events that load more of the current list

ROOT = "reflex___state____state"
ON_LOAD = f"{ROOT}.reflex___state____on_load_internal_state.on_load_internal"
_STATE = re.compile(rb'"(reflex___state____state\.[a-z_]+)":\{')
_LOADED = re.compile(rb'"loaded_rx_state_":"([^"]*)"')
_STATUS = re.compile(rb'"status_rx_state_":"([^"]*)"')
_HAS_MORE = re.compile(rb'"has_more_rx_state_":(true|false)')
_MESSAGE = re.compile(rb'"message_rx_state_":"[^"]')
_PATH = re.compile(rb'"raw_path":"([^"]*)"')
_HYDRATED = b'"is_hydrated_rx_state_":true'
_INCIDENT = re.compile(rb'"incident_rx_state_":"[^"]')


@dataclass(frozen=True)
class PageTarget:
    """A page to visit."""

    path: str
    params: dict[str, str] = field(default_factory=dict)  # the parameters of its route


@dataclass
class LoadStats:
    """The visitors' results: the seconds of each response from when its event was due, and the errors."""

    seconds: list[float] = field(default_factory=list)
    sent: int = 0
    errors: dict[str, int] = field(default_factory=dict)
    is_counting: bool = False

    def count_error(self, reason: str) -> None:
        """Count a failed response."""
        self.errors[reason] = self.errors.get(reason, 0) + 1


@dataclass(frozen=True)
class PendingEvent:
    """An event that waits for its response: when it was due, and the page it leads to."""

    due: float
    target: PageTarget | None  # None: more of the same list


def router_data(target: PageTarget) -> dict[str, object]:
    """The router data that a browser sends for its page."""
    parts = urlsplit(target.path)
    return {
        "pathname": parts.path,
        "asPath": target.path,
        "query": {**dict(parse_qsl(parts.query)), **target.params},
    }


class WsClient(WSListener):
    """One browser: it visits pages and reads its frames."""

    def __init__(self, tally: LoadStats, first_page: PageTarget) -> None:
        self.tally = tally
        self.first_page = first_page
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.pending: deque[PendingEvent] = deque()
        self.loaded: dict[bytes, str] = {}
        self.path = ""  # of the page that the server answered last
        self.state = b""
        self.statuses: dict[bytes, bytes] = {}
        self.has_more = False
        self.is_closing = False
        self.transport: WSTransport | None = None
        self.on_answer: Callable[[WsClient], None] | None = None  # called after every response

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Store the transport."""
        self.transport = transport

    def on_ws_disconnected(self, transport: WSTransport) -> None:  # noqa: ARG002 - picows passes it
        """Count a connection closed by the server as an error."""
        if not self.is_closing:
            self.tally.count_error("closed by the server")
        if not self.ready.done():
            self.ready.set_exception(ConnectionError("closed before it was ready"))

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Answer pings, and take note of the pages that arrive."""
        text = frame.get_payload_as_bytes()
        if text == b"2":
            transport.send(WSMsgType.TEXT, b"3")
        elif text.startswith(b"0{"):
            self.pending.append(PendingEvent(0.0, self.first_page))
            event = {"name": f"{ROOT}.hydrate_and_load", "payload": {}, "router_data": router_data(self.first_page)}
            transport.send(WSMsgType.TEXT, b"40/_event," + json.dumps({"event": event}).encode())
        elif text.startswith(b'42/_event,["event"'):
            self._on_update(text)

    def visit(self, target: PageTarget, *, due: float) -> None:
        """Visit another page; a failed response is counted."""
        self._send_event(ON_LOAD, target, PendingEvent(due, target))

    def show_more(self, *, due: float) -> bool:
        """Load more of the list, if there is more."""
        if self.pending or not self.has_more:
            return False
        target = PageTarget(self.loaded[self.state])
        self._send_event(f"{self.state.decode()}.show_more", target, PendingEvent(due, None))
        return True

    def _send_event(self, name: str, target: PageTarget, pending_event: PendingEvent) -> None:
        self.pending.append(pending_event)
        self.tally.sent += 1
        event = json.dumps(["event", {"name": name, "router_data": router_data(target)}])
        if self.transport is not None:
            self.transport.send(WSMsgType.TEXT, b"42/_event," + event.encode())

    def _on_update(self, text: bytes) -> None:
        state = self._find_page_state(text)
        if state:
            self._note_state(state, text)
        if _INCIDENT.search(text):
            self.tally.count_error("an incident")
        if _MESSAGE.search(text):
            self.tally.count_error("a refusal")
        if found := _PATH.search(text):
            self.path = found[1].decode()
        if _HYDRATED in text:
            self._on_page_loaded()
        elif state and self.pending and self.pending[0].target is None:
            self._on_answer(self.pending.popleft())

    def _find_page_state(self, text: bytes) -> bytes:
        """The state in an update whose list the page shows: it says, or has said, which URL it has loaded."""
        found = list(_STATE.finditer(text))
        ends = [*(match.start() for match in found[1:]), len(text)]
        pages = (
            match[1]
            for match, end in zip(found, ends, strict=True)
            if match[1] in self.loaded or _LOADED.search(text, match.end(), end)
        )
        return next(pages, b"")

    def _note_state(self, state: bytes, text: bytes) -> None:
        self.state = state
        if found := _LOADED.search(text):
            self.loaded[state] = found[1].decode()
        if found := _STATUS.search(text):
            self.statuses[state] = found[1]
        found = _HAS_MORE.search(text)
        self.has_more = bool(found and found[1] == b"true")

    def _on_page_loaded(self) -> None:
        """A page has arrived. A visitor who leaves earlier never sees it, so all the time until now is waiting."""
        indexes = [
            index
            for index, pending_event in enumerate(self.pending)
            if pending_event.target and pending_event.target.path == self.path
        ]
        if self.pending and not indexes:
            self.tally.count_error("another page than asked for")
        for _ in range(indexes[-1] + 1 if indexes else len(self.pending)):
            self._on_answer(self.pending.popleft())

    def _on_answer(self, pending_event: PendingEvent) -> None:
        if not self.ready.done():
            self.ready.set_result(None)
        elif self.tally.is_counting:
            self.tally.seconds.append(time.perf_counter() - pending_event.due)
        status = self.statuses.get(self.state, b"")
        if status != b"ready":
            self.tally.count_error(f"a page that is {status.decode() or 'empty'}")
        if self.on_answer:
            asyncio.get_running_loop().call_soon(self.on_answer, self)


class WsLoad:
    """Visitors on several servers; popular pages are chosen more often."""

    def __init__(self, urls: Sequence[str], *, choose: Callable[[random.Random], PageTarget]) -> None:
        self.urls = urls
        self.choose = choose
        self.rng = random.Random(11)
        self.tally = LoadStats()
        self.clients: list[WsClient] = []

    async def connect(self, count: int) -> None:
        """Connect this many more visitors, each to a page; return when all pages are shown."""
        started, tasks = time.perf_counter(), []
        for index in range(count):
            tasks.append(asyncio.create_task(self._connect_client(len(self.clients) + index)))
            await asyncio.sleep(max(0.0, started + index / CONNECTIONS_PER_SECOND - time.perf_counter()))
        self.clients += await asyncio.gather(*tasks)

    async def run_open_loop(self, *, per_second: float, seconds: float) -> LoadStats:
        """Send events when they are due, whether or not earlier ones have a response; return the statistics."""
        self._start_counting()
        started = time.perf_counter()
        client_cycle = itertools.cycle(self.rng.sample(self.clients, len(self.clients)))
        for index in range(round(per_second * seconds)):
            due = started + index / per_second
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            self._send_next_event(next(client_cycle), due)
        await self._wait_for_answers()
        return self._finish_counting()

    async def run_closed_loop(self, *, seconds: float) -> LoadStats:
        """Send each visitor's next event after a response, for the maximum throughput; return the statistics."""

        def send_next(client: WsClient) -> None:
            self._send_next_event(client, time.perf_counter())

        self._start_counting()
        for client in self.clients:
            client.on_answer = send_next
            send_next(client)
        await asyncio.sleep(seconds)
        self.tally.is_counting = False
        for client in self.clients:
            client.on_answer = None
        await self._wait_for_answers()
        return self._finish_counting()

    def _start_counting(self) -> None:
        tally = self.tally
        tally.seconds, tally.sent, tally.errors, tally.is_counting = [], 0, {}, True

    def _finish_counting(self) -> LoadStats:
        tally = self.tally
        tally.is_counting = False
        for _ in range(sum(len(client.pending) for client in self.clients)):
            tally.count_error("no answer")
        return tally

    async def close(self) -> None:
        """Close all connections."""
        for client in self.clients:
            client.is_closing = True
            if client.transport is not None:
                client.transport.disconnect()
        self.clients = []
        await asyncio.sleep(1)

    async def _connect_client(self, number: int) -> WsClient:
        url = f"{self.urls[number % len(self.urls)]}/_event/?token={uuid4()}&EIO=4&transport=websocket"
        client = WsClient(self.tally, self.choose(self.rng))
        await ws_connect(
            lambda: client,
            url.replace("http://", "ws://"),
            websocket_handshake_timeout=30,
            local_addr=(SOURCE_IPS[number % len(SOURCE_IPS)], 0),
            read_buffer_init_size=4096,
        )
        await asyncio.wait_for(client.ready, 60)
        return client

    def _send_next_event(self, client: WsClient, due: float) -> None:
        if self.rng.random() >= SHOW_MORE_SHARE or not client.show_more(due=due):
            client.visit(self.choose(self.rng), due=due)

    async def _wait_for_answers(self) -> None:
        for _ in range(round(DRAIN_SECONDS / 0.05)):
            if not any(client.pending for client in self.clients):
                return
            await asyncio.sleep(0.05)
