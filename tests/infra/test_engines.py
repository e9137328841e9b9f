"""Statement timeouts, and PgBouncer, which gives each transaction another session."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
from sqlalchemy import make_url, text

from platform_app.domain.favourites import queries as favourites
from platform_app.domain.favourites import service
from platform_app.domain.search import queries as search
from platform_app.domain.search.schemas import SearchQuery
from platform_app.infra import db, engines, invalidation, migrate, outbox, relay
from platform_app.infra.settings import ROOT, Settings
from tests.factories import NOW, UNKNOWN_ID, make_listing, make_user
from tests.imports.helpers import take_jobs
from tests.infra.database_servers import Node, pgbouncer, settings_are, wait_until

pytestmark = pytest.mark.usefixtures("clean")
ROLE = "ALTER ROLE plaza SET {name} = '{value}'"
SLEEP = text("SELECT pg_sleep(60)")


@pytest.fixture
def server(stack: SimpleNamespace) -> Node:
    """The PostgreSQL of this run."""
    return Node(Path(stack.folder) / "postgres" / "data", port=make_url(stack.database).port or 0)


@pytest.fixture
def limited() -> Iterator[None]:
    """Statements time out after a moment."""
    engines.set_statement_timeout(1)
    with settings_are():
        yield
    engines.set_statement_timeout(0)


@pytest.fixture
def pooler(server: Node, stack: SimpleNamespace) -> Iterator[dict[str, str]]:
    """The settings of a Plaza behind a PgBouncer that has fewer connections."""
    with pgbouncer(Path(stack.folder) / f"pgbouncer-{uuid4().hex[:8]}", target=server.port, pool=2) as port:
        yield {
            "PLAZA_DATABASE_URL": server.url(port=port),
            "PLAZA_DATABASE_DIRECT_URL": server.url(),
            "PLAZA_DATABASE_POOLER": "true",
        }


@pytest.fixture
def session_settings(server: Node) -> Iterator[None]:
    """The role's sessions have the settings that Plaza needs."""
    for name, value in engines.SESSION_SETTINGS.items():
        server.run_sql(ROLE.format(name=name, value=value))
    yield
    server.run_sql("ALTER ROLE plaza RESET ALL")


def test_a_statement_that_takes_too_long_is_cancelled_and_changes_nothing(limited: None) -> None:
    def add_slowly() -> None:
        with db.writing() as session:
            session.execute(text("INSERT INTO search_word VALUES ('word')"))
            session.execute(SLEEP)

    with pytest.raises(db.DatabaseUnavailable, match="took too long"):
        add_slowly()
    with db.reading() as session:
        assert session.execute(text("SELECT count(*) FROM search_word")).scalar_one() == 0


def test_a_migration_has_no_statement_timeout(limited: None, server: Node) -> None:
    server.run_sql("ALTER ROLE plaza SET statement_timeout = '200ms'")
    try:
        with migrate.direct_connection() as connection:
            migrate.set_migration_timeouts(connection)
            connection.execute(text("SELECT pg_sleep(1.5)"))
            assert connection.execute(text("SHOW lock_timeout")).scalar_one() == "5s"
    finally:
        server.run_sql("ALTER ROLE plaza RESET ALL")


def test_user_actions_work_behind_a_pooler(pooler: dict[str, str], session_settings: None) -> None:
    with settings_are(**pooler, PLAZA_DATABASE_POOL="1"):
        engines.check_pooler()
        with db.writing() as session:
            user = make_user(session).user
            mug = make_listing(session, tags=("clay",))
        # Repeatedly: a statement is prepared from the sixth time on, and every second transaction has another session.
        for number in range(24):
            with db.background_engine().connect() as other:
                if number % 2:
                    other.execute(text("SELECT 1"))
                with db.writing() as session:
                    if number % 4 < 2:
                        liked = service.add(session, user_id=user.id, listing_id=mug.id, now=NOW)
                    else:
                        liked = service.remove(session, user_id=user.id, listing_id=mug.id)
                assert (mug.id in liked) is (number % 4 < 2)
        with db.reading() as session:
            assert favourites.favourite_ids(session, user_id=user.id) == frozenset()
            found = search.results(session, search_query=SearchQuery(q="mug"))
            assert [card.slug for card in found.items] == [mug.slug]
        with db.writing() as session:
            outbox.add(session, "workers.favourites.notify_follower", user_id=UNKNOWN_ID)
        assert [job.func_name for job in take_jobs("favourites")][-1] == "workers.favourites.notify_follower"


