"""Sessions: a reading one cannot write, and a writing one commits all or nothing."""

import itertools
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import InternalError

from platform_app.domain.shared.errors import to_product_error
from platform_app.infra import db, invalidation
from platform_app.infra.settings import settings
from tests.infra.database_servers import Node, wait_until

pytestmark = pytest.mark.usefixtures("clean")
ADD = text("INSERT INTO search_word VALUES ('word')")


def test_postgresql_refuses_a_write_in_a_reading_session() -> None:
    with pytest.raises(InternalError, match="read-only transaction"), db.reading() as session:
        session.execute(ADD)


def test_an_error_rolls_everything_back() -> None:
    def fail_in_the_middle() -> None:
        with db.writing() as session:
            session.execute(ADD)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_in_the_middle()
    with db.reading() as session:
        assert session.execute(text("SELECT count(*) FROM search_word")).scalar_one() == 0


def test_an_unreachable_database_is_reported_as_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAZA_DATABASE_URL", "postgresql+psycopg://plaza:x@127.0.0.1:1/plaza")
    settings.cache_clear()
    db.engine().dispose()
    db.engine.cache_clear()
    try:
        with pytest.raises(db.DatabaseUnavailable, match="does not answer"), db.reading() as session:
            session.execute(text("SELECT 1"))
    finally:
        monkeypatch.undo()
        settings.cache_clear()
        db.engine.cache_clear()


def test_an_interrupted_commit_is_undecided_and_its_invalidations_are_sent(stack: SimpleNamespace) -> None:
    server = Node(Path(stack.folder) / "postgres" / "data", port=make_url(stack.database).port or 0)
    waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    generation = invalidation.GENERATION_PREFIX + "words"
    tries = itertools.count()
    refusals: list[str] = []
    is_over = threading.Event()

    def add() -> None:  # until one waits: the server reads the new setting a moment later
        while not refusals and not is_over.is_set():
            next(tries)
            try:
                with db.writing() as session:
                    session.execute(text("SET LOCAL synchronous_commit = on"))  # test servers run without
                    session.execute(text("INSERT INTO search_word VALUES (gen_random_uuid())"))
                    db.invalidate(session, "words")
            except db.CommitUndecided as error:
                refusals.append(str(error))

    server.run_sql("ALTER SYSTEM SET synchronous_standby_names = 'one_that_never_comes'")
    try:
        server.run_sql("SELECT pg_reload_conf()")
        writer = threading.Thread(target=add)
        writer.start()
        wait_until(lambda: server.run_sql(waiting))
        generation_before = int(invalidation.work_redis().get(generation) or 0)
        server.run_sql(f"SELECT pg_terminate_backend(({waiting}))")
        writer.join()
    finally:
        is_over.set()
        server.run_sql("ALTER SYSTEM RESET synchronous_standby_names")
        server.run_sql("SELECT pg_reload_conf()")
    assert "may have been saved" in refusals[0]
    with db.reading() as session:
        assert session.execute(text("SELECT count(*) FROM search_word")).scalar_one() == next(tries)
    assert invalidation.work_redis().get(generation) == str(generation_before + 1).encode()
    with db.writing() as session:
        db.invalidate(session, "another thing")
    assert invalidation.work_redis().get(generation) == str(generation_before + 2).encode()


@pytest.mark.parametrize("outage", [db.DatabaseUnavailable(), db.CommitUndecided()])
def test_an_outage_error_says_whether_something_may_have_changed(outage: db.DatabaseUnavailable) -> None:
    assert ("Nothing was changed" in str(to_product_error(outage))) is not outage.is_undecided
    assert ("may have been saved" in str(to_product_error(outage))) is outage.is_undecided
