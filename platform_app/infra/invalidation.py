"""Pokes: small messages that say what has changed. A lost one costs freshness, never data.

What could not be told, and what was told shortly before Redis went away, which the one that takes its place may never have
heard, is told once more when it is back.
"""

import json
import math
import threading
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from functools import cache

import structlog
from redis import Redis, RedisError
from redis.asyncio import Redis as AsyncRedis
from redis.backoff import NoBackoff
from redis.client import Pipeline
from redis.retry import Retry

from platform_app.infra import lsn
from platform_app.infra.lsn import Position
from platform_app.infra.settings import settings

CHANNEL = "plaza:invalidations"
GENERATION_PREFIX = "plaza:generation:"
POSITION_KEY = (
    "plaza:position"  # of the last poke in PostgreSQL's log; a sorted set that keeps its highest member alone
)
POLL_SECONDS = 5.0
RESEND_WINDOW_SECONDS = 30.0  # for which a poke may have to be told again
MAX_TRACKED_TAGS = 100_000  # tags, of those that were told and of those that were not

log = structlog.get_logger()


def publish(tags: Iterable[str], *, position: Position | None = None) -> None:
    """Raise the generation of every tag and tell all processes; an outage is logged, not raised.

    `position` is what a replica has to have replayed to know what has changed. Without, no replica is known to.
    """
    sorted_tags = sorted({*tags, *_recent.unsent()})
    if not sorted_tags:
        return
    try:
        with work_redis().pipeline(transaction=True) as pipe:
            for tag in sorted_tags:
                pipe.incr(GENERATION_PREFIX + tag)
                pipe.expire(GENERATION_PREFIX + tag, 86_400)
            _set_position(pipe, position)
            pipe.publish(CHANNEL, json.dumps(sorted_tags))
            pipe.execute()
    except RedisError as error:
        log.warning("invalidation not published yet", tags=sorted_tags, error=str(error))
        _recent.record(sorted_tags, is_unsent=True)
    else:
        _recent.record(sorted_tags, is_unsent=False)


def publish_uncertain(tags: Iterable[str]) -> None:
    """Tell of what has perhaps changed, or is about to: now, and again with what this process tells next."""
    sorted_tags = sorted(tags)
    publish(sorted_tags)
    _recent.record(sorted_tags, is_unsent=True)


def tags_to_resend() -> list[str]:
    """The tags of this process's pokes that a Redis which has been away may not know of."""
    return _recent.to_resend()


def has_position() -> bool:
    """Whether there is a position that replicas are measured by; there is none after Redis was emptied."""
    return bool(work_redis().exists(POSITION_KEY))


def raise_position(position: Position) -> None:
    """Measure replicas by this position from now on, unless by a higher one."""
    with work_redis().pipeline(transaction=True) as pipe:
        _set_position(pipe, position)
        pipe.execute()


def latest_position(members: list[bytes]) -> Position | None:
    """The position that is kept at POSITION, from what is there."""
    return lsn.parse(members[-1].decode()) if members else None


class _RecentTags:
    """When each tag was told last by this process, and which could not be; threads share it."""

    def __init__(self) -> None:
        self._sent: dict[str, float] = {}  # the earliest first
        self._unsent: set[str] = set()
        self._lock = threading.Lock()

    def record(self, tags: Iterable[str], *, is_unsent: bool) -> None:
        now = time.monotonic()
        with self._lock:
            if is_unsent:
                self._unsent.update(tags)
                while len(self._unsent) > MAX_TRACKED_TAGS:
                    self._unsent.pop()
                return
            for tag in tags:
                self._unsent.discard(tag)
                self._sent.pop(tag, None)
                self._sent[tag] = now
            while (
                len(self._sent) > MAX_TRACKED_TAGS or next(iter(self._sent.values()), now) < now - RESEND_WINDOW_SECONDS
            ):
                del self._sent[next(iter(self._sent))]

    def unsent(self) -> list[str]:
        with self._lock:
            return list(self._unsent)

    def to_resend(self) -> list[str]:
        since = time.monotonic() - RESEND_WINDOW_SECONDS
        with self._lock:
            return [*self._unsent, *(tag for tag, at in self._sent.items() if at >= since and tag not in self._unsent)]


class TagCoalescer:
    """Passes each tag on at once, except those with an interval: at most once in so many seconds, and never dropped."""

    def __init__(self, intervals: Mapping[str, float]) -> None:
        """Seconds between two releases, by tag."""
        self._intervals = intervals
        self._last_released: dict[str, float] = {}
        self._pending: dict[str, float] = {}

    def release(self, tags: Iterable[str], *, now: float) -> list[str]:
        """Which of these tags, and of those that waited, are to be passed on now."""
        for tag in tags:
            due_at = self._last_released.get(tag, -math.inf) + self._intervals.get(tag, 0.0)
            self._pending.setdefault(tag, max(now, due_at))
        due = [tag for tag, at in self._pending.items() if at <= now]
        for tag in due:
            del self._pending[tag]
            if tag in self._intervals:
                self._last_released[tag] = now
        return due

    def timeout(self, *, now: float) -> float:
        """Seconds until the next tag is due, or as long as one waits for a poke."""
        return max(0.0, min((at - now for at in self._pending.values()), default=POLL_SECONDS))


async def listen(intervals: Mapping[str, float]) -> AsyncIterator[list[str] | None]:
    """Yield the invalidated tags; None right after each (re)connect, when some may have been missed.

    A tag of `intervals` is yielded at most once in so many seconds.
    """
    coalescer = TagCoalescer(intervals)
    async with (
        AsyncRedis.from_url(_redis_url(), socket_connect_timeout=2, health_check_interval=10) as redis,
        redis.pubsub() as pubsub,
    ):
        await pubsub.subscribe(CHANNEL)
        yield None
        while True:
            timeout = coalescer.timeout(now=time.monotonic())
            message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=timeout)
            if due := coalescer.release(json.loads(message["data"]) if message else (), now=time.monotonic()):
                yield due


@cache
def work_redis() -> Redis:
    """The process's connection to the Redis of jobs, cache and pokes."""
    return Redis.from_url(_redis_url(), socket_timeout=2, socket_connect_timeout=1, retry=Retry(NoBackoff(), 1))


def _set_position(pipe: Pipeline, position: Position | None) -> None:
    """Keep the highest position; members of one score are sorted as text, as positions are."""
    if position is None:
        pipe.delete(POSITION_KEY)
    else:
        pipe.zadd(POSITION_KEY, {str(position): 0})
        pipe.zremrangebyrank(POSITION_KEY, 0, -2)


def _redis_url() -> str:
    return settings().work_redis_url.get_secret_value()


_recent = _RecentTags()
