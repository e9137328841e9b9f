"""Cache invalidation: messages that name changed tags. A lost message delays freshness but loses no data.

Invalidations that could not be sent are sent again when Redis is back, and so are those sent shortly before it went
away, since its replacement may not have received them.
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
POSITION_KEY = "plaza:position"  # WAL position of the last invalidation; a sorted set with only its highest member
POLL_SECONDS = 5.0
RESEND_WINDOW_SECONDS = 30.0  # sent invalidations this recent are sent again after an outage
MAX_TRACKED_TAGS = 100_000  # for sent and unsent tags each

log = structlog.get_logger()


def publish(tags: Iterable[str], *, position: Position | None = None) -> None:
    """Increment the generation of every tag and notify all processes; an outage is logged, not raised.

    `position` is the WAL position that a replica must have replayed to include the change. Without it, no replica is
    used.
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
    """Publish tags whose change is uncertain or in progress: now, and again with this process's next publication."""
    sorted_tags = sorted(tags)
    publish(sorted_tags)
    _recent.record(sorted_tags, is_unsent=True)


def tags_to_resend() -> list[str]:
    """The tags that this process has to publish again after an outage of Redis."""
    return _recent.to_resend()


def has_position() -> bool:
    """Whether Redis has a position for replicas; not after it was emptied."""
    return bool(work_redis().exists(POSITION_KEY))


def raise_position(position: Position) -> None:
    """Set the position for replicas, unless it is already higher."""
    with work_redis().pipeline(transaction=True) as pipe:
        _set_position(pipe, position)
        pipe.execute()


def latest_position(members: list[bytes]) -> Position | None:
    """The position from the members of POSITION_KEY."""
    return lsn.parse(members[-1].decode()) if members else None


class _RecentTags:
    """When this process last sent each tag, and which tags are unsent; thread-safe."""

    def __init__(self) -> None:
        self._sent: dict[str, float] = {}  # oldest first
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
    """Delivers tags at once, except those with an interval, which it delivers at most once per interval."""

    def __init__(self, intervals: Mapping[str, float]) -> None:
        """Seconds between two deliveries, by tag."""
        self._intervals = intervals
        self._last_released: dict[str, float] = {}
        self._pending: dict[str, float] = {}

    def release(self, tags: Iterable[str], *, now: float) -> list[str]:
        """The tags, among these and the pending ones, that are due now."""
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
        """Seconds until the next pending tag is due, at most POLL_SECONDS."""
        return max(0.0, min((at - now for at in self._pending.values()), default=POLL_SECONDS))


async def listen(intervals: Mapping[str, float]) -> AsyncIterator[list[str] | None]:
    """Yield the tags of each invalidation; None after each (re)connect, when some may have been missed.

    A tag of `intervals` is yielded at most once in that many seconds.
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
    """The process's connection to the Redis for jobs, cache and invalidations."""
    return Redis.from_url(_redis_url(), socket_timeout=2, socket_connect_timeout=1, retry=Retry(NoBackoff(), 1))


def _set_position(pipe: Pipeline, position: Position | None) -> None:
    """Keep the highest position: members with equal scores sort as text, like positions. None deletes it."""
    if position is None:
        pipe.delete(POSITION_KEY)
    else:
        pipe.zadd(POSITION_KEY, {str(position): 0})
        pipe.zremrangebyrank(POSITION_KEY, 0, -2)


def _redis_url() -> str:
    return settings().work_redis_url.get_secret_value()


_recent = _RecentTags()
