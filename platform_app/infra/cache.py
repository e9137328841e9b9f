"""Shared queries: answers that are equal for all visitors, cached in the process and in Redis until invalidated.

The cache key contains the generations of the answer's tags, read before the query runs. An invalidation in between
makes the late answer unreachable, so no stale answer is served. A replica only answers if it has replayed the last
invalidated change: the change's WAL position is read together with the generations.

Answers to unbounded queries, such as word searches, have a bounded space of their own in the process and in Redis, so
that they cannot evict answers that everyone reads. Personal answers also have a space of their own in the process and a
shorter lifetime in Redis; empty personal answers are not cached.
"""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

import structlog
from cachetools import LRUCache, TTLCache
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python
from redis import RedisError
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from platform_app.infra import db, invalidation, known_ids, metrics, replicas
from platform_app.infra.db import ReadSession
from platform_app.infra.lsn import Position
from platform_app.infra.settings import settings

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
LOCAL_TTL = 60  # seconds; bounds memory, not staleness: changed answers have another key
LOCAL_MAX_ENTRIES = 1024
REDIS_TTL = 300
MAX_CONNECTIONS = 16  # to Redis, per process
UNBOUNDED_MAX_ENTRIES = 512  # per process
UNBOUNDED_SLOTS = 8192  # Redis keys for them; a later answer overwrites an earlier one in the same slot
PERSONAL_MAX_ENTRIES = 16_384  # per process, about a kilobyte each
REDIS_TIMEOUT = 0.5  # seconds to wait for Redis before asking the database
OFFLINE_TTL = 1.0  # seconds for which public answers are cached while invalidations do not arrive
PERSONAL_TTL = 60  # seconds; bounds how long an ended session stays valid if its invalidation is lost
MAX_KNOWN_GENERATIONS = 65_536  # tags per process

log = structlog.get_logger()


