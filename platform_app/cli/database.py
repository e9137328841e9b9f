"""The database: its schema, its backups, and the way back to one."""

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from sqlalchemy.engine import make_url

from platform_app.cli.errors import CommandError
from platform_app.cli.running import DataOption, require_services
from platform_app.cli.stack import data_directory
from platform_app.domain.sharding import all_metadata, table_distributions
from platform_app.domain.shared.model_base import utc_now
from platform_app.infra import citus, migrate, new_migration
from platform_app.infra.settings import ROOT, settings
from platform_app.stack import backup as backups
from platform_app.stack import datadir, postgres
from platform_app.stack.up import stop_leftovers

app = typer.Typer()
group = typer.Typer(
    help="Bring the schema up to date, write the next migration, spread it over a cluster, back everything up, and restore it."
)
app.add_typer(group, name="db")
console = Console(highlight=False, markup=False, soft_wrap=True)


@group.command(name="migrate")
def migrate_schema(data: DataOption = None) -> None:
    """Run the migrations that are missing."""
    require_services(data)
    before, after = migrate.upgrade_to_head()
    console.print(
        f"The schema is at {after}." if before == after else f"The schema went from {before or 'nothing'} to {after}."
    )


@group.command()
def current(data: DataOption = None) -> None:
    """Say which version the database is at, and which one this code wants."""
    require_services(data)
    current_revision, newest = migrate.current_revision(), migrate.head_revision()
    console.print(
        f"{current_revision or 'empty'}{'' if current_revision == newest else f' (this code wants {newest}: run ./plaza db migrate)'}"
    )


@group.command()
def revision(
    words: Annotated[str, typer.Argument(help='What it does, such as "Shops have opening hours".')],
    data: DataOption = None,
) -> None:
    """Write the migration that the models need, from what the running database lacks; read it before you commit it."""
    require_services(data)
    _require_newest_schema()
    try:
        file = new_migration.write(words, metadata=all_metadata(), now=utc_now())
    except new_migration.NoDifference:
        raise CommandError("The database has everything that the models say; nothing was written.") from None
    for command in (["check", "--fix", "--select", "I,F401"], ["format"]):
        subprocess.run([sys.executable, "-m", "ruff", *command, "--quiet", str(file)], cwd=ROOT, check=True)
    console.print(f"{file} was written. Read it: docs/operations/databases.md says what a rolling deployment allows.")


@group.command()
def distribute(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the statements, and run none.")] = False,
    data: DataOption = None,
) -> None:
    """Spread the tables over a Citus cluster, as the models declare; run again, it goes on where it stopped."""
    require_services(data)
    _require_newest_schema()
    try:
        if dry_run:
            statements = citus.pending_statements(table_distributions())
            for statement in statements:
                console.print(f"{statement};")
            console.print(f"-- {len(statements)} statements; none was run.")
            return
        count = citus.distribute(table_distributions(), report=lambda statement: console.print(f"{statement};"))
    except citus.NotDistributed as refusal:
        raise CommandError(str(refusal)) from refusal
    console.print(
        f"Every table is where it belongs, after {count} statements." if count else "Every table was already there."
    )


@group.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where to; it must not be there yet.")], data: DataOption = None
) -> None:
    """Write the whole database into one file, while Plaza goes on working."""
    require_services(data)
    url = make_url(settings().direct_url).set(drivername="postgresql", database="postgres")
    backups.create(file.absolute(), url=url.render_as_string(hide_password=False))
    console.print(
        f"{file} holds the database, {file.stat().st_size / 1e6:,.0f} MB. Keep it away from this machine, together with "
        f"secrets.json and, unless pictures are in S3, objects/ of {settings().data}."
    )


@group.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file of ./plaza db backup.")],
    until: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S%z"],
            help="The moment to come back to, such as 2026-11-24T10:15:00+00:00; else all that the WAL has.",
        ),
    ] = None,
    wal: Annotated[
        Path | None, typer.Option(help="Where the WAL since then is [default: PLAZA_WAL_ARCHIVE, else none].")
    ] = None,
    data: DataOption = None,
) -> None:
    """Make the embedded database what it was; Plaza must be stopped. The database that was there is kept beside it."""
    directory, archive = data_directory(data), wal or settings().wal_archive
    if not file.is_file():
        raise CommandError(f"There is no file {file}.")
    if archive and not archive.is_dir():
        raise CommandError(f"There is no directory {archive}.")
    if until and not archive:
        raise CommandError("--until needs the WAL that was written after the backup: say where it is with --wal.")
    datadir.prepare(directory)
    lock_fd = datadir.lock(directory)
    try:
        stop_leftovers(directory)
        previous = backups.restore(
            file.absolute(),
            directory / "postgres",
            password=datadir.passwords(directory, postgres.new_password)["postgres"],
            log=directory / "logs" / "restore.log",
            wal=archive.absolute() if archive else None,
            until=until,
        )
        datadir.clear_caches(directory)
    finally:
        os.close(lock_fd)
    console.print(f"The database is restored. Start Plaza with: ./plaza up{_data_option(data)}")
    if previous:
        console.print(f"The one before is in {previous}; delete it when you need it no more.")


def _require_newest_schema() -> None:
    if migrate.current_revision() != migrate.head_revision():
        raise CommandError("The schema is not the newest: run ./plaza db migrate first.")


def _data_option(data: Path | None) -> str:
    return f" --data {data}" if data else ""
