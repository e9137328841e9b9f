"""Cached queries: no statement while nothing has changed, fresh after an invalidation, and working without Redis."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pydantic import TypeAdapter
from redis import Redis
from sqlalchemy import text

from platform_app.infra import cache, db, invalidation
from platform_app.infra.db import ReadSession
from platform_app.infra.settings import settings
from tests.conftest import assert_queries
from tests.infra.database_servers import settings_are

pytestmark = pytest.mark.usefixtures("clean")


@cache.cached(int, tags=lambda **_: ("documents",))
def document_count(session: ReadSession, *, collection: str) -> int:
    """The number of documents of a collection."""
    statement = text("SELECT count(*) FROM document WHERE collection = :collection")
    return int(session.execute(statement, {"collection": collection}).scalar_one())


@cache.cached(int, tags=lambda **_: ("documents",), personal=True)
def personal_count(session: ReadSession, *, collection: str) -> int:
    """The same as a personal query."""
    return document_count(session, collection=collection)


@cache.cached(int, tags=lambda **_: ("documents",), unbounded=lambda **_: True)
def unbounded(session: ReadSession, *, words: str) -> int:
    """A query with an unbounded number of arguments."""
    return int(session.execute(text("SELECT length(:words)"), {"words": words}).scalar_one())


def add(collection: str) -> None:
    with db.writing() as session:
        count = session.execute(text("SELECT count(*) FROM document")).scalar_one()
        values = {"collection": collection, "sort": str(count)}
        session.execute(text("INSERT INTO document VALUES (:collection, 'p', :sort, '{}')"), values)
        db.invalidate(session, "documents")


@pytest.fixture(autouse=True)
def empty_caches(environment: None) -> Iterator[None]:
    """Each test starts with empty caches and a new event loop."""
    cache.set_listening(False)
    with Redis.from_url(settings().work_redis_url.get_secret_value()) as redis:
        redis.flushall()
    cache._redis.cache_clear()
    yield
    cache._redis.cache_clear()


async def read(collection: str = "a") -> int:
    return await cache.read(document_count, collection=collection)


def test_a_second_read_costs_no_query() -> None:
    async def twice() -> None:
        assert await read() == 0
        with assert_queries(db.engine(), 0):
            assert await read() == 0
        cache.clear_local()
        with assert_queries(db.engine(), 0):  # another process finds it in Redis
            assert await read() == 0
        await cache._redis().aclose()

    asyncio.run(twice())


def test_an_unreadable_answer_of_another_release_counts_as_missing() -> None:
    async def twice() -> None:
        assert await read() == 0
        cache.clear_local()
        with Redis.from_url(settings().work_redis_url.get_secret_value()) as redis:
            (key,) = [each for each in redis.keys("plaza:cache:*") if redis.type(each) == b"string"]
            redis.set(key, b'{"count": 0}')
        with assert_queries(db.engine(), 1):
            assert await read() == 0
        cache.clear_local()
        with assert_queries(db.engine(), 0):  # it has been replaced
            assert await read() == 0
        await cache._redis().aclose()

    asyncio.run(twice())


def test_a_hundred_concurrent_readers_cost_one_query() -> None:
    async def many() -> None:
        with assert_queries(db.engine(), 1):
            assert await asyncio.gather(*(read() for _ in range(100))) == [0] * 100
        await cache._redis().aclose()

    asyncio.run(many())


def test_the_next_read_sees_a_change() -> None:
    async def change() -> None:
        assert await read() == 0
        await asyncio.to_thread(add, "a")
        assert await read() == 1
        await cache._redis().aclose()

    asyncio.run(change())


def test_a_listening_process_receives_the_invalidation_of_a_change() -> None:
    async def change() -> None:
        invalidations = invalidation.listen({})
        assert await anext(invalidations) is None
        cache.set_listening(True)
        assert await read() == 0
        await asyncio.to_thread(add, "a")
        tags = await anext(invalidations)
        assert tags == ["documents"]
        cache.forget_generations(tags)
        assert await read() == 1
        await invalidations.aclose()
        await cache._redis().aclose()

    asyncio.run(change())


@contextmanager
def unreachable_redis() -> Iterator[None]:
    """The work Redis is unreachable."""
    with settings_are(PLAZA_WORK_REDIS_URL="redis://127.0.0.1:1/0"):
        invalidation.work_redis.cache_clear()
        cache._redis.cache_clear()
        yield
    invalidation.work_redis.cache_clear()
    cache._redis.cache_clear()


def test_without_redis_a_personal_query_is_fresh_at_once_and_a_shared_one_soon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def change() -> None:
        assert (await read(), await cache.read(personal_count, collection="a")) == (0, 0)
        with assert_queries(db.engine(), 0):  # shared answers are still cached
            assert await read() == 0
        await asyncio.to_thread(add, "a")
        assert await cache.read(personal_count, collection="a") == 1
        await asyncio.sleep(cache.OFFLINE_TTL)
        assert await read() == 1

    monkeypatch.setattr(cache, "OFFLINE_TTL", 3.0)
    cache._local_cache.cache_clear()
    with unreachable_redis():
        asyncio.run(change())
    cache._local_cache.cache_clear()


def test_an_invalidation_during_an_outage_is_sent_when_redis_is_back() -> None:
    async def resend() -> None:
        assert await read() == 0  # which Redis keeps
        await cache._redis().aclose()
        with unreachable_redis():
            await asyncio.to_thread(add, "a")
        cache.clear_local()
        assert await read() == 0
        await asyncio.to_thread(db.resend_invalidations)
        assert await read() == 1
        await cache._redis().aclose()
        with unreachable_redis():
            await asyncio.to_thread(add, "a")
        await asyncio.to_thread(
            invalidation.publish, ["another"]
        )  # sends the missed tag too, in a process that does not listen
        assert await read() == 2
        await cache._redis().aclose()

    asyncio.run(resend())


def test_an_invalidation_that_a_redis_failover_lost_is_sent_again() -> None:
    """The new master has the data of shortly before the failover."""

    async def resend() -> None:
        assert await read() == 0
        with Redis.from_url(settings().work_redis_url.get_secret_value()) as redis:
            await asyncio.to_thread(add, "a")
            assert await read() == 1
            redis.decr(invalidation.GENERATION_PREFIX + "documents")
        cache.clear_local()
        assert await read() == 0  # the old answer, at the old generation
        await asyncio.to_thread(db.resend_invalidations)
        cache.clear_local()
        assert await read() == 1
        await cache._redis().aclose()

    asyncio.run(resend())


def test_a_flood_of_unbounded_queries_evicts_no_shared_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "LOCAL_TTL", 600)
    monkeypatch.setattr(cache, "UNBOUNDED_MAX_ENTRIES", 20)
    monkeypatch.setattr(cache, "LOCAL_MAX_ENTRIES", 20)
    monkeypatch.setattr(cache, "UNBOUNDED_SLOTS", 10)
    cache._local_cache.cache_clear()

    async def flood() -> None:
        assert await read() == 0
        for number in range(100):
            assert await cache.read(unbounded, words="x" * number) == number
        with assert_queries(db.engine(), 0):
            assert await read() == 0  # in the process
            cache.clear_local()
            assert await read() == 0  # and in Redis
            cache.clear_local()
            assert await cache.read(unbounded, words="x" * 99) == 99
        assert len([key async for key in cache._redis().scan_iter("plaza:cache:*")]) <= 11
        await cache._redis().aclose()

    try:
        asyncio.run(flood())
    finally:
        cache._local_cache.cache_clear()


def test_an_answer_in_a_shared_slot_is_used_for_its_own_arguments_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "UNBOUNDED_SLOTS", 1)

    async def read_in_turn() -> None:
        for words in ("a", "bb", "a", "bb"):
            cache.clear_local()
            with assert_queries(db.engine(), 1):
                assert await cache.read(unbounded, words=words) == len(words)
        await cache._redis().aclose()

    asyncio.run(read_in_turn())


@cache.cached(TypeAdapter(int | None), tags=lambda visitor: (f"personal:{visitor}",), personal=True)
def personal(session: ReadSession, *, visitor: str) -> int | None:
    """A personal query, or None for an unknown visitor."""
    statement = text("SELECT count(*) FROM document WHERE collection = :visitor")
    return int(session.execute(statement, {"visitor": visitor}).scalar_one()) or None


def test_a_flood_of_visitors_evicts_no_shared_answer_and_empty_answers_are_not_cached(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cache, "PERSONAL_MAX_ENTRIES", 3)
    monkeypatch.setattr(cache, "LOCAL_MAX_ENTRIES", 3)
    cache._local_cache.cache_clear()
    add("ada")

    async def flood() -> None:
        assert await read() == 0
        for number in range(20):
            assert await cache.read(personal, visitor=f"made-up-{number}") is None
        assert await cache.read(personal, visitor="ada") == 1
        assert len([key async for key in cache._redis().scan_iter("plaza:cache:*")]) == 2
        with assert_queries(db.engine(), 0):
            assert await read() == 0
            assert await cache.read(personal, visitor="ada") == 1
        with assert_queries(db.engine(), 1):
            assert await cache.read(personal, visitor="made-up-1") is None
        await asyncio.to_thread(invalidation.publish, ["personal:ada"])
        cache.forget_generations(["personal:ada"])
        with assert_queries(db.engine(), 1):
            assert await cache.read(personal, visitor="ada") == 1
        await cache._redis().aclose()

    try:
        asyncio.run(flood())
    finally:
        cache._local_cache.cache_clear()