def test_session_settings_hold_in_every_session_of_the_pooler(pooler: dict[str, str], session_settings: None) -> None:
    query = text(
        "SELECT current_setting('TimeZone'), current_setting('plan_cache_mode'), pg_backend_pid(), pg_sleep(0.1)"
    )
    engines.set_statement_timeout(7)
    try:
        with settings_are(**pooler), db.reading() as one, db.reading() as two:
            found = [session.execute(query).one() for session in (one, two)]
            assert len({row[2] for row in found}) == 2
            assert {tuple(row[:2]) for row in found} == {("UTC", "force_custom_plan")}
            assert one.execute(text("SHOW statement_timeout")).scalar_one() == "7s"
    finally:
        engines.set_statement_timeout(0)


def test_a_pooler_without_the_session_settings_is_refused_at_start_with_advice(
    pooler: dict[str, str], server: Node
) -> None:
    server.run_sql(ROLE.format(name="timezone", value="Europe/Berlin"))
    try:
        with settings_are(**pooler):
            advice = "ALTER ROLE … SET timezone = 'UTC'; ALTER ROLE … SET plan_cache_mode = 'force_custom_plan'"
            started = subprocess.run(
                [sys.executable, "-m", "platform_app", "clock"],
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
                timeout=120,
            )
            assert (started.returncode, advice in started.stderr) == (1, True)
            with pytest.raises(engines.UnfitPooler, match=advice), db.reading() as session:
                session.execute(text("SELECT 1"))
    finally:
        server.run_sql("ALTER ROLE plaza RESET ALL")


def test_migrations_and_the_clocks_leader_lock_bypass_the_pooler(
    pooler: dict[str, str], session_settings: None, server: Node
) -> None:
    held = f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = {relay.LEADER_LOCK & 0xFFFFFFFF} AND granted"
    done, ticks = threading.Event(), []
    with settings_are(**pooler):
        assert migrate.upgrade_to_head() == (migrate.head_revision(), migrate.head_revision())
        schedule = {lambda: ticks.append(1): timedelta(seconds=60)}
        clock = {"schedule": schedule, "subscriptions": {}, "queues": (), "stopping": done.is_set}
        clocks = [threading.Thread(target=relay.run, kwargs=clock) for _ in range(2)]
        for each in clocks:
            each.start()
        try:
            wait_until(lambda: ticks)
            with db.writing() as session:
                job = outbox.add(session, "workers.favourites.notify_follower", user_id=UNKNOWN_ID)
            wait_until(lambda: any(str(job) in key.decode() for key in invalidation.work_redis().keys("rq:job:*")))
            assert server.run_sql(held) == 1
        finally:
            done.set()
            for each in clocks:
                each.join()
    assert ticks == [1]


def test_the_connection_of_the_leader_lock_detects_a_vanished_server() -> None:
    with engines.direct_connection() as connection:
        assert connection.info.get_parameters()["tcp_user_timeout"] == "15000"


@pytest.mark.parametrize("limit", [0, 3600])
def test_a_slow_row_of_a_large_batch_is_no_outage(monkeypatch: pytest.MonkeyPatch, limit: float) -> None:
    monkeypatch.setitem(engines._KEEPALIVES, "tcp_user_timeout", 500)
    rows = [{"seconds": 2 if number == 0 else 0, "filler": "x" * 1_000_000} for number in range(20)]
    engines.set_statement_timeout(limit)
    try:
        with settings_are(), db.engine().connect() as connection:
            connection.execute(text("SELECT pg_sleep(:seconds), length(:filler)"), rows)
    finally:
        engines.set_statement_timeout(0)


def test_several_replicas_fit_in_one_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    urls = ["postgresql+psycopg://a:b@one/plaza", "postgresql+psycopg://a:b@two/plaza"]
    for given in (" , ".join(urls) + ",", str(urls).replace("'", '"')):
        monkeypatch.setenv("PLAZA_REPLICA_URLS", given)
        found = Settings(_env_file=None).replica_urls
        assert [url.get_secret_value() for url in found] == urls
