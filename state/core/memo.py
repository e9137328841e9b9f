"""Shares the views of shared cache entries: each is built once, and is in memory once for all visitors."""

from collections.abc import Callable, Hashable
from functools import cache
from typing import Any, TypeVar

from cachetools import LRUCache

MAX_ENTRIES = 2048

Result = TypeVar("Result")


def memoize(source: object, key: Hashable, build: Callable[[], Result]) -> Result:
    """The result of `build` for this object (by identity) and key. It is shared between tabs: never change it."""
    cached = _cache().get((id(source), key))
    if cached is not None and cached[0] is source:
        value: Result = cached[1]
        return value
    built = build()
    _cache()[id(source), key] = (source, built)  # keeps the object alive, so that its id stays unique
    return built


@cache
def _cache() -> LRUCache[tuple[int, Hashable], tuple[object, Any]]:
    return LRUCache(maxsize=MAX_ENTRIES)
