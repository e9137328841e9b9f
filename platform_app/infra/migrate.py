"""Migrate the database schema, one process at a time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine, text

from platform_app.infra.settings import settings

LOCK_ID = 0x506C617A62
LOCK_POLL_SECONDS = 0.2
OPTIONS = {"transaction_per_migration": True}  # of every migration context; the lint of migrations uses them too
MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"


def upgrade_to_head() -> tuple[str | None, str]:
    """Run the missing migrations and return the revisions before and after; concurrent callers wait."""
    with schema_lock(), direct_connection() as connection:
        set_migration_timeouts(connection)
        before = MigrationContext.configure(connection).get_current_revision()
        connection.commit()
        command.upgrade(config(connection), "head")
    return before, head_revision()


@contextmanager
def schema_lock() -> Iterator[Connection]:
    """An autocommit session that holds the schema lock; concurrent callers wait."""
    with direct_connection(isolation_level="AUTOCOMMIT") as connection:
        # Polls, because a waiting statement would hold a snapshot, which CREATE INDEX CONCURRENTLY waits for.
        while not connection.execute(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": LOCK_ID}).scalar_one():
            time.sleep(LOCK_POLL_SECONDS)
        yield connection


def direct_connection(**options: str) -> Connection:
    """A session that bypasses the pooler, which would pass the lock and the settings on to other clients."""
    return create_engine(settings().owner_url, poolclass=NullPool, **options).connect()


def set_migration_timeouts(connection: Connection) -> None:
    """Let this session's statements run without a limit, but not wait long for locks: others would queue behind it."""
    connection.execute(text("SET statement_timeout = 0"))
    connection.execute(text("SET lock_timeout = '5s'"))


def current_revision() -> str | None:
    """The database's revision; None if it is empty."""
    with direct_connection() as connection:
        version: str | None = MigrationContext.configure(connection).get_current_revision()
    return version


def head_revision() -> str:
    """The newest revision in the code."""
    head = ScriptDirectory.from_config(config(None)).get_current_head()
    assert head is not None
    return head


def config(connection: Connection | None) -> Config:
    """What alembic has to know; without a connection it can read the migrations alone."""
    found = Config()
    found.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    found.attributes["connection"] = connection
    found.attributes["options"] = OPTIONS
    return found