@dataclass(frozen=True)
class CachedQuery(Generic[Arguments, Result]):
    """A cached query and the tags that invalidate its answers."""

    query: Callable[Concatenate[ReadSession, Arguments], Result]
    tags: Callable[..., tuple[str, ...]]
    codec: TypeAdapter[Result]
    name: str
    unbounded: Callable[..., bool]
    personal: bool

    def __call__(self, session: ReadSession, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        """Run the query itself, bypassing the cache."""
        return self.query(session, *args, **kwargs)


def cached(
    returns: type[Result] | TypeAdapter[Result],
    *,
    tags: Callable[..., tuple[str, ...]],
    unbounded: Callable[..., bool] = lambda **_: False,
    personal: bool = False,
) -> Callable[[Callable[Concatenate[ReadSession, Arguments], Result]], CachedQuery[Arguments, Result]]:
    """Declare a cached query; `tags` and `unbounded` (see the module) are called with the query's arguments.

    A `personal` answer belongs to one user, and is shared by their tabs and requests. An answer without tags is cached
    until its entry expires.
    """

    def declare(query: Callable[Concatenate[ReadSession, Arguments], Result]) -> CachedQuery[Arguments, Result]:
        name = f"{query.__module__}.{query.__name__}"
        codec = returns if isinstance(returns, TypeAdapter) else TypeAdapter(returns)
        return CachedQuery(query, tags, codec, name, unbounded, personal)

    return declare


async def read(query: CachedQuery[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
    """The query's answer from this process, Redis or PostgreSQL; works without Redis."""
    assert not args, "shared queries take keyword arguments only"
    tags = query.tags(*args, **kwargs)
    generations, min_position = await _generations(tags)
    key = _cache_key(query.name, kwargs, generations)
    unbounded = query.unbounded(*args, **kwargs)
    local_cache = _choose_local_cache(query, unbounded, is_invalidated=None not in generations)
    hit = None if local_cache is None else local_cache.get(key)
    if hit is not None:
        metrics.CACHE.labels(source="process").inc()
        answer: Result = hit
        return answer
    task: asyncio.Task[Result] | None = _in_flight.get(key)
    if task is None:
        load = (
            partial(db.read, query.query, *args, **kwargs)  # personal answers need the user's latest writes
            if query.personal
            else partial(db.read_replica, min_position, query.query, *args, **kwargs)
        )
        task = asyncio.create_task(
            _load(query, key, load, remote=None not in generations, unbounded=unbounded, local_cache=local_cache)
        )
        _in_flight[key] = task
        task.add_done_callback(lambda _: _in_flight.pop(key, None))
    return await asyncio.shield(task)


def clear_local() -> None:
    """Clear this process's cache, for example after a reconnect, when invalidations may have been missed."""
    _state["clears"] += 1
    for name in _LOCAL_CACHES:
        _local_cache(name).clear()
    _known_generations.clear()
    known_ids.clear()


def forget_generations(tags: list[str]) -> None:
    """Forget the generations and ids of invalidated tags, so that the next read fetches them."""
    _state["clears"] += 1
    for tag in tags:
        _known_generations.pop(tag, None)
    known_ids.forget(tags)


def set_listening(is_listening: bool) -> None:
    """Set whether invalidations reach this process; while they do not, every read fetches generations."""
    _state["listening"] = int(is_listening)
    clear_local()


async def _load(
    query: CachedQuery[Arguments, Result],
    key: str,
    load: Callable[[], Awaitable[Result]],
    *,
    remote: bool,
    unbounded: bool,
    local_cache: TTLCache[str, Any] | None,
) -> Result:
    redis_key, prefix = (_unbounded_slot(key), key.encode()) if unbounded else (key, b"")
    stored = await _redis_get(redis_key, prefix) if remote else None
    decoded = _decode(query, stored) if stored is not None else ()
    if decoded:
        (answer,) = decoded
        metrics.CACHE.labels(source="redis").inc()
    else:
        answer = await load()
        metrics.CACHE.labels(source="database").inc()
        if query.personal and answer is None:
            return answer
        if remote:
            seconds = PERSONAL_TTL if query.personal else REDIS_TTL
            await _redis_set(redis_key, prefix + query.codec.dump_json(answer), seconds=seconds)
    _share_fields_sets(answer)
    if local_cache is not None:
        local_cache[key] = answer
    return answer


async def _generations(tags: tuple[str, ...]) -> tuple[tuple[int | None, ...], Position | None]:
    """The tags' generations (all None if Redis does not answer), and the position that a replica must have replayed."""
    if _state["listening"] and all(tag in _known_generations for tag in tags):
        return tuple(_known_generations[tag] for tag in tags), _position["min_position"]
    forgets = _state["clears"]
    try:
        values, position = await _fetch_generations([invalidation.GENERATION_PREFIX + tag for tag in tags])
    except (RedisError, OSError):
        return (None,) * len(tags), None
    generations = tuple(int(value or 0) for value in values)
    # The position never goes back: known generations of other tags may be newer.
    _position["min_position"] = position and max(position, _position["min_position"] or position)
    # An invalidation during the fetch may be newer than its answer; then fetch again next time.
    if _state["listening"] and forgets == _state["clears"]:
        _known_generations.update(zip(tags, generations, strict=True))
    return generations, _position["min_position"]


async def _fetch_generations(keys: list[str]) -> tuple[list[bytes | None], Position | None]:
    """The values of these keys and, with replicas, a position not older than the last invalidation in them."""
    if not replicas.are_configured():
        return await _redis().mget(keys) if keys else [], None
    async with _redis().pipeline(transaction=False) as pipe:
        if keys:
            pipe.mget(keys)
        pipe.zrange(invalidation.POSITION_KEY, -1, -1)
        *values, members = await pipe.execute()
    return (values[0] if keys else []), invalidation.latest_position(members)


async def _redis_get(key: str, prefix: bytes) -> bytes | None:
    """The value without its prefix; None if it is missing or has another prefix."""
    try:
        value: bytes | None = await _redis().get(key)
    except (RedisError, OSError):
        return None
    return value[len(prefix) :] if value is not None and value.startswith(prefix) else None


async def _redis_set(key: str, value: bytes, *, seconds: int) -> None:
    try:
        await _redis().set(key, value, ex=seconds)
    except (RedisError, OSError) as error:
        log.info("cache not written", error=str(error))


def _decode(query: CachedQuery[..., Result], stored: bytes) -> tuple[Result] | tuple[()]:
    """A stored answer; nothing where another release has stored it in a form that this one does not know."""
    try:
        return (query.codec.validate_json(stored),)
    except ValidationError as error:
        log.info("cached answer not understood", query=error.title)
        return ()


def _share_fields_sets(value: object) -> None:
    """Deduplicate pydantic's fields-set objects to save memory: a cached page contains hundreds of models."""
    if isinstance(value, BaseModel):
        fields = frozenset(value.model_fields_set)
        object.__setattr__(value, "__pydantic_fields_set__", _fields_sets.setdefault(fields, value.model_fields_set))
        value = vars(value)
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list | tuple):
        return
    for each in value:
        _share_fields_sets(each)


def _cache_key(name: str, kwargs: Mapping[str, object], generations: tuple[int | None, ...]) -> str:
    payload = json.dumps([name, to_jsonable_python(kwargs), generations], sort_keys=True).encode()
    return "plaza:cache:" + hashlib.blake2b(payload, digest_size=16).hexdigest()


def _unbounded_slot(key: str) -> str:
    """The Redis key of an unbounded answer, shared by hash; the stored value starts with the answer's own key."""
    return f"plaza:cache:unbounded:{int(key.rpartition(':')[2], 16) % UNBOUNDED_SLOTS}"


def _choose_local_cache(
    query: CachedQuery[..., Any], unbounded: bool, *, is_invalidated: bool
) -> TTLCache[str, Any] | None:
    """The process's cache for a query; without invalidations, personal and unbounded answers are not cached."""
    if not is_invalidated:
        return None if query.personal or unbounded else _local_cache("offline")
    return _local_cache("personal" if query.personal else "unbounded" if unbounded else "public")


@cache
def _local_cache(name: str) -> TTLCache[str, Any]:
    max_entries, ttl = {
        "public": (LOCAL_MAX_ENTRIES, LOCAL_TTL),
        "unbounded": (UNBOUNDED_MAX_ENTRIES, LOCAL_TTL),
        "personal": (PERSONAL_MAX_ENTRIES, PERSONAL_TTL),
        "offline": (LOCAL_MAX_ENTRIES, OFFLINE_TTL),
    }[name]
    return TTLCache(maxsize=max_entries, ttl=ttl)


@cache
def _redis() -> Redis:
    url = settings().work_redis_url.get_secret_value()
    timeouts: dict[str, Any] = {
        "socket_timeout": REDIS_TIMEOUT,
        "socket_connect_timeout": REDIS_TIMEOUT,
        "retry": Retry(NoBackoff(), 1),
    }
    pool = BlockingConnectionPool.from_url(url, max_connections=MAX_CONNECTIONS, timeout=1, **timeouts)
    return Redis.from_pool(pool)


_fields_sets: dict[frozenset[str], set[str]] = {}
_LOCAL_CACHES = ("public", "unbounded", "personal", "offline")
_in_flight: dict[str, asyncio.Task[Any]] = {}
_known_generations: LRUCache[str, int] = LRUCache(maxsize=MAX_KNOWN_GENERATIONS)
_state = {"listening": 0, "clears": 0}
_position: dict[str, Position | None] = {"min_position": None}
