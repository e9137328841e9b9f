"""Bringing the schema to the newest version, one process at a time."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import NullPool, create_engine, text

from platform_app.infra.settings import settings

LOCK = 0x506C617A62
MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"


def to_newest() -> tuple[str | None, str]:
    """Run what is missing, and return the versions before and after; a second caller waits for the first."""
    engine = create_engine(settings().database_url.get_secret_value(), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as guard:
        guard.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
        with create_engine(settings().database_url.get_secret_value(), poolclass=NullPool).connect() as connection:
            connection.execute(text("SET lock_timeout = '5s'"))
            before = MigrationContext.configure(connection).get_current_revision()
            connection.commit()
            command.upgrade(_config(connection), "head")
    return before, newest()


def current() -> str | None:
    """The version the database is at; None for an empty one."""
    engine = create_engine(settings().database_url.get_secret_value(), poolclass=NullPool)
    with engine.connect() as connection:
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
