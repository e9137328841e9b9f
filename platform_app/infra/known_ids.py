"""Ids by name that a process remembers, so that a name in a URL does not cost a query each time."""

from threading import Lock
from uuid import UUID

from cachetools import TTLCache


class KnownIds:
    """Remembers ids for a while, for all threads. Readers tolerate an id that no longer belongs to its name."""

    def __init__(self, *, max_entries: int, seconds: float) -> None:
        """Remember at most so many names, each for so long."""
        self._ids: TTLCache[str, UUID] = TTLCache(max_entries, seconds)
        self._lock = Lock()

    def get(self, name: str) -> UUID | None:
        """The id that was last remembered for this name."""
        with self._lock:
            known: UUID | None = self._ids.get(name)
            return known

    def remember(self, name: str, known_id: UUID) -> None:
        """Remember the id of this name."""
        with self._lock:
            self._ids[name] = known_id

    def forget(self, name: str) -> None:
        """Forget a name that has lost its id."""
        with self._lock:
            self._ids.pop(name, None)
