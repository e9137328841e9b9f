"""Bringing the schema to the newest version, one process at a time."""

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
MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"


def upgrade_to_head() -> tuple[str | None, str]:
    """Run what is missing, and return the versions before and after; a second caller waits for the first."""
    with schema_lock(), direct_connection() as connection:
        set_migration_timeouts(connection)
        before = MigrationContext.configure(connection).get_current_revision()
        connection.commit()
        command.upgrade(_config(connection), "head")
    return before, head_revision()


@contextmanager
def schema_lock() -> Iterator[Connection]:
    """A session, each of its statements a transaction, while nobody else changes the schema; a second caller waits."""
    with direct_connection(isolation_level="AUTOCOMMIT") as connection:
        # Asked again and again: a statement that waited would have a snapshot, which building an index waits for.
        while not connection.execute(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": LOCK_ID}).scalar_one():
            time.sleep(LOCK_POLL_SECONDS)
        yield connection


def direct_connection(**options: str) -> Connection:
    """A session past any pooler, which would give its lock and its settings to whoever comes next."""
    return create_engine(settings().direct_url, poolclass=NullPool, **options).connect()


def set_migration_timeouts(connection: Connection) -> None:
    """What this session does may take its time, but it waits for nobody for long, since everybody would wait behind it."""
    connection.execute(text("SET statement_timeout = 0"))
    connection.execute(text("SET lock_timeout = '5s'"))


def current_revision() -> str | None:
    """The version the database is at; None for an empty one."""
    with direct_connection() as connection:
        version: str | None = MigrationContext.configure(connection).get_current_revision()
    return version


def head_revision() -> str:
    """The newest version this code knows."""
    head = ScriptDirectory.from_config(_config(None)).get_current_head()
    assert head is not None
    return head


def _config(connection: object) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
