"""In-process token buckets: they allow bursts, limit the sustained rate and bound memory."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from cachetools import LRUCache

MAX_KEYS = 65_536  # per instance; an evicted key starts again with a full bucket


@dataclass(frozen=True)
class Rate:
    """Up to `burst` at once and `per_second` on average."""

    burst: int
    per_second: float


class TokenBuckets:
    """One bucket per key, all with the same rate."""

    def __init__(self, rate: Rate, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Start with full buckets."""
        self._rate, self._clock = rate, clock
        self._buckets: LRUCache[str, tuple[float, float]] = LRUCache(MAX_KEYS)  # key: (tokens left, time)

    def take(self, key: str) -> bool:
        """Take one token; False if the bucket is empty."""
        now = self._clock()
        tokens, filled_at = self._buckets.get(key, (float(self._rate.burst), now))
        tokens = min(self._rate.burst, tokens + (now - filled_at) * self._rate.per_second)
        is_allowed = tokens >= 1
        self._buckets[key] = (tokens - 1 if is_allowed else tokens, now)
        return is_allowed
