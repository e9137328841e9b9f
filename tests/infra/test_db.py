"""Sessions: read-only where nothing may be written, all or nothing where something is."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import InternalError

from platform_app.infra import db
from platform_app.infra.settings import settings

pytestmark = pytest.mark.usefixtures("clean")
ADD = text("INSERT INTO search_word VALUES ('word')")


def test_postgresql_itself_refuses_a_write_while_reading() -> None:
    with pytest.raises(InternalError, match="read-only transaction"), db.reading() as session:
        session.execute(ADD)


def test_an_error_leaves_nothing_behind() -> None:
    def fail_in_the_middle() -> None:
        with db.writing() as session:
            session.execute(ADD)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_in_the_middle()
    with db.reading() as session:
        assert session.execute(text("SELECT count(*) FROM search_word")).scalar_one() == 0


def test_a_database_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
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
