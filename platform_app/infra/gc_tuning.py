"""Garbage collector settings that avoid long pauses in a process with thousands of connections.

A full collection visits every object: about a second for 2,500 visitors, every few seconds while they browse.
Collecting young objects frees what events create and drop. Only the objects of closed connections need a full
collection, so the number of closed connections triggers it.
"""

import gc
import time

GENERATION_0_THRESHOLD = 50_000  # net allocations before a collection of generation 0
GENERATION_1_THRESHOLD = 100  # collections of generation 0 before one of generation 1
GENERATION_2_THRESHOLD = 1_000_000
MIN_CLOSED_CONNECTIONS = 1000  # fewer closed connections are not worth a full collection
MIN_INTERVAL_SECONDS = 60.0  # between full collections

_state = {"closed": 0, "collected": 0.0}


def configure() -> None:
    """Freeze the objects loaded so far and collect only young ones; call this once after start-up."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GENERATION_0_THRESHOLD, GENERATION_1_THRESHOLD, GENERATION_2_THRESHOLD)


def connection_closed(*, still_open: int) -> None:
    """Count a closed connection; run a full collection once as many have closed as are open."""
    _state["closed"] += 1
    now = time.monotonic()
    if (
        _state["closed"] >= max(MIN_CLOSED_CONNECTIONS, still_open)
        and now >= _state["collected"] + MIN_INTERVAL_SECONDS
    ):
        gc.collect()
        _state.update(closed=0, collected=now)
