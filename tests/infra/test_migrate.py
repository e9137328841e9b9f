"""Migrations run one at a time, and build indexes without blocking writes."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from alembic.config import Config
from sqlalchemy import text

from platform_app.infra import db, migrate

# The pattern of docs/operations/databases.md.
CONCURRENT_INDEX = """
from alembic import op

revision = "tests_only"
down_revision = {newest!r}


def upgrade():
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS tests_only_idx")
        op.execute("CREATE INDEX CONCURRENTLY tests_only_idx ON listing (key)")
        op.execute("SET lock_timeout = '5s'")
"""
END_OTHERS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE query LIKE '%advisory_lock%' AND pid <> pg_backend_pid()"
)
IS_VALID = text("SELECT indisvalid FROM pg_index WHERE indexrelid = 'tests_only_idx'::regclass")


@pytest.fixture
def newest(environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The newest migration with one that builds an index after it."""
    before, config = migrate.head_revision(), migrate.config
    (tmp_path / "backing_services.py").write_text(CONCURRENT_INDEX.format(newest=before))

    def with_one_more(connection: object) -> Config:
        extended = config(connection)
        extended.set_main_option("path_separator", "os")
        extended.set_main_option("version_locations", f"{migrate.MIGRATIONS / 'versions'}:{tmp_path}")
        return extended

    monkeypatch.setattr(migrate, "config", with_one_more)
    yield before
    with db.engine().begin() as connection:
        connection.execute(END_OTHERS)
        connection.execute(text("DROP INDEX IF EXISTS tests_only_idx"))
        connection.execute(text("UPDATE alembic_version SET version_num = :before"), {"before": before})


def test_an_index_is_built_during_writes_while_other_migrations_wait(newest: str) -> None:
    found: list[tuple[str | None, str]] = []
    callers = [Thread(target=lambda: found.append(migrate.upgrade_to_head()), daemon=True) for _ in range(3)]
    for each in callers:
        each.start()
    for each in callers:
        each.join(timeout=120)  # otherwise each would wait for the other forever
    assert sorted(found) == sorted([(newest, "tests_only"), *[("tests_only", "tests_only")] * 2])
    with db.reading() as session:
        assert session.execute(IS_VALID).scalar_one() is True
