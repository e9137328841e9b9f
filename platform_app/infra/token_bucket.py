"""Token buckets of one process: a burst is allowed, a steady rate is kept, and memory is bounded."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from cachetools import LRUCache

MAX_KEYS = 65_536  # remembered for each kind of bucket; whoever is forgotten begins with a full one


@dataclass(frozen=True)
class Rate:
    """`burst` at once, and `per_second` in the long run."""

    burst: int
    per_second: float


class TokenBuckets:
    """One bucket for each key, filled at the same rate."""

    def __init__(self, rate: Rate, *, clock: Callable[[], float] = time.monotonic) -> None:
        """All buckets are full."""
        self._rate, self._clock = rate, clock
        self._buckets: LRUCache[str, tuple[float, float]] = LRUCache(MAX_KEYS)  # key: tokens left, at which time

    def take(self, key: str) -> bool:
        """Take one token; False when the bucket is empty."""
        now = self._clock()
        tokens, filled_at = self._buckets.get(key, (float(self._rate.burst), now))
        tokens = min(self._rate.burst, tokens + (now - filled_at) * self._rate.per_second)
        is_allowed = tokens >= 1
        self._buckets[key] = (tokens - 1 if is_allowed else tokens, now)
        return is_allowed
