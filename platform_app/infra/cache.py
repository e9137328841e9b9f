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

from platform_app.infra import db, metrics, pokes, replicas
from platform_app.infra.db import ReadSession
from platform_app.infra.settings import settings
from platform_app.infra.wal import Position

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
LOCAL_SECONDS = 60  # bounds memory, not age: what has changed is under another key
LOCAL_ANSWERS = 1024
REMOTE_SECONDS = 300
CONNECTIONS = 16  # to Redis, of one process
MADE_UP_ANSWERS = 512  # that a process keeps
MADE_UP_PLACES = 8192  # that Redis has for them; whichever comes later takes the place of an earlier one
PERSONAL_ANSWERS = 16_384  # that a process keeps: a kilobyte each
ASK_SECONDS = 0.5  # that Redis is waited for, before the database is asked instead
AWAY_SECONDS = 1.0  # for which a process keeps what everyone reads while Redis cannot tell it of changes
PERSONAL_SECONDS = 60  # how long a session that has ended may live on where its poke was lost
KNOWN_TAGS = 65_536  # whose generations a process keeps in mind

log = structlog.get_logger()


@dataclass(frozen=True)
class SharedQuery(Generic[Arguments, Result]):
    """A query whose answer is the same for every visitor, with the tags that a change of it pokes."""

    query: Callable[Concatenate[ReadSession, Arguments], Result]
    tags: Callable[..., tuple[str, ...]]
    codec: TypeAdapter[Result]
    name: str
    made_up: Callable[..., bool]
    personal: bool

    def __call__(self, session: ReadSession, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        """Run the query itself, past the cache."""
        return self.query(session, *args, **kwargs)


def shared(
    returns: type[Result] | TypeAdapter[Result],
    *,
    tags: Callable[..., tuple[str, ...]],
    made_up: Callable[..., bool] = lambda **_: False,
    personal: bool = False,
) -> Callable[[Callable[Concatenate[ReadSession, Arguments], Result]], SharedQuery[Arguments, Result]]:
    """Declare a query as shared; `tags` and `made_up` (see above) get the query's arguments.

    One visitor's tabs and requests share what is `personal`.
    """

    def declare(query: Callable[Concatenate[ReadSession, Arguments], Result]) -> SharedQuery[Arguments, Result]:
        name = f"{query.__module__}.{query.__name__}"
        codec = returns if isinstance(returns, TypeAdapter) else TypeAdapter(returns)
        return SharedQuery(query, tags, codec, name, made_up, personal)

    return declare


async def read(query: SharedQuery[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
    """The query's answer: from this process, else from Redis, else from PostgreSQL; works without Redis."""
    assert not args, "shared queries take keyword arguments only"
    tags = query.tags(*args, **kwargs)
    generations, needed = await _generations(tags)
    key = _key(query.name, kwargs, generations)
    made_up = query.made_up(*args, **kwargs)
    space = _space(query, made_up, is_told=None not in generations)
    kept = None if space is None else space.get(key)
    if kept is not None:
        metrics.CACHE.labels(source="process").inc()
        answer: Result = kept
        return answer
    running: asyncio.Task[Result] | None = _running.get(key)
    if running is None:
        load = (
            partial(db.read, query.query, *args, **kwargs)  # what is one person's own, the primary knows best
            if query.personal
            else partial(db.read_shared, needed, query.query, *args, **kwargs)
        )
        running = asyncio.create_task(
            _load(query, key, load, remote=None not in generations, made_up=made_up, space=space)
        )
        _running[key] = running
        running.add_done_callback(lambda _: _running.pop(key, None))
    return await asyncio.shield(running)


def forget_all() -> None:
    """Drop what this process keeps, as after a (re)connect, when pokes may have been missed."""
    _state["forgets"] += 1
    for space in _SPACES:
        _local(space).clear()
    _known.clear()


def forget(tags: list[str]) -> None:
    """A poke has arrived: the generation of these tags is to be asked for again."""
    _state["forgets"] += 1
    for tag in tags:
        _known.pop(tag, None)


def listening(is_listening: bool) -> None:
    """Whether pokes reach this process; while they do not, generations are asked for each time."""
    _state["listening"] = int(is_listening)
    forget_all()


async def _load(
    query: SharedQuery[Arguments, Result],
    key: str,
    load: Callable[[], Awaitable[Result]],
    *,
    remote: bool,
    made_up: bool,
    space: TTLCache[str, Any] | None,
) -> Result:
    place, named = (_place(key), key.encode()) if made_up else (key, b"")
    stored = await _remote_get(place, named) if remote else None
    if stored is not None:
        answer = query.codec.validate_json(stored)
        metrics.CACHE.labels(source="redis").inc()
    else:
        answer = await load()
        metrics.CACHE.labels(source="database").inc()
        if query.personal and answer is None:
            return answer
        if remote:
            seconds = PERSONAL_SECONDS if query.personal else REMOTE_SECONDS
            await _remote_set(place, named + query.codec.dump_json(answer), seconds=seconds)
    _lighten(answer)
    if space is not None:
        space[key] = answer
    return answer


async def _generations(tags: tuple[str, ...]) -> tuple[tuple[int | None, ...], Position | None]:
    """Each tag's generation, None for all when Redis does not answer; and what a replica must have replayed for them."""
    if _state["listening"] and all(tag in _known for tag in tags):
        return tuple(_known[tag] for tag in tags), _position["needed"]
    forgets = _state["forgets"]
    try:
        values, position = await _ask([pokes.GENERATION + tag for tag in tags])
    except (RedisError, OSError):
        return (None,) * len(tags), None
    found = tuple(int(value or 0) for value in values)
    # Never back: what is known of other tags may be of a later one.
    _position["needed"] = position and max(position, _position["needed"] or position)
    # A poke that came while we asked may be newer than the answer: then ask again next time.
    if _state["listening"] and forgets == _state["forgets"]:
        _known.update(zip(tags, found, strict=True))
    return found, _position["needed"]


async def _ask(keys: list[str]) -> tuple[list[bytes | None], Position | None]:
    """What is at these keys, and a position that is that of the last poke in them or a later one, if anybody needs it."""
    if not replicas.are_there():
        return await _redis().mget(keys), None
    async with _redis().pipeline(transaction=False) as pipe:
        pipe.mget(keys)
        pipe.zrange(pokes.POSITION, -1, -1)
        values, members = await pipe.execute()
    return values, pokes.highest(members)


async def _remote_get(key: str, named: bytes) -> bytes | None:
    """What is kept there; None too when it is not what it must begin with."""
    try:
        value: bytes | None = await _redis().get(key)
    except (RedisError, OSError):
        return None
    return value[len(named) :] if value is not None and value.startswith(named) else None


async def _remote_set(key: str, value: bytes, *, seconds: int) -> None:
    try:
        await _redis().set(key, value, ex=seconds)
    except (RedisError, OSError) as error:
        log.info("cache not written", error=str(error))


def _lighten(value: object) -> None:
    """Let models that have the same fields set share the set that says so; each holds one, and a page is hundreds."""
    if isinstance(value, BaseModel):
        named = frozenset(value.model_fields_set)
        object.__setattr__(value, "__pydantic_fields_set__", _fields_sets.setdefault(named, value.model_fields_set))
        value = vars(value)
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list | tuple):
        return
    for each in value:
        _lighten(each)


def _key(name: str, kwargs: Mapping[str, object], generations: tuple[int | None, ...]) -> str:
    question = json.dumps([name, to_jsonable_python(kwargs), generations], sort_keys=True).encode()
    return "plaza:cache:" + hashlib.blake2b(question, digest_size=16).hexdigest()


def _place(key: str) -> str:
    """The place in Redis that this answer shares with others; the answer begins with its key."""
    return f"plaza:cache:made-up:{int(key.rpartition(':')[2], 16) % MADE_UP_PLACES}"


def _space(query: SharedQuery[..., Any], made_up: bool, *, is_told: bool) -> TTLCache[str, Any] | None:
    """Where the process keeps its answer; nowhere what is one person's own, or made up, while nobody says what has changed."""
    if not is_told:
        return None if query.personal or made_up else _local("away")
    return _local("personal" if query.personal else "made up" if made_up else "public")


@cache
def _local(space: str) -> TTLCache[str, Any]:
    answers, seconds = {
        "public": (LOCAL_ANSWERS, LOCAL_SECONDS),
        "made up": (MADE_UP_ANSWERS, LOCAL_SECONDS),
        "personal": (PERSONAL_ANSWERS, PERSONAL_SECONDS),
        "away": (LOCAL_ANSWERS, AWAY_SECONDS),
    }[space]
    return TTLCache(maxsize=answers, ttl=seconds)


@cache
def _redis() -> Redis:
    url = settings().work_redis_url.get_secret_value()
    patience: dict[str, Any] = {
        "socket_timeout": ASK_SECONDS,
        "socket_connect_timeout": ASK_SECONDS,
        "retry": Retry(NoBackoff(), 1),
    }
    pool = BlockingConnectionPool.from_url(url, max_connections=CONNECTIONS, timeout=1, **patience)
    return Redis.from_pool(pool)


_fields_sets: dict[frozenset[str], set[str]] = {}
_SPACES = ("public", "made up", "personal", "away")
_running: dict[str, asyncio.Task[Any]] = {}
_known: LRUCache[str, int] = LRUCache(maxsize=KNOWN_TAGS)
_state = {"listening": 0, "forgets": 0}
_position: dict[str, Position | None] = {"needed": None}
