"""A client of the websocket that can send anything."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ssl import SSLContext
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

MAX_PINGS = 12  # three minutes
ROOT_STATE = "reflex___state____state"


class Silent(Exception):
    """Nothing but pings comes any more."""


class SocketClient:
    """An open socket; `received` is the text of every message so far, or since it was last emptied."""

    def __init__(self, socket: ClientConnection, *, max_pings: int = MAX_PINGS) -> None:
        """Nothing is received yet; after so many pings without anything else, waiting raises Silent."""
        self.socket, self.max_pings = socket, max_pings
        self.received = ""
        self.pings = 0  # since the last other message

    def send(self, handler: str, payload: Mapping[str, object] | None = None, *, path: str = "/") -> None:
        """Send an event by its handler's full name."""
        router = {"pathname": path, "asPath": path, "query": {}}
        event = {"name": f"{ROOT_STATE}.{handler}", "payload": payload or {}, "router_data": router}
        self.socket.send("42/_event," + json.dumps(["event", event]))

    def hydrate(self, path: str) -> str:
        """Open a page; returns the messages until it is hydrated."""
        self.send("hydrate_and_load", {"vars": {}}, path=path)
        return self.await_text('"is_hydrated_rx_state_":true', '"_redirect"')

    def await_text(self, *texts: str) -> str:
        """The messages so far, once one contains one of these texts."""
        while not any(text in self.received for text in texts):
            self._receive()
        return self.received

    def settle(self) -> str:
        """The messages so far, once the server has answered a harmless event that is sent now."""
        answer = '"is_hydrated_rx_state_":false'
        self.send("set_is_hydrated", {"value": False})
        self.send("set_is_hydrated", {"value": True})
        while answer not in self._receive():  # not in all messages so far, which may be megabytes
            pass
        return self.received

    def is_closed(self) -> bool:
        """Wait until the server closes the socket; whether it does."""
        try:
            while True:
                self._receive()
        except ConnectionClosed:
            return True

    def _receive(self) -> str:
        """The next message, without spaces."""
        message: Any = self.socket.recv(timeout=60)
        self.pings = self.pings + 1 if message == "2" else 0
        if self.pings >= self.max_pings:
            raise Silent
        if message == "2":
            self.socket.send("3")
        text = message.replace(" ", "") if isinstance(message, str) else ""
        self.received += text
        return text


@contextmanager
def open_socket(
    url: str, tab: str, *, cookie: str = "", ssl: SSLContext | None = None, max_pings: int = MAX_PINGS
) -> Iterator[SocketClient]:
    """A socket of this tab, with this Cookie header."""
    socket_url = url.replace("http", "ws", 1) + f"/_event/?token={tab}&EIO=4&transport=websocket"
    headers = {"Cookie": cookie, "Authorization": "Bearer a-secret-of-a-program"} if cookie else {}
    with connect(socket_url, additional_headers=headers, max_size=None, ssl=ssl, open_timeout=60) as socket:
        client = SocketClient(socket, max_pings=max_pings)
        client._receive()
        socket.send("40/_event,")
        client.await_text("40/_event")
        yield client
