"""A replica replaces a lost primary behind a stable address, and Plaza recovers by itself."""

import asyncio
import json
import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
from sqlalchemy import text

from platform_app.infra import db, engines, replicas
from platform_app.infra.db import ReadSession
from platform_app.infra.document_store import DocumentsUnavailable, PostgresDocumentStore, document
from platform_app.infra.lsn import Position
from platform_app.rest import health
from platform_app.stack import postgres
from tests.infra.database_servers import Node, TcpProxy, give_to_postgres, primary, settings_are, standby, wait_until

COUNT = text("SELECT count(*) FROM ware")
ADD = text("INSERT INTO ware VALUES (:name)")


@dataclass
class Cluster:
    """A primary with two replicas, which replicate the server at the stable address, as Plaza connects to it."""

    proxy: TcpProxy
    first: Node
    second: Node
    third: Node

    def fail_over(self) -> None:
        """Kill the primary, and promote the second server."""
        self.first.stop(signal.SIGQUIT)
        self.proxy.forward_to(1)
        self.second.promote()
        self.proxy.forward_to(self.second.port)

    def make_read_only(self) -> None:
        """Make the first server read-only for those connected to it."""
        self.first.run_sql("ALTER SYSTEM SET default_transaction_read_only = on")
        self.first.run_sql("SELECT pg_reload_conf()")
        with db.reading() as session:
            wait_until(lambda: session.execute(text("SHOW default_transaction_read_only")).scalar_one() == "on")


