"""A web process that is told to sends its browsers away, and takes new ones all the same."""

import signal
import time
from contextlib import ExitStack
from types import SimpleNamespace
from uuid import uuid4

from state import sockets
from tests.deploy.test_nginx import TRUSTING
from tests.e2e import wire


def test_browsers_are_sent_away_a_few_at_a_time_and_come_back(market: SimpleNamespace) -> None:
    with ExitStack() as stack:
        tabs = [stack.enter_context(wire.opened(market.url, str(uuid4()), ssl=TRUSTING)) for _ in range(5)]
        began = time.monotonic()
        market.tiers["web"].process.send_signal(signal.SIGUSR1)
        assert [tab.is_closed() for tab in tabs] == [True] * 5
        assert time.monotonic() - began > sockets.DRAIN_SECONDS / 2
    with wire.opened(market.url, str(uuid4()), ssl=TRUSTING) as tab:
        assert '"is_hydrated_rx_state_":true' in tab.hydrate("/")
