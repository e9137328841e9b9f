"""`./plaza db revision` writes the difference between the models and the database."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Column, ForeignKeyConstraint, Index, MetaData, Table, Text, Uuid, text

from platform_app.cli import database
from platform_app.cli.errors import CommandError
from platform_app.domain.sharding import all_metadata
from platform_app.infra import migrate, new_migration

NOW = datetime(2031, 2, 3, 4, 5, tzinfo=UTC)
DROP = text("DROP TABLE IF EXISTS opening_hours")


@pytest.fixture
def versions(environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the migrations to which a test may add; restores the schema at the end."""
    before = migrate.head_revision()
    copied = tmp_path / "migrations"
    shutil.copytree(migrate.MIGRATIONS, copied, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(migrate, "MIGRATIONS", copied)
    yield copied / "versions"
    with migrate.direct_connection(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(DROP)
        connection.execute(text("ALTER TABLE listing DROP COLUMN IF EXISTS nickname"))
        connection.execute(text("UPDATE alembic_version SET version_num = :before"), {"before": before})


def with_opening_hours() -> tuple[MetaData, ...]:
    """The declared tables, plus one table and one column."""
    models, *others = all_metadata()
    grown = MetaData(naming_convention=models.naming_convention)
    for table in models.sorted_tables:
        table.to_metadata(grown)
    grown.tables["listing"].append_column(Column("nickname", Text, server_default="", nullable=False))
    Table(
        "opening_hours",
        grown,
        Column("shop_id", Uuid, primary_key=True),
        Column("day", Text, primary_key=True),
        ForeignKeyConstraint(["shop_id"], ["shop.id"], ondelete="CASCADE"),
        Index("opening_hours_day_idx", "day"),
    )
    return (grown, *others)


def test_a_database_at_head_matches_the_models(versions: Path) -> None:
    before = sorted(versions.glob("*.py"))
    with pytest.raises(new_migration.NoDifference):
        new_migration.write("Nothing", metadata=all_metadata(), now=NOW)
    assert sorted(versions.glob("*.py")) == before


def test_the_command_writes_no_empty_migration(versions: Path) -> None:
    with pytest.raises(CommandError, match=r"^The database matches the models; nothing was written\.$"):
        database.revision("Nothing")


def test_the_command_writes_a_formatted_file_that_upgrades_and_downgrades(
    versions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "all_metadata", with_opening_hours)
    monkeypatch.setattr(database, "utc_now", lambda: NOW)
    before = migrate.head_revision()
    database.revision("Shops have opening hours")
    file = versions / "2031_02_03_0405-shops_have_opening_hours.py"
    written = file.read_text()
    assert written.startswith('"""Shops have opening hours"""\n\nimport sqlalchemy as sa\nfrom alembic import op\n\n')
    assert f'revision = "2031_02_03_0405"\ndown_revision = "{before}"\n' in written
    for options in (["format", "--check"], ["check", "--select", "E,F,I,UP", "--ignore", "E501"]):
        subprocess.run([sys.executable, "-m", "ruff", *options, str(file)], check=True, capture_output=True)
    assert migrate.upgrade_to_head() == (before, "2031_02_03_0405")
    with pytest.raises(new_migration.NoDifference):
        new_migration.write("Nothing", metadata=with_opening_hours(), now=NOW + timedelta(minutes=1))
    with migrate.direct_connection() as connection:
        command.downgrade(migrate.config(connection), before)
    file.unlink()
    with pytest.raises(new_migration.NoDifference):
        new_migration.write("Nothing", metadata=all_metadata(), now=NOW)


def test_a_database_that_is_behind_is_refused(versions: Path) -> None:
    with migrate.direct_connection(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '2026_11_25_0130'"))
    with pytest.raises(CommandError, match=r"^The schema is not the newest: run \./plaza db migrate first\.$"):
        database.revision("Too early")
