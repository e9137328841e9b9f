"""What was made for the browser of a shared answer is shared too: one making, and one copy in memory, for all who see it."""

from collections.abc import Callable, Hashable
from functools import cache
from typing import Any, TypeVar

from cachetools import LRUCache

MAX_ENTRIES = 2048

Result = TypeVar("Result")


def memoize(source: object, key: Hashable, build: Callable[[], Result]) -> Result:
    """What `build` makes of this very object under this name; never to be changed, since others have it too."""
    cached = _cache().get((id(source), key))
    if cached is not None and cached[0] is source:
        value: Result = cached[1]
        return value
    built = build()
    _cache()[id(source), key] = (source, built)  # with the object itself, so that no other gets its id
    return built


@cache
def _cache() -> LRUCache[tuple[int, Hashable], tuple[object, Any]]:
    return LRUCache(maxsize=MAX_ENTRIES)
