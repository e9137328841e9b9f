"""Pokes: small messages that say what has changed. A lost one costs freshness, never data.

What could not be told, and what was told shortly before Redis went away, which the one that takes its place may never have
heard, is told once more when it is back.
"""

import json
import math
import threading
import time
from collections.abc import AsyncIterator, Iterable
from functools import cache

import structlog
from redis import Redis, RedisError
from redis.asyncio import Redis as AsyncRedis
from redis.backoff import NoBackoff
from redis.client import Pipeline
from redis.retry import Retry

from platform_app.infra import wal
from platform_app.infra.settings import settings
from platform_app.infra.wal import Position

CHANNEL = "plaza:pokes"
GENERATION = "plaza:generation:"
POSITION = "plaza:position"  # of the last poke in PostgreSQL's log; a sorted set that keeps its highest member alone
# Seconds between two passings-on of a tag that every change of a listing bears: what lists show is at most so much older.
CALM = {"catalog": 2.0}
WAIT_SECONDS = 5.0
RECENT_SECONDS = 30.0  # for which a poke may have to be told again
MAX_RECENT = 100_000  # tags, of those that were told and of those that were not

log = structlog.get_logger()


def publish(tags: Iterable[str], *, position: Position | None = None) -> None:
    """Raise the generation of every tag and tell all processes; an outage is logged, not raised.

    `position` is what a replica has to have replayed to know what has changed. Without, no replica is known to.
    """
    named = sorted({*tags, *_recent.lost()})
    if not named:
        return
    try:
        with work_redis().pipeline(transaction=True) as pipe:
            for tag in named:
                pipe.incr(GENERATION + tag)
                pipe.expire(GENERATION + tag, 86_400)
            _move(pipe, position)
            pipe.publish(CHANNEL, json.dumps(named))
            pipe.execute()
    except RedisError as error:
        log.warning("poke not told yet", tags=named, error=str(error))
        _recent.note(named, is_lost=True)
    else:
        _recent.note(named, is_lost=False)


def publish_doubtful(tags: Iterable[str]) -> None:
    """Tell of what has perhaps changed, or is about to: now, and again with what this process tells next."""
    named = sorted(tags)
    publish(named)
    _recent.note(named, is_lost=True)


def to_be_repeated() -> list[str]:
    """The tags of this process's pokes that a Redis which has been away may not know of."""
    return _recent.tags()


def position_is_known() -> bool:
    """Whether there is a position that replicas are measured by; there is none after Redis was emptied."""
    return bool(work_redis().exists(POSITION))


def make_position_known(position: Position) -> None:
    """Measure replicas by this position from now on, unless by a higher one."""
    with work_redis().pipeline(transaction=True) as pipe:
        _move(pipe, position)
        pipe.execute()


def highest(members: list[bytes]) -> Position | None:
    """The position that is kept at POSITION, from what is there."""
    return wal.parse(members[-1].decode()) if members else None


class _Recent:
    """When each tag was told last by this process, and which could not be; threads share it."""

    def __init__(self) -> None:
        self._told: dict[str, float] = {}  # the earliest first
        self._lost: set[str] = set()
        self._lock = threading.Lock()

    def note(self, tags: Iterable[str], *, is_lost: bool) -> None:
        now = time.monotonic()
        with self._lock:
            if is_lost:
                self._lost.update(tags)
                while len(self._lost) > MAX_RECENT:
                    self._lost.pop()
                return
            for tag in tags:
                self._lost.discard(tag)
                self._told.pop(tag, None)
                self._told[tag] = now
            while len(self._told) > MAX_RECENT or next(iter(self._told.values()), now) < now - RECENT_SECONDS:
                del self._told[next(iter(self._told))]

    def lost(self) -> list[str]:
        with self._lock:
            return list(self._lost)

    def tags(self) -> list[str]:
        since = time.monotonic() - RECENT_SECONDS
        with self._lock:
            return [*self._lost, *(tag for tag, at in self._told.items() if at >= since and tag not in self._lost)]


class Calmed:
    """Passes tags on at once, except that one of CALM waits until its time since the last passing has gone by."""

    def __init__(self) -> None:
        """Nothing was heard yet."""
        self._passed: dict[str, float] = {}
        self._waiting: dict[str, float] = {}

    def heard(self, tags: Iterable[str], *, now: float) -> list[str]:
        """Which of these tags, and of those that waited, are to be passed on now."""
        for tag in tags:
            calm_until = self._passed.get(tag, -math.inf) + CALM.get(tag, 0.0)
            self._waiting.setdefault(tag, max(now, calm_until))
        due = [tag for tag, at in self._waiting.items() if at <= now]
        for tag in due:
            del self._waiting[tag]
            if tag in CALM:
                self._passed[tag] = now
        return due

    def patience(self, *, now: float) -> float:
        """Seconds until the next tag is due, or as long as one waits for a poke."""
        return max(0.0, min((at - now for at in self._waiting.values()), default=WAIT_SECONDS))


async def listen() -> AsyncIterator[list[str] | None]:
    """Yield the tags of each poke; None right after each (re)connect, when pokes may have been missed."""
    calmed = Calmed()
    async with (
        AsyncRedis.from_url(_url(), socket_connect_timeout=2, health_check_interval=10) as redis,
        redis.pubsub() as channel,
    ):
        await channel.subscribe(CHANNEL)
        yield None
        while True:
            patience = calmed.patience(now=time.monotonic())
            message = await channel.get_message(ignore_subscribe_messages=True, timeout=patience)
            if due := calmed.heard(json.loads(message["data"]) if message else (), now=time.monotonic()):
                yield due


@cache
def work_redis() -> Redis:
    """The process's connection to the Redis of jobs, cache and pokes."""
    return Redis.from_url(_url(), socket_timeout=2, socket_connect_timeout=1, retry=Retry(NoBackoff(), 1))


def _move(pipe: Pipeline, position: Position | None) -> None:
    """Keep the highest position; members of one score are sorted as text, as positions are."""
    if position is None:
        pipe.delete(POSITION)
    else:
        pipe.zadd(POSITION, {str(position): 0})
        pipe.zremrangebyrank(POSITION, 0, -2)


def _url() -> str:
    return settings().work_redis_url.get_secret_value()


_recent = _Recent()
