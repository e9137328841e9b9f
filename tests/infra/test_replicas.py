"""Replicas: shared queries read them unless they may be stale; in doubt, the primary is read."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TypeVar

import pytest
from sqlalchemy import text

from platform_app.infra import cache, db, engines, invalidation, metrics, replicas
from platform_app.infra.cache import CachedQuery
from platform_app.infra.db import ReadSession
from platform_app.infra.lsn import Position
from tests.conftest import assert_queries
from tests.infra.database_servers import Node, TcpProxy, settings_are, standby, wait_until
from tests.infra.replica_reads import add, count_own_words, count_words, process, read_in_many_steps, slow_read

pytestmark = pytest.mark.usefixtures("clean")
Result = TypeVar("Result")


@pytest.fixture(scope="module")
def replica(environment: None, stack: SimpleNamespace) -> Iterator[Node]:
    """A standby of this run's server."""
    port = int(stack.database.rpartition(":")[2].partition("/")[0])
    node = standby(Path(stack.folder) / "replica", source_port=port)
    try:
        yield node
    finally:
        node.stop()


@pytest.fixture
def proxy(replica: Node) -> Iterator[TcpProxy]:
    """The address of the replica."""
    proxy = TcpProxy(replica.port)
    yield proxy
    proxy.close()


@pytest.fixture(autouse=True)
def configured(replica: Node, proxy: TcpProxy, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process uses the replica, checks it every moment, and knows the primary's position."""
    monkeypatch.setattr(replicas, "PROBE_INTERVAL_SECONDS", 0.05)
    with settings_are(PLAZA_REPLICA_URLS=replica.url(port=proxy.port)):
        replicas.monitor()
        db.ensure_position()
        wait_until(replicas.monitor().pick)
        wait_until(lambda: caught_up(replica))
        yield
    replica.run_sql("SELECT CASE WHEN pg_is_wal_replay_paused() THEN pg_wal_replay_resume()::text END")


def run(reading: Callable[[], Awaitable[Result]]) -> Result:
    """Run one read in a new event loop, in a process that does not listen to invalidations."""

    async def read() -> Result:
        cache._redis.cache_clear()
        cache.clear_local()
        found = await reading()
        await cache._redis().aclose()
        return found

    return asyncio.run(read())


def read(prefix: str) -> tuple[bool, int]:
    return run(lambda: cache.read(count_words, prefix=prefix))


def caught_up(replica: Node) -> bool:
    """Whether the replica has replayed the last invalidation."""
    needed = invalidation.latest_position(invalidation.work_redis().zrange(invalidation.POSITION_KEY, -1, -1))
    last = replicas.monitor().replicas[0].last_status
    return bool(needed and last and last.position.has_reached(needed))


def pause(replica: Node) -> None:
    replica.run_sql("SELECT pg_wal_replay_pause()")
    wait_until(lambda: replica.run_sql("SELECT pg_get_wal_replay_pause_state()") == "paused")


def test_shared_queries_read_the_replica_and_personal_ones_the_primary(replica: Node) -> None:
    before = [metrics.READS.labels(server)._value.get() for server in ("replica", "primary")]
    add("mug")
    wait_until(lambda: caught_up(replica))
    with assert_queries(db.engine(), 0):
        assert read("m") == (True, 1)
    with assert_queries(db.engine(), 1):
        assert run(lambda: cache.read(count_own_words, prefix="m")) == (False, 1)
    after = [metrics.READS.labels(server)._value.get() for server in ("replica", "primary")]
    assert [now - earlier for now, earlier in zip(after, before, strict=True)] == [1, 0]


def test_a_change_is_read_from_the_primary_until_the_replica_has_it(replica: Node) -> None:
    add("mug")
    wait_until(lambda: caught_up(replica))
    pause(replica)
    old = invalidation.latest_position(invalidation.work_redis().zrange(invalidation.POSITION_KEY, -1, -1))
    add("mat")
    # Without the newer position, the replica would answer with the old count:
    assert asyncio.run(db.read_replica(old, count_words, prefix="m")) == (True, 1)
    assert read("m") == (False, 2)
    replica.run_sql("SELECT pg_wal_replay_resume()")
    wait_until(lambda: caught_up(replica))
    assert read("m") == (False, 2)  # the primary's answer, from the cache
    add("map")
    wait_until(lambda: caught_up(replica))
    assert read("m") == (True, 3)


def test_no_process_caches_an_answer_older_than_an_invalidation(replica: Node) -> None:
    with process("deaf") as writer, process("listens") as listener, process("deaf") as reader:
        writer.send("add", "mug")
        wait_until(lambda: caught_up(replica))
        # Until a process has checked its replica, it reads the primary.
        wait_until(lambda: reader.send("read", "a")[0] or invalidation.publish(["words"], position=reached()))
        wait_until(lambda: listener.send("read", "b")[0] or invalidation.publish(["words"], position=reached()))
        assert [each.send("read", "m")[1] for each in (reader, listener)] == [1, 1]
        pause(replica)
        writer.send("add", "mat")
        assert reader.send("read", "m") == (False, 2)
        wait_until(lambda: listener.send("read", "m")[1] == 2)
        replica.run_sql("SELECT pg_wal_replay_resume()")
        wait_until(lambda: caught_up(replica))
        assert [each.send("read", "m")[1] for each in (reader, listener, writer)] == [2, 2, 2]


def reached() -> Position:
    found = db._current_position()
    assert found
    return found


def test_without_a_known_position_the_primary_is_read_until_the_clock_publishes_one(replica: Node) -> None:
    invalidation.work_redis().flushall()
    assert read("x") == (False, 0)
    db.ensure_position()
    wait_until(lambda: caught_up(replica))
    assert read("y") == (True, 0)


def test_an_invalidation_without_a_position_sends_readers_to_the_primary(replica: Node) -> None:
    assert read("x") == (True, 0)
    invalidation.publish(["words"])
    assert read("x") == (False, 0)


def test_without_redis_the_primary_is_read(replica: Node) -> None:
    with settings_are(PLAZA_WORK_REDIS_URL="redis://127.0.0.1:1/0"):
        replicas.monitor()
        wait_until(replicas.monitor().pick)
        assert asyncio.run(cache.read(count_words, prefix="x")) == (False, 0)


def test_a_lagging_replica_is_skipped_and_one_of_an_idle_primary_is_not(
    replica: Node, proxy: TcpProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replicas, "PROBE_MAX_AGE_SECONDS", 0.5)
    with settings_are(PLAZA_REPLICA_URLS=replica.url(port=proxy.port), PLAZA_REPLICA_MAX_LAG="0.5"):
        monitor = replicas.monitor()
        wait_until(monitor.pick)
        (known,) = monitor.replicas
        probed_at = monitor._primary_history[0].probed_at
        wait_until(
            lambda: monitor._primary_history[0].probed_at > probed_at + 1
        )  # no writes for longer than the allowed lag
        wait_until(lambda: known.fault == "")
        pause(replica)
        add("mug", is_invalidated=False)
        wait_until(lambda: known.fault == "it is too far behind")
        assert metrics.REPLICA_LAG.labels(known.name)._value.get() > 0.5
        replica.run_sql("SELECT pg_wal_replay_resume()")
        wait_until(lambda: known.fault == "")


def test_a_read_survives_the_loss_of_its_replica(replica: Node) -> None:
    def end_it() -> None:
        ended = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()"
        wait_until(lambda: replica.run_sql(ended))

    killer = threading.Thread(target=end_it)
    killer.start()
    assert run(lambda: cache.read(slow_read)) is False
    killer.join()


@pytest.mark.parametrize("slow_query", [slow_read, read_in_many_steps])
def test_a_query_too_slow_for_the_replica_goes_to_the_primary_and_keeps_the_replica(
    replica: Node, proxy: TcpProxy, monkeypatch: pytest.MonkeyPatch, slow_query: CachedQuery[[], bool]
) -> None:
    monkeypatch.setattr(replicas, "READ_TIMEOUT_SECONDS", 0.3)
    with settings_are(PLAZA_REPLICA_URLS=replica.url(port=proxy.port)):
        wait_until(replicas.monitor().pick)
        monkeypatch.setattr(replicas, "READ_TIMEOUT_SECONDS", 20.0)  # so that PostgreSQL itself cancels it
        assert run(lambda: cache.read(slow_query)) is False
        assert replicas.monitor().replicas[0].is_responding


def test_a_hanging_replica_is_skipped(replica: Node, proxy: TcpProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read("x") == (True, 0)
    proxy.hang()
    with monkeypatch.context() as patch:
        patch.setattr(replicas, "READ_TIMEOUT_SECONDS", 0.3)
        assert read("y") == (False, 0)
    assert replicas.monitor().pick() is None
    proxy.hang(False)
    wait_until(replicas.monitor().pick)
    assert read("z") == (True, 0)


def test_an_unreachable_replica_is_skipped_and_used_again_later(replica: Node, proxy: TcpProxy) -> None:
    proxy.forward_to(1)
    wait_until(lambda: replicas.monitor().pick() is None)
    assert read("x") == (False, 0)
    proxy.forward_to(replica.port)
    wait_until(replicas.monitor().pick)
    assert read("y") == (True, 0)


def test_another_replica_is_tried_before_the_primary(
    replica: Node, proxy: TcpProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    with settings_are(PLAZA_REPLICA_URLS=f"{replica.url(port=proxy.port)},{replica.url()}"):
        wait_until(
            lambda: (
                replicas.monitor().primary.last_status
                and all(each.is_responding for each in replicas.monitor().replicas)
            )
        )
        marked: list[str] = []
        monkeypatch.setattr(replicas.Replica, "mark_unavailable", lambda one: marked.append(one.url))
        monkeypatch.setattr(
            replicas.ReplicaMonitor, "pick", lambda monitor: monitor.replicas[len(marked)]
        )  # no process has noticed yet
        proxy.forward_to(1)
        assert read("x") == (True, 0)
        assert marked == [replica.url(port=proxy.port)]


def test_a_role_without_privileges_can_run_every_check(replica: Node) -> None:
    with db.engine().begin() as connection:
        connection.execute(text("CREATE ROLE plain LOGIN PASSWORD 'only-for-tests'"))
    try:
        wait_until(lambda: replica.run_sql("SELECT count(*) FROM pg_roles WHERE rolname = 'plain'"))
        url = replica.url().replace("//plaza:", "//plain:")
        with engines.probe_connection(url, target_session_attrs="any") as connection:
            row = connection.execute(replicas.STATUS_QUERY).fetchone()
        assert row
        assert (row[0], row[3]) == (True, 1)
    finally:
        with db.engine().begin() as connection:
            connection.execute(text("DROP ROLE plain"))


def test_a_fork_opens_its_own_connections() -> None:
    parents = replicas.monitor()
    replicas.reset_after_fork()
    try:
        assert replicas.monitor() is not parents
        wait_until(replicas.monitor().pick)
    finally:
        parents.stop()


def test_without_replicas_no_check_runs() -> None:
    with settings_are(PLAZA_REPLICA_URLS=""):
        threads = threading.active_count()
        with assert_queries(db.engine(), 1):
            add("mug")
        with assert_queries(db.engine(), 1):
            assert read("m") == (False, 1)
        assert replicas.monitor.cache_info().currsize == 0
        assert threading.active_count() <= threads + 1  # the statement of the read itself


def test_a_position_on_a_later_timeline_excludes_writes_lost_by_the_earlier_one() -> None:
    lost_position, current = Position(1, 1000), Position(2, 950)
    assert (
        current.has_reached(lost_position),
        Position(2, 1000).has_reached(lost_position),
        lost_position.has_reached(current),
    ) == (
        False,
        True,
        False,
    )
    assert sorted([str(current), str(lost_position)]) == [str(lost_position), str(current)]


def test_a_query_cannot_write_on_a_replica_either(replica: Node) -> None:
    async def write() -> None:
        await db.read_replica(reached(), _write)

    with pytest.raises(Exception, match="read-only transaction"):
        asyncio.run(write())


def _write(session: ReadSession) -> None:
    session.execute(text("INSERT INTO search_word VALUES ('word')"))