@pytest.fixture
def cluster(environment: None, stack: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    monkeypatch.setattr(replicas, "PROBE_INTERVAL_SECONDS", 0.05)
    folder = (
        Path(stack.folder) / f"cluster-{uuid4().hex[:8]}"
    )  # below pytest's own folder, another OS user could not reach it
    folder.mkdir()
    first = primary(folder / "first")
    proxy = TcpProxy(first.port)
    nodes = [first]
    try:
        nodes += [standby(folder / name, source_port=proxy.port) for name in ("second", "third")]
        found = Cluster(proxy, *nodes)
        listed = ",".join(node.url() for node in nodes)
        with settings_are(PLAZA_DATABASE_URL=first.url(port=proxy.port), PLAZA_REPLICA_URLS=listed):
            first.run_sql("CREATE TABLE ware (name text)")
            add("mug")
            written = first.run_sql("SELECT pg_current_wal_flush_lsn()::text")
            for node in nodes[1:]:
                wait_until(partial(node.run_sql, f"SELECT pg_last_wal_replay_lsn() >= '{written}'"))
            yield found
    finally:
        for node in nodes:
            node.stop()
        proxy.close()


def add(name: str) -> None:
    with db.writing() as session:
        session.execute(ADD, {"name": name})


def count(session: ReadSession) -> int:
    return int(session.execute(COUNT).scalar_one())


def faults() -> dict[int, str]:
    return {int(each.name.rpartition(":")[2]): each.fault for each in replicas.monitor().replicas}


def readiness() -> tuple[int, dict[str, str]]:
    answer = asyncio.run(health.ready())
    return answer.status_code, json.loads(bytes(answer.body))


def test_reads_and_writes_recover_after_a_failover(cluster: Cluster) -> None:
    with db.reading() as one, db.reading() as two:  # two connections in the pool, both to the first
        assert (count(one), count(two)) == (1, 1)
    wait_until(lambda: set(faults().values()) == {""})
    cluster.fail_over()
    add("mat")  # each connection recovers with its first statement: no caller must retry
    with db.reading() as session:
        assert count(session) == 2
    # The promoted server is still listed as a replica, and the other replica has followed it to the new timeline.
    wait_until(lambda: faults()[cluster.second.port] == faults()[cluster.third.port] == "")
    position = db._current_position()
    assert position
    assert position.timeline == 2
    add("map")
    reached = db._current_position()
    assert asyncio.run(db.read_replica(reached, count)) == 3
    assert faults()[cluster.first.port] == "it does not answer"


def test_replicas_are_read_while_there_is_no_primary(cluster: Cluster) -> None:
    reached = db._current_position()
    assert reached
    wait_until(lambda: set(faults().values()) == {""})
    wait_until(
        lambda: all(
            one.last_status and one.last_status.position.has_reached(reached) for one in replicas.monitor().replicas
        )
    )
    cluster.first.stop(signal.SIGQUIT)
    wait_until(lambda: not replicas.monitor().primary.is_responding)
    wait_until(lambda: faults()[cluster.first.port])
    assert asyncio.run(db.read_replica(reached, count)) == 1
    with pytest.raises(db.DatabaseUnavailable):
        add("mat")


def test_a_process_is_ready_while_any_server_answers(cluster: Cluster) -> None:
    wait_until(lambda: set(faults().values()) == {""})
    assert readiness() == (200, {"status": "ready"})
    cluster.first.stop(signal.SIGQUIT)
    wait_until(lambda: not replicas.monitor().primary.is_responding)
    code, body = readiness()
    assert (code, body["status"]) == (200, "ready")
    assert "Only public pages are available" in body["reason"]
    for node in (cluster.second, cluster.third):
        node.stop(signal.SIGQUIT)
    wait_until(lambda: "" not in faults().values())
    assert readiness()[0] == 503


def test_a_returning_old_primary_is_not_read_for_writes_that_it_lacks(cluster: Cluster) -> None:
    wait_until(lambda: set(faults().values()) == {""})
    for node in (cluster.second, cluster.third):
        node.run_sql("ALTER SYSTEM SET primary_conninfo = ''")
        node.run_sql("SELECT pg_reload_conf()")
    wait_until(lambda: cluster.first.run_sql("SELECT count(*) FROM pg_stat_replication") == 0)
    for number in range(200):
        add(f"lost {number}")  # writes that reach no other server
    lost = db._current_position()
    assert lost
    cluster.fail_over()
    add("kept")
    current = db._current_position()
    assert current
    assert (current.timeline, current.lsn < lost.lsn) == (2, True)

    # It still accepts writes at its own port, as if it did not know of the failover.
    cluster.first.start()
    wait_until(lambda: faults()[cluster.first.port] == "it accepts writes but is not the primary")
    # Now it is a standby of the new primary without a rewind, so it is ahead by writes that no other server has.
    cluster.first.stop()
    (cluster.first.directory / "standby.signal").touch()
    follow = engines.to_libpq_url(postgres.url(cluster.proxy.port, "only-for-tests", "postgres"))
    (cluster.first.directory / "postgresql.auto.conf").write_text(f"primary_conninfo = '{follow}'\n")
    give_to_postgres(cluster.first.directory)
    cluster.first.start()
    wait_until(lambda: faults()[cluster.first.port] == "it is on a different timeline from the primary")
    (old_primary,) = [each for each in replicas.monitor().replicas if each.name.endswith(f":{cluster.first.port}")]
    assert old_primary.last_status
    assert old_primary.last_status.position.lsn >= current.lsn  # its position alone would include the write
    with pytest.raises(replicas.Unfit, match="a different timeline"):
        db._read_replica(old_primary, current, count)
    with pytest.raises(replicas.Unfit):
        db._read_replica(old_primary, Position(1, current.lsn), count)


def test_a_write_to_a_read_only_server_is_an_outage_and_drops_its_connections(cluster: Cluster) -> None:
    with db.reading() as one, db.reading() as two:  # two connections in the pool
        pids = [session.execute(text("SELECT pg_backend_pid()")).scalar_one() for session in (one, two)]
    cluster.make_read_only()
    with pytest.raises(db.DatabaseUnavailable, match="read-only"):
        add("mat")
    # Neither is used again, and no new one opens while the address leads to the read-only server.
    with pytest.raises(db.DatabaseUnavailable), db.reading() as session:
        count(session)
    cluster.first.run_sql("ALTER SYSTEM RESET default_transaction_read_only")
    cluster.first.run_sql("SELECT pg_reload_conf()")
    wait_until(lambda: add("mat") is None)
    with db.reading() as one, db.reading() as two:
        new = [session.execute(text("SELECT pg_backend_pid()")).scalar_one() for session in (one, two)]
        assert (count(one), set(new) & set(pids)) == (2, set())


def test_documents_are_unavailable_while_their_server_is_read_only(cluster: Cluster) -> None:
    document.create(db.engine())
    current = PostgresDocumentStore(db.engine())
    current.put_many("notes", "one", [("first", {"is": "kept"})])
    cluster.make_read_only()
    with pytest.raises(DocumentsUnavailable):
        current.put_many("notes", "one", [("second", {"is": "refused"})])
    cluster.first.run_sql("ALTER SYSTEM RESET default_transaction_read_only")
    cluster.first.run_sql("SELECT pg_reload_conf()")


def test_a_standby_is_not_taken_for_the_primary(cluster: Cluster) -> None:
    cluster.proxy.forward_to(cluster.second.port)
    with pytest.raises(db.DatabaseUnavailable), db.reading() as session:
        count(session)
    cluster.proxy.forward_to(cluster.first.port)
    with db.reading() as session:
        assert count(session) == 1


def test_a_connection_to_a_vanished_server_times_out_quickly() -> None:
    engines.set_statement_timeout(30)
    try:
        with settings_are(), db.engine().connect() as connection:
            dbapi = connection.connection.dbapi_connection
            assert dbapi is not None
            with socket.socket(fileno=dbapi.pgconn.socket) as held:
                found = [
                    held.getsockopt(socket.IPPROTO_TCP, option)
                    for option in (
                        socket.TCP_USER_TIMEOUT,
                        socket.TCP_KEEPIDLE,
                        socket.TCP_KEEPINTVL,
                        socket.TCP_KEEPCNT,
                    )
                ]
                held.detach()
    finally:
        engines.set_statement_timeout(0)
    assert found == [15_000, 5, 5, 2]
