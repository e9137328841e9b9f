"""Encodes packets, and frees each as soon as it is sent.

Engine.IO's writer holds its last packet until the next one, which is a whole page for each idle browser.
"""

from dataclasses import is_dataclass
from types import MethodType

from engineio.async_socket import AsyncSocket  # type: ignore[import-untyped]
from engineio.packet import Packet  # type: ignore[import-untyped]
from orjson import OPT_PASSTHROUGH_DATACLASS, OPT_PASSTHROUGH_DATETIME, Fragment, JSONEncodeError
from orjson import dumps as encode
from reflex_base.utils.format import json_dumps
from reflex_base.utils.serializers import serialize

from state.core.hooks import Hook

HOOKS = (
    Hook("engineio.async_socket:AsyncSocket.poll", "each connection gets its own poll", parameters=()),
    Hook(
        "engineio.async_socket:AsyncSocket._websocket_handler",
        "its writer encodes each packet once",
        source=("packets = await self.poll()", "await ws.send(pkt.encode())"),
    ),
    Hook("engineio.packet:Packet.encode", "encodes a packet", parameters=("b64",)),
    Hook(
        "reflex_base.utils.format:json_dumps",
        "our encoder writes the same output",
        parameters=("obj", "separators", "kwargs"),
    ),
    Hook(
        "reflex_base.utils.serializers:serialize",
        "converts values to JSON as Reflex does",
        parameters=("value", "get_type"),
    ),
)

_OPTIONS = OPT_PASSTHROUGH_DATACLASS | OPT_PASSTHROUGH_DATETIME
_VIEW_PACKAGES = ("state.", "platform_app.presenters.")  # Reflex would serialise views field by field


def dumps(value: object, **_: object) -> str:
    """The JSON that Reflex's encoder would write, but without building dictionaries from our views."""
    try:
        return encode(value, _default, _OPTIONS).decode()
    except JSONEncodeError:  # a key that is not text, or a number beyond 64 bits
        return json_dumps(value, separators=(",", ":"))


class OneShotPacket:
    """A packet that is encoded once and then freed."""

    __slots__ = ("_packet",)

    def __init__(self, packet: Packet) -> None:
        """Hold this packet."""
        self._packet: Packet | None = packet

    def encode(self, b64: bool = False) -> str | bytes:
        """The encoded packet. Engine.IO's writer, the only caller, calls this once."""
        packet, self._packet = self._packet, None
        assert packet is not None
        encoded: str | bytes = packet.encode(b64)
        return encoded


def release_sent_packets(connection: AsyncSocket) -> None:
    """Make this connection free each packet once it is sent."""
    connection.poll = MethodType(_poll, connection)


async def _poll(connection: AsyncSocket) -> list[OneShotPacket]:
    return [OneShotPacket(packet) for packet in await AsyncSocket.poll(connection)]


def _default(value: object) -> object:
    if is_dataclass(value) and type(value).__module__.startswith(_VIEW_PACKAGES):
        return Fragment(encode(value, serialize, OPT_PASSTHROUGH_DATETIME))
    return serialize(value)
