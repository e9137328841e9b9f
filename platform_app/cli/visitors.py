"""Visitors made of bare websockets: many browsers' worth of browsing from one process, in an open loop."""

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

CONNECTING = 250  # visitors a second
PATIENCE_SECONDS = 15.0  # for the last answers
SOURCES = tuple(f"127.0.0.{place}" for place in range(2, 10))  # ports are counted by source address
MORE = 0.1  # of the events ask for more of the list that is shown

ROOT = "reflex___state____state"
ON_LOAD = f"{ROOT}.reflex___state____on_load_internal_state.on_load_internal"
_STATE = re.compile(rb'"(reflex___state____state\.[a-z_]+)":\{')
_LOADED = re.compile(rb'"loaded_rx_state_":"([^"]*)"')
_STATUS = re.compile(rb'"status_rx_state_":"([^"]*)"')
_HAS_MORE = re.compile(rb'"has_more_rx_state_":(true|false)')
_HYDRATED = b'"is_hydrated_rx_state_":true'
_SHELL = b".state___shell____shell_state"


@dataclass(frozen=True)
class Place:
    """A page to go to."""

    path: str
    params: dict[str, str] = field(default_factory=dict)  # what its route is made of


@dataclass
class Tally:
    """What the visitors saw: each answer's seconds from when its event was to be sent, and what went wrong."""

    seconds: list[float] = field(default_factory=list)
    sent: int = 0
    errors: dict[str, int] = field(default_factory=dict)
    is_counting: bool = False

    def wrong(self, what: str) -> None:
        """Count an answer that was none."""
        self.errors[what] = self.errors.get(what, 0) + 1


@dataclass(frozen=True)
class Asked:
    """An event that waits for its answer: when it was due, and where it leads."""

    due: float
    place: Place | None  # None: more of the same list


def router_data(place: Place) -> dict[str, object]:
    """What a browser says of the page it is at."""
    parts = urlsplit(place.path)
    return {
        "pathname": parts.path,
        "asPath": place.path,
        "query": {**dict(parse_qsl(parts.query)), **place.params},
    }


class Visitor(WSListener):
    """One browser: it goes from page to page, and reads what it is sent."""

    def __init__(self, tally: Tally, first: Place) -> None:
        self.tally = tally
        self.first = first
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting: deque[Asked] = deque()
        self.loaded: dict[bytes, str] = {}
        self.state = b""
        self.statuses: dict[bytes, bytes] = {}
        self.has_more = False
        self.is_leaving = False
        self.transport: WSTransport | None = None
        self.goes_on: Callable[[Visitor], None] | None = None  # what they do as soon as they are answered

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Keep the line."""
        self.transport = transport

    def on_ws_disconnected(self, transport: WSTransport) -> None:  # noqa: ARG002 - picows passes it
        """A line that the server ends is an error."""
        if not self.is_leaving:
            self.tally.wrong("closed by the server")
        if not self.ready.done():
            self.ready.set_exception(ConnectionError("closed before it was ready"))

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Answer as a browser does; take note of what pages are shown."""
        text = frame.get_payload_as_bytes()
        if text == b"2":
            transport.send(WSMsgType.TEXT, b"3")
        elif text.startswith(b"0{"):
            self.waiting.append(Asked(0.0, self.first))
            event = {"name": f"{ROOT}.hydrate_and_load", "payload": {}, "router_data": router_data(self.first)}
            transport.send(WSMsgType.TEXT, b"40/_event," + json.dumps({"event": event}).encode())
        elif text.startswith(b'42/_event,["event"'):
            self._read(text)

    def visit(self, place: Place, *, due: float) -> None:
        """Go to another page; an answer that is none is counted."""
        self._ask(ON_LOAD, place, Asked(due, place))

    def show_more(self, *, due: float) -> bool:
        """Ask for more of the list, if there is one."""
        if self.waiting or not self.has_more:
            return False
        place = Place(self.loaded[self.state])
        self._ask(f"{self.state.decode()}.show_more", place, Asked(due, None))
        return True

    def _ask(self, name: str, place: Place, asked: Asked) -> None:
        self.waiting.append(asked)
        self.tally.sent += 1
        event = json.dumps(["event", {"name": name, "router_data": router_data(place)}])
        if self.transport is not None:
            self.transport.send(WSMsgType.TEXT, b"42/_event," + event.encode())

    def _read(self, text: bytes) -> None:
        named = [name for name in _STATE.findall(text) if not name.endswith(_SHELL)]
        if named:
            self._note(named[0], text)
        elif b'"incident_rx_state_":"' in text:
            self.tally.wrong("an incident")
        if _HYDRATED in text:
            self._arrived()
        elif named and self.waiting and self.waiting[0].place is None:
            self._answered(self.waiting.popleft())

    def _note(self, state: bytes, text: bytes) -> None:
        self.state = state
        if found := _LOADED.search(text):
            self.loaded[state] = found[1].decode()
        if found := _STATUS.search(text):
            self.statuses[state] = found[1]
        found = _HAS_MORE.search(text)
        self.has_more = bool(found and found[1] == b"true")

    def _arrived(self) -> None:
        """A page is there; whoever goes on before that never sees the page they left, and has waited for this one."""
        shown = {"/", *self.loaded.values()}
        places = [place for place, asked in enumerate(self.waiting) if asked.place and asked.place.path in shown]
        if self.waiting and not places:
            self.tally.wrong("another page than asked for")
        for _ in range(places[-1] + 1 if places else len(self.waiting)):
            self._answered(self.waiting.popleft())

    def _answered(self, asked: Asked) -> None:
        if not self.ready.done():
            self.ready.set_result(None)
        elif self.tally.is_counting:
            self.tally.seconds.append(time.perf_counter() - asked.due)
        status = self.statuses.get(self.state, b"")
        if status != b"ready":
            self.tally.wrong(f"a page that is {status.decode() or 'empty'}")
        if self.goes_on:
            asyncio.get_running_loop().call_soon(self.goes_on, self)


