"""What was made for the browser of a shared answer is shared too: one making, and one copy in memory, for all who see it."""

from collections.abc import Callable, Hashable
from functools import cache
from typing import Any, TypeVar

from cachetools import LRUCache

KEPT = 2048

Made = TypeVar("Made")


def once(of: object, name: Hashable, make: Callable[[], Made]) -> Made:
    """What `make` makes of this very object under this name; never to be changed, since others have it too."""
    known = _made().get((id(of), name))
    if known is not None and known[0] is of:
        found: Made = known[1]
        return found
    made = make()
    _made()[id(of), name] = (of, made)  # with the object itself, so that no other gets its id
    return made


@cache
def _made() -> LRUCache[tuple[int, Hashable], tuple[object, Any]]:
    return LRUCache(maxsize=KEPT)
