"""People with a browser each: bare websockets that come back when they are closed, as Reflex's client does."""

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

from platform_app.cli.rehearsal.timeline import Timeline
from platform_app.cli.visitors import ROOT, SOURCES, Asked, Place, Tally, Visitor, router_data

RETRY_SECONDS, LONGEST_RETRY_SECONDS = 0.2, 2.0  # of Reflex's client: so much longer after each try that failed
COMING = 50  # people a second at first, each by TLS
READY_SECONDS = 60.0  # longer than any page takes: a browser waits for ever, and coming anew would ask for it twice
LATEST_SECONDS = 1.0  # that a visit may begin after it was due
ANSWER_SECONDS = 15.0
HEARTS = f"{ROOT}.state___favourites____hearts_state"
_LIKED = re.compile(rb'"liked_rx_state_":\[([^\]]*)\]')


@dataclass(frozen=True)
class Way:
    """How one comes to the edge."""

    url: str
    context: ssl.SSLContext


class Person(Visitor):
    """A browser: it stays, whatever closes its socket, and is who its cookie says."""

    def __init__(self, way: Way, number: int, timeline: Timeline, first: Place, cookie: str = "") -> None:
        """Not connected yet."""
        super().__init__(Tally(), first)
        self.way, self.number, self.timeline, self.cookie = way, number, timeline, cookie
        self.tab = uuid4()
        self.lost_at: float | None = None
        self.liked: bytes | None = None
        self.is_refused = False
        self.is_open = False
        self._back: asyncio.Task[None] | None = None

    @property
    def is_there(self) -> bool:
        """Whether the page is shown and events go through."""
        return self.ready.done() and self.lost_at is None

    async def there(self) -> None:
        """Return once it is connected, which it is again before long."""
        if self._back:
            await asyncio.wait([self._back])

    async def come(self) -> None:
        """Open the socket and the page."""
        address = f"{self.way.url.replace('https://', 'wss://')}/_event/?token={self.tab}&EIO=4&transport=websocket"
        await ws_connect(
            lambda: self,
            address,
            ssl_context=self.way.context,
            websocket_handshake_timeout=10,
            local_addr=(SOURCES[self.number % len(SOURCES)], 0),
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
        """Keep the line."""
        super().on_ws_connected(transport)
        self.is_open = True

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Say goodbye as a browser does, or whoever closes would wait for it."""
        if frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()
            return
        super().on_ws_frame(transport, frame)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """Come back, unless one wanted to go; what was asked and not answered is lost with the socket."""
        if transport is not self.transport:
            return
        self.is_open = False
        now = time.perf_counter()
        for asked in self.waiting:
            if asked.due:
                self.timeline.note("event", asked.due, "the socket was closed")
        self.waiting.clear()
        if not self.ready.done():
            self.ready.set_exception(ConnectionError("closed before the page was there"))
        elif not self.is_leaving and self.lost_at is None:
            self.lost_at = now
            self._back = asyncio.create_task(self._come_back(now))

    def leave(self) -> None:
        """Go for good."""
        self.is_leaving = True
        if self._back:
            self._back.cancel()
        if self.transport is not None:
            self.transport.disconnect()

    async def press(self, listing: UUID, *, is_liked: bool) -> bool:
        """Press the heart; whether the answer came that says so."""
        self.is_refused, self.liked = False, None
        mine = str(listing).encode()
        payload = {"listing_id": str(listing), "is_liked": is_liked}
        began = time.perf_counter()
        event = {"name": f"{HEARTS}.press", "payload": payload, "router_data": router_data(self.first)}
        sent_by = self.transport
        if sent_by is not None:
            sent_by.send(WSMsgType.TEXT, b"42/_event," + json.dumps(["event", event]).encode())

        def is_answering() -> bool:  # what another socket says of the page it opens again is no answer
            return self.is_there and self.transport is sent_by

        while time.perf_counter() < began + ANSWER_SECONDS and is_answering() and not self.is_refused:
            if self.liked is not None and (mine in self.liked) is is_liked:
                self.timeline.note("press", began)
                return True
            await asyncio.sleep(0.02)
        why = "refused" if self.is_refused else "no answer" if is_answering() else "the socket was closed"
        self.timeline.note("press", began, why)
        return False

    async def _come_back(self, since: float) -> None:
        for failed in itertools.count():
            if failed:
                await asyncio.sleep(min(RETRY_SECONDS * failed, LONGEST_RETRY_SECONDS))
            self.ready = asyncio.get_running_loop().create_future()
            try:
                await self.come()
            except (WSError, OSError, TimeoutError):
                if self.ready.done():
                    self.ready.exception()  # which was told
                continue
            if not self.is_open:
                continue
            self.timeline.away.append((since, time.perf_counter()))
            self.lost_at = None
            return

    def _read(self, text: bytes) -> None:
        if found := _LIKED.findall(text):
            self.liked = found[-1]
        if HEARTS.encode() in text and b'"drawing_rx_state_":"' in text and b'"drawing_rx_state_":""' not in text:
            self.is_refused = True
        super()._read(text)

    def _answered(self, asked: Asked) -> None:
        if not self.ready.done():
            self.ready.set_result(None)
            return
        if asked.due:
            is_down = self.statuses.get(self.state) == b"down"
            self.timeline.note("event", asked.due, "a page that is down" if is_down else "")


class People:
    """All of them, and those who browse."""

    def __init__(self, way: Way, timeline: Timeline, *, choose: Callable[[random.Random], Place]) -> None:
        """Nobody is there yet."""
        self.way, self.timeline, self.choose = way, timeline, choose
        self.dice = random.Random(11)
        self.browsing: list[Person] = []
        self.pressing: list[Person] = []

    @property
    def everybody(self) -> Sequence[Person]:
        """Who is connected, or wants to be."""
        return [*self.browsing, *self.pressing]

    async def gather(self, count: int, *, signed_in: Sequence[tuple[str, Place]]) -> None:
        """So many come in all; those who are signed in, each to the page where they stay."""
        made = [
            Person(self.way, number, self.timeline, place, cookie) for number, (cookie, place) in enumerate(signed_in)
        ]
        more = [Person(self.way, number, self.timeline, self.choose(self.dice)) for number in range(len(made), count)]
        self.pressing, self.browsing = made, more
        comers = []
        for person in self.everybody:
            comers.append(asyncio.create_task(person.come()))
            await asyncio.sleep(1 / COMING)
        await asyncio.gather(*comers)

    async def browse(self, *, per_second: float, until: asyncio.Event) -> None:
        """Go from page to page when it is due, whether or not earlier ones are answered.

        What could not be sent in time is left out and counted: sent in a burst, it would be a load that nobody asked for.
        """
        began, turns = time.perf_counter(), itertools.cycle(self.dice.sample(self.browsing, len(self.browsing)))
        for place in itertools.count():
            due = began + place / per_second
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            if until.is_set():
                return
            person = next(turns)
            if time.perf_counter() - due > LATEST_SECONDS:
                self.timeline.skipped += 1
            elif person.is_there:
                person.visit(self.choose(self.dice), due=time.perf_counter())
            else:
                self.timeline.note("event", due, "nobody is connected")
            self._give_up()

    def leave(self) -> None:
        """Everyone goes."""
        for person in self.everybody:
            person.leave()

    def _give_up(self) -> None:
        late = time.perf_counter() - ANSWER_SECONDS
        for person in self.browsing:
            while person.waiting and 0.0 < person.waiting[0].due < late:
                self.timeline.note("event", person.waiting.popleft().due, "no answer")
