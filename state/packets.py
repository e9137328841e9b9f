"""What waits to be sent to a socket, held no longer than that.

Engine.IO's writer keeps the packet it sent last until there is another one: a whole page for each browser that is read.
"""

from types import MethodType

from engineio.async_socket import AsyncSocket  # type: ignore[import-untyped]
from engineio.packet import Packet  # type: ignore[import-untyped]


class Outgoing:
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


def let_go_of_sent(connection: AsyncSocket) -> None:
    """From its next packets on, this connection keeps none that is sent."""
    connection.poll = MethodType(_poll, connection)


async def _poll(connection: AsyncSocket) -> list[Outgoing]:
    return [Outgoing(packet) for packet in await AsyncSocket.poll(connection)]
