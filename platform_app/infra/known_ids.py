"""Ids by name that a process remembers, so that a name in a URL does not cost a query each time."""

from collections.abc import Callable, Iterable
from threading import Lock
from uuid import UUID

from cachetools import TTLCache

_all: list["KnownIds"] = []


class KnownIds:
    """Remembers ids for a while, for all threads; an invalidation of the name's tag forgets it.

    Processes that hear of no invalidations may know an id that no longer belongs to its name, until the time is over.
    """

    def __init__(self, *, tag: Callable[[str], str], max_entries: int, seconds: float) -> None:
        """Remember at most so many names, each for so long; `tag` is the tag of a name."""
        self._tag = tag
        self._ids: TTLCache[str, UUID] = TTLCache(max_entries, seconds)
        self._lock = Lock()
        _all.append(self)

    def get(self, name: str) -> UUID | None:
        """The id that was last remembered for this name."""
        with self._lock:
            known: UUID | None = self._ids.get(self._tag(name))
            return known

    def remember(self, name: str, known_id: UUID) -> None:
        """Remember the id of this name."""
        with self._lock:
            self._ids[self._tag(name)] = known_id

    def forget(self, tags: Iterable[str]) -> None:
        """Forget the names with these tags."""
        with self._lock:
            for tag in tags:
                self._ids.pop(tag, None)

    def clear(self) -> None:
        """Forget all names."""
        with self._lock:
            self._ids.clear()


def forget(tags: Iterable[str]) -> None:
    """Forget the names of invalidated tags."""
    for each in _all:
        each.forget(tags)


def clear() -> None:
    """Forget all names, for example when invalidations may have been missed."""
    for each in _all:
        each.clear()
