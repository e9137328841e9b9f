"""What is sent to a socket: how it is written, and that it is held no longer than until it is sent.

Engine.IO's writer keeps the packet it sent last until there is another one: a whole page for each browser that is read.
"""

from dataclasses import is_dataclass
from types import MethodType

from engineio.async_socket import AsyncSocket  # type: ignore[import-untyped]
from engineio.packet import Packet  # type: ignore[import-untyped]
from orjson import OPT_PASSTHROUGH_DATACLASS, OPT_PASSTHROUGH_DATETIME, Fragment, JSONEncodeError
from orjson import dumps as encode
from reflex_base.utils.format import json_dumps
from reflex_base.utils.serializers import serialize

_OPTIONS = OPT_PASSTHROUGH_DATACLASS | OPT_PASSTHROUGH_DATETIME
_STATE_PACKAGE = "state."  # the package of views, for which Reflex has no other way than field by field


def dumps(value: object, **_: object) -> str:
    """The JSON that Reflex's own encoder would write, without its detour through dictionaries for our views."""
    try:
        return encode(value, _default, _OPTIONS).decode()
    except JSONEncodeError:  # a key that is no string, a number past 64 bits
        return json_dumps(value, separators=(",", ":"))


class OneShotPacket:
    """A packet that is encoded once, and then forgotten."""

    __slots__ = ("_packet",)

    def __init__(self, packet: Packet) -> None:
        """Hold this packet."""
        self._packet: Packet | None = packet

    def encode(self, b64: bool = False) -> str | bytes:
        """The packet as it is sent; whoever sends it asks once."""
        packet, self._packet = self._packet, None
        assert packet is not None
        encoded: str | bytes = packet.encode(b64)
        return encoded


def release_sent_packets(connection: AsyncSocket) -> None:
    """From its next packets on, this connection keeps none that is sent."""
    connection.poll = MethodType(_poll, connection)


async def _poll(connection: AsyncSocket) -> list[OneShotPacket]:
    return [OneShotPacket(packet) for packet in await AsyncSocket.poll(connection)]


def _default(value: object) -> object:
    if is_dataclass(value) and type(value).__module__.startswith(_STATE_PACKAGE):
        return Fragment(encode(value, serialize, OPT_PASSTHROUGH_DATETIME))
    return serialize(value)
