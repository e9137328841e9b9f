"""Shared reads: what every visitor sees alike, kept in the process and in Redis until a poke says it has changed.

A stored answer is keyed by the generation of its tags, read before the query ran: a poke in between makes the late
answer unreachable, so nothing stale can be stored. Where a replica answers, it is one that has replayed the last poke's
change: its place in the log is read together with the generations.

Answers to questions that anyone can make up, such as searches for words, have a bounded space of their own, here and in
Redis: however many of them are asked, what everyone reads stays. So have, in the process, answers that concern one
visitor alone; those are kept for less long, and that there is nothing is not kept at all.
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
from pydantic import BaseModel, TypeAdapter
from pydantic_core import to_jsonable_python
from redis import RedisError
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from platform_app.infra import db, invalidation, metrics, replicas
from platform_app.infra.db import ReadSession
from platform_app.infra.lsn import Position
from platform_app.infra.settings import settings

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
LOCAL_TTL = 60  # bounds memory, not age: what has changed is under another key
LOCAL_MAX_ENTRIES = 1024
REDIS_TTL = 300
MAX_CONNECTIONS = 16  # to Redis, of one process
UNBOUNDED_MAX_ENTRIES = 512  # that a process keeps
UNBOUNDED_SLOTS = 8192  # that Redis has for them; whichever comes later takes the place of an earlier one
PERSONAL_MAX_ENTRIES = 16_384  # that a process keeps: a kilobyte each
REDIS_TIMEOUT = 0.5  # that Redis is waited for, before the database is asked instead
OFFLINE_TTL = 1.0  # for which a process keeps what everyone reads while Redis cannot tell it of changes
PERSONAL_TTL = 60  # how long a session that has ended may live on where its poke was lost
MAX_KNOWN_GENERATIONS = 65_536  # whose generations a process keeps in mind

log = structlog.get_logger()


@dataclass(frozen=True)
class CachedQuery(Generic[Arguments, Result]):
    """A query whose answer is the same for every visitor, with the tags that a change of it pokes."""

    query: Callable[Concatenate[ReadSession, Arguments], Result]
    tags: Callable[..., tuple[str, ...]]
    codec: TypeAdapter[Result]
    name: str
    unbounded: Callable[..., bool]
    personal: bool

    def __call__(self, session: ReadSession, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        """Run the query itself, past the cache."""
        return self.query(session, *args, **kwargs)


def cached(
    returns: type[Result] | TypeAdapter[Result],
    *,
    tags: Callable[..., tuple[str, ...]],
    unbounded: Callable[..., bool] = lambda **_: False,
    personal: bool = False,
) -> Callable[[Callable[Concatenate[ReadSession, Arguments], Result]], CachedQuery[Arguments, Result]]:
    """Declare a query as shared; `tags` and `unbounded` (see above) get the query's arguments.

    An answer without tags is fresh again only when its entry expires. One visitor's tabs and requests share what is `personal`.
    """

    def declare(query: Callable[Concatenate[ReadSession, Arguments], Result]) -> CachedQuery[Arguments, Result]:
        name = f"{query.__module__}.{query.__name__}"
        codec = returns if isinstance(returns, TypeAdapter) else TypeAdapter(returns)
        return CachedQuery(query, tags, codec, name, unbounded, personal)

    return declare


async def read(query: CachedQuery[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
    """The query's answer: from this process, else from Redis, else from PostgreSQL; works without Redis."""
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
            partial(db.read, query.query, *args, **kwargs)  # what is one person's own, the primary knows best
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
    """Drop what this process keeps, as after a (re)connect, when pokes may have been missed."""
    _state["clears"] += 1
    for name in _LOCAL_CACHES:
        _local_cache(name).clear()
    _known_generations.clear()


def forget_generations(tags: list[str]) -> None:
    """A poke has arrived: the generation of these tags is to be asked for again."""
    _state["clears"] += 1
    for tag in tags:
        _known_generations.pop(tag, None)


def set_listening(is_listening: bool) -> None:
    """Whether pokes reach this process; while they do not, generations are asked for each time."""
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
    if stored is not None:
        answer = query.codec.validate_json(stored)
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
    """Each tag's generation, None for all when Redis does not answer; and what a replica must have replayed for them."""
    if _state["listening"] and all(tag in _known_generations for tag in tags):
        return tuple(_known_generations[tag] for tag in tags), _position["min_position"]
    forgets = _state["clears"]
    try:
        values, position = await _fetch_generations([invalidation.GENERATION_PREFIX + tag for tag in tags])
    except (RedisError, OSError):
        return (None,) * len(tags), None
    generations = tuple(int(value or 0) for value in values)
    # Never back: what is known of other tags may be of a later one.
    _position["min_position"] = position and max(position, _position["min_position"] or position)
    # A poke that came while we asked may be newer than the answer: then ask again next time.
    if _state["listening"] and forgets == _state["clears"]:
        _known_generations.update(zip(tags, generations, strict=True))
    return generations, _position["min_position"]


async def _fetch_generations(keys: list[str]) -> tuple[list[bytes | None], Position | None]:
    """What is at these keys, and a position that is that of the last poke in them or a later one, if anybody needs it."""
    if not replicas.are_configured():
        return await _redis().mget(keys) if keys else [], None
    async with _redis().pipeline(transaction=False) as pipe:
        if keys:
            pipe.mget(keys)
        pipe.zrange(invalidation.POSITION_KEY, -1, -1)
        *values, members = await pipe.execute()
    return (values[0] if keys else []), invalidation.latest_position(members)


async def _redis_get(key: str, prefix: bytes) -> bytes | None:
    """What is kept there; None too when it is not what it must begin with."""
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


def _share_fields_sets(value: object) -> None:
    """Let models that have the same fields set share the set that says so; each holds one, and a page is hundreds."""
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
    """The place in Redis that this answer shares with others; the answer begins with its key."""
    return f"plaza:cache:unbounded:{int(key.rpartition(':')[2], 16) % UNBOUNDED_SLOTS}"


def _choose_local_cache(
    query: CachedQuery[..., Any], unbounded: bool, *, is_invalidated: bool
) -> TTLCache[str, Any] | None:
    """Where the process keeps its answer; nowhere what is one person's own, or made up, while nobody says what has changed."""
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
