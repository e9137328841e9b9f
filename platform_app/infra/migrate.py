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

LOCK = 0x506C617A62
TURN_SECONDS = 0.2
MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"


def to_newest() -> tuple[str | None, str]:
    """Run what is missing, and return the versions before and after; a second caller waits for the first."""
    with alone(), direct() as connection:
        unhurried(connection)
        before = MigrationContext.configure(connection).get_current_revision()
        connection.commit()
        command.upgrade(_config(connection), "head")
    return before, newest()


@contextmanager
def alone() -> Iterator[Connection]:
    """A session, each of its statements a transaction, while nobody else changes the schema; a second caller waits."""
    with direct(isolation_level="AUTOCOMMIT") as connection:
        # Asked again and again: a statement that waited would have a snapshot, which building an index waits for.
        while not connection.execute(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": LOCK}).scalar_one():
            time.sleep(TURN_SECONDS)
        yield connection


def direct(**options: str) -> Connection:
    """A session past any pooler, which would give its lock and its settings to whoever comes next."""
    return create_engine(settings().direct_url, poolclass=NullPool, **options).connect()


def unhurried(connection: Connection) -> None:
    """What this session does may take its time, but it waits for nobody for long, since everybody would wait behind it."""
    connection.execute(text("SET statement_timeout = 0"))
    connection.execute(text("SET lock_timeout = '5s'"))


def current() -> str | None:
    """The version the database is at; None for an empty one."""
    with direct() as connection:
        version: str | None = MigrationContext.configure(connection).get_current_revision()
    return version


def newest() -> str:
    """The newest version this code knows."""
    head = ScriptDirectory.from_config(_config(None)).get_current_head()
    assert head is not None
    return head


def _config(connection: object) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
