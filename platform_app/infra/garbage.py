"""Python's garbage collector, kept from holding up a process that has thousands of visitors.

A full collection looks at every object there is: about a second for 2,500 visitors, every few seconds while they browse.
What is made and dropped by an event is found by collecting young objects; only what belonged to a closed connection for
long needs a full collection, so that these follow from how many have closed.
"""

import gc
import time

YOUNG = 50_000  # objects made more than dropped, after which young ones are looked at
MIDDLE = 100  # looks at young ones, after which those that survived are looked at
NEVER = 1_000_000
FEW = 1000  # closed connections that are not worth a full collection
APART_SECONDS = 60.0  # between two of them

_state = {"closed": 0, "collected": 0.0}


def calm() -> None:
    """Once a process has started: leave aside for good what it has loaded, and collect young objects only."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, NEVER)


def closed(*, still_open: int) -> None:
    """A connection has closed; when as many have as are open, everything is collected."""
    _state["closed"] += 1
    now = time.monotonic()
    if _state["closed"] >= max(FEW, still_open) and now >= _state["collected"] + APART_SECONDS:
        gc.collect()
        _state.update(closed=0, collected=now)
