"""A draining web process closes its sockets and still accepts new ones."""

import signal
import time
from contextlib import ExitStack
from types import SimpleNamespace
from uuid import uuid4

from state.core import sockets
from tests.deploy.test_nginx import INSECURE_SSL
from tools.bench import socket_client


def test_a_drain_closes_sockets_gradually_and_accepts_new_ones(market: SimpleNamespace) -> None:
    with ExitStack() as stack:
        tabs = [
            stack.enter_context(socket_client.open_socket(market.url, str(uuid4()), ssl=INSECURE_SSL)) for _ in range(5)
        ]
        began = time.monotonic()
        market.tiers["web"].process.send_signal(signal.SIGUSR1)
        assert [tab.is_closed() for tab in tabs] == [True] * 5
        assert time.monotonic() - began > sockets.DRAIN_SECONDS / 2
    with socket_client.open_socket(market.url, str(uuid4()), ssl=INSECURE_SSL) as tab:
        assert '"is_hydrated_rx_state_":true' in tab.hydrate("/")
