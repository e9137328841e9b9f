"""Python's garbage collector, kept from holding up a process that has thousands of visitors.

A full collection looks at every object there is: about a second for 2,500 visitors, every few seconds while they browse.
What is made and dropped by an event is found by collecting young objects; only what belonged to a closed connection for
long needs a full collection, so that these follow from how many have closed.
"""

import gc
import time

GENERATION_0_THRESHOLD = 50_000  # objects made more than dropped, after which young ones are looked at
GENERATION_1_THRESHOLD = 100  # looks at young ones, after which those that survived are looked at
GENERATION_2_THRESHOLD = 1_000_000
MIN_CLOSED_CONNECTIONS = 1000  # closed connections that are not worth a full collection
MIN_INTERVAL_SECONDS = 60.0  # between two of them

_state = {"closed": 0, "collected": 0.0}


def configure() -> None:
    """Once a process has started: leave aside for good what it has loaded, and collect young objects only."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GENERATION_0_THRESHOLD, GENERATION_1_THRESHOLD, GENERATION_2_THRESHOLD)


def connection_closed(*, still_open: int) -> None:
    """A connection has closed; when as many have as are open, everything is collected."""
    _state["closed"] += 1
    now = time.monotonic()
    if (
        _state["closed"] >= max(MIN_CLOSED_CONNECTIONS, still_open)
        and now >= _state["collected"] + MIN_INTERVAL_SECONDS
    ):
        gc.collect()
        _state.update(closed=0, collected=now)
