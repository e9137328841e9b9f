"""The database: its schema, backups and restores."""

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
    help="Migrate the schema, write a migration, distribute the tables over a cluster, back up and restore."
)
app.add_typer(group, name="db")
console = Console(highlight=False, markup=False, soft_wrap=True)


@group.command(name="migrate")
def migrate_schema(data: DataOption = None) -> None:
    """Run the pending migrations."""
    require_services(data)
    before, after = migrate.upgrade_to_head()
    console.print(
        f"The schema is at {after}." if before == after else f"The schema went from {before or 'nothing'} to {after}."
    )


@group.command()
def current(data: DataOption = None) -> None:
    """Show the schema version of the database, and the version this code needs."""
    require_services(data)
    current_revision, newest = migrate.current_revision(), migrate.head_revision()
    console.print(
        f"{current_revision or 'empty'}{'' if current_revision == newest else f' (this code needs {newest}: run ./plaza db migrate)'}"
    )


@group.command()
def revision(
    words: Annotated[str, typer.Argument(help='What the migration does, such as "Shops have opening hours".')],
    data: DataOption = None,
) -> None:
    """Write the migration from the running database to the models; read it before you commit it."""
    require_services(data)
    _require_newest_schema()
    try:
        file = new_migration.write(words, metadata=all_metadata(), now=utc_now())
    except new_migration.NoDifference:
        raise CommandError("The database matches the models; nothing was written.") from None
    for command in (["check", "--fix", "--select", "I,F401"], ["format"]):
        subprocess.run([sys.executable, "-m", "ruff", *command, "--quiet", str(file)], cwd=ROOT, check=True)
    console.print(
        f"{file} was written. Read it: docs/operations/databases.md explains what a rolling deployment allows."
    )


@group.command()
def distribute(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the statements without running them.")] = False,
    data: DataOption = None,
) -> None:
    """Distribute the tables over a Citus cluster, as the models declare; if interrupted, run it again to continue."""
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
        f"All tables are distributed, after {count} statements." if count else "All tables were distributed already."
    )


@group.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; it must not exist.")], data: DataOption = None
) -> None:
    """Write the whole database to one file, while Plaza keeps running."""
    require_services(data)
    url = make_url(settings().owner_url).set(drivername="postgresql", database="postgres")
    backups.create(file.absolute(), url=url.render_as_string(hide_password=False))
    console.print(
        f"{file} contains the database, {file.stat().st_size / 1e6:,.0f} MB. Store it on another machine, together with "
        f"secrets.json and, unless pictures are in S3, objects/ of {settings().data}."
    )


@group.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file written by ./plaza db backup.")],
    until: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S%z"],
            help="The moment to restore, such as 2026-11-24T10:15:00+00:00 [default: the end of the WAL].",
        ),
    ] = None,
    wal: Annotated[
        Path | None,
        typer.Option(help="The folder with the WAL since the backup [default: PLAZA_WAL_ARCHIVE, else none]."),
    ] = None,
    data: DataOption = None,
) -> None:
    """Restore the embedded database; Plaza must be stopped. The current database is kept beside it."""
    directory, archive = data_directory(data), wal or settings().wal_archive
    if not file.is_file():
        raise CommandError(f"There is no file {file}.")
    if archive and not archive.is_dir():
        raise CommandError(f"There is no directory {archive}.")
    if until and not archive:
        raise CommandError("--until needs the WAL since the backup; give its folder with --wal.")
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
        console.print(f"The former database is in {previous}; delete it when you no longer need it.")


def _require_newest_schema() -> None:
    if migrate.current_revision() != migrate.head_revision():
        raise CommandError("The schema is not the newest: run ./plaza db migrate first.")


def _data_option(data: Path | None) -> str:
    return f" --data {data}" if data else ""