class Crowd:
    """Visitors on several servers; pages are chosen by how often people go there."""

    def __init__(self, urls: Sequence[str], *, choose: Callable[[random.Random], Place]) -> None:
        self.urls = urls
        self.choose = choose
        self.dice = random.Random(11)
        self.tally = Tally()
        self.visitors: list[Visitor] = []

    async def gather(self, count: int) -> None:
        """So many more visitors come, at most CONNECTING a second, each to a page; returns when all can read theirs."""
        began, comers = time.perf_counter(), []
        for place in range(count):
            comers.append(asyncio.create_task(self._come(len(self.visitors) + place)))
            await asyncio.sleep(max(0.0, began + place / CONNECTING - time.perf_counter()))
        self.visitors += await asyncio.gather(*comers)

    async def browse(self, *, per_second: float, seconds: float) -> Tally:
        """Send events when they are due, whether or not earlier ones are answered; returns what came of it."""
        self._counting()
        began = time.perf_counter()
        turns = itertools.cycle(self.dice.sample(self.visitors, len(self.visitors)))
        for place in range(round(per_second * seconds)):
            due = began + place / per_second
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            self._act(next(turns), due)
        await self._last_answers()
        return self._counted()

    async def hurry(self, *, seconds: float) -> Tally:
        """Everyone goes on as soon as they are answered: as much as the servers can do; returns what came of it."""

        def go_on(visitor: Visitor) -> None:
            self._act(visitor, time.perf_counter())

        self._counting()
        for visitor in self.visitors:
            visitor.goes_on = go_on
            go_on(visitor)
        await asyncio.sleep(seconds)
        self.tally.is_counting = False
        for visitor in self.visitors:
            visitor.goes_on = None
        await self._last_answers()
        return self._counted()

    def _counting(self) -> None:
        tally = self.tally
        tally.seconds, tally.sent, tally.errors, tally.is_counting = [], 0, {}, True

    def _counted(self) -> Tally:
        tally = self.tally
        tally.is_counting = False
        for _ in range(sum(len(visitor.waiting) for visitor in self.visitors)):
            tally.wrong("no answer")
        return tally

    async def leave(self) -> None:
        """Everyone goes."""
        for visitor in self.visitors:
            visitor.is_leaving = True
            if visitor.transport is not None:
                visitor.transport.disconnect()
        self.visitors = []
        await asyncio.sleep(1)

    async def _come(self, number: int) -> Visitor:
        url = f"{self.urls[number % len(self.urls)]}/_event/?token={uuid4()}&EIO=4&transport=websocket"
        made = Visitor(self.tally, self.choose(self.dice))
        await ws_connect(
            lambda: made,
            url.replace("http://", "ws://"),
            websocket_handshake_timeout=30,
            local_addr=(SOURCES[number % len(SOURCES)], 0),
            read_buffer_init_size=4096,
        )
        await asyncio.wait_for(made.ready, 60)
        return made

    def _act(self, visitor: Visitor, due: float) -> None:
        if self.dice.random() >= MORE or not visitor.show_more(due=due):
            visitor.visit(self.choose(self.dice), due=due)

    async def _last_answers(self) -> None:
        for _ in range(round(PATIENCE_SECONDS / 0.05)):
            if not any(visitor.waiting for visitor in self.visitors):
                return
            await asyncio.sleep(0.05)
