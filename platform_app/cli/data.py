"""Commands that add data: the demo, imports."""

import time
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from platform_app.cli.errors import CommandError
from platform_app.cli.running import DataOption, require_database
from platform_app.demo import seed as demo
from platform_app.domain.catalog import service as catalog
from platform_app.domain.imports import queries
from platform_app.domain.imports.rules import formats, plaza
from platform_app.domain.imports.rules.formats import Format
from platform_app.domain.imports.rules.states import REPORT_COLLECTION, Outcome, RunState
from platform_app.domain.imports.schemas import ReportRow, Run
from platform_app.domain.imports.service import operator
from platform_app.domain.media.rules import CSV, XLSX
from platform_app.domain.shared.model_base import new_id, utc_now
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops import service as shop_service
from platform_app.domain.shops.rules import Language
from platform_app.domain.shops.schemas import Shop
from platform_app.infra import db, document_store, storage
from platform_app.infra.settings import settings
from platform_app.rest.imports_report import archived_rows
from workers import imports_files

POLL_SECONDS = 0.2
STALL_SECONDS = 20.0
MAX_SHOWN_REFUSALS = 20
ROWS_PER_PAGE = 10_000  # of a report

app = typer.Typer()
console = Console(highlight=False, markup=False, soft_wrap=True)


@app.command()
def seed(
    listings: Annotated[int, typer.Option(min=1, max=10_000_000)] = 400,
    shops_: Annotated[int, typer.Option("--shops", min=1, max=100_000)] = 12,
    if_empty: Annotated[bool, typer.Option(help="Do nothing if a shop exists.")] = False,
    data: DataOption = None,
) -> None:
    """Add a demo: shops, categories, listings and their pictures."""
    require_database(data)
    with db.reading() as session:
        if if_empty and shops.any_shop_exists(session):
            console.print("Shops exist already; nothing was added.")
            return
    with _progress_bars() as progress:
        task = progress.add_task("Listings", total=None)
        demo.seed_market(
            shop_count=min(shops_, listings),
            listing_count=listings,
            now=utc_now(),
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    console.print(f"{min(shops_, listings)} shops with {listings} listings added. Their pictures follow in a moment.")


@app.command(name="import")
def import_file(
    file: Annotated[Path | None, typer.Argument(help="A CSV file or an Excel workbook (XLSX).")] = None,
    pairs: Annotated[list[str] | None, typer.Argument(help="More FIELD=COLUMN pairs for --map.")] = None,
    shop: Annotated[str, typer.Option(help="The shop's slug; the shop is opened if it does not exist.")] = "",
    kind: Annotated[Format, typer.Option("--format", help="The format of the file [default: detected].")] = Format.AUTO,
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=COLUMN", help='The column for a field, such as title="Product Name".'),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    as_drafts: Annotated[
        bool, typer.Option("--as-drafts", help="Add new listings as drafts, whatever the file says.")
    ] = False,
    currency: Annotated[str, typer.Option(help="ISO 4217 code of the prices, if the shop is opened.")] = "USD",
    language: Annotated[
        Language, typer.Option(help="Language of the texts, if the shop is opened.")
    ] = Language.ENGLISH,
    encoding: Annotated[str, typer.Option(help="The encoding of a CSV file [default: detected].")] = "",
    undo: Annotated[str, typer.Option(metavar="RUN", help="Undo this import.")] = "",
    report: Annotated[str, typer.Option(metavar="RUN", help="Show the outcome of each row of this import.")] = "",
    data: DataOption = None,
) -> None:
    """Import a shop's listings from another shop system's export, or from any CSV file or Excel workbook (XLSX)."""
    require_database(data)
    if undo:
        _undo(_run_id(undo))
    elif report:
        _print_report(_run_id(report))
    elif not file or not shop:
        raise CommandError("Give a FILE and a --shop to import into, or a run to --undo or --report.")
    else:
        fields = _parse_pairs([*(mapping or []), *(pairs or [])])
        _run_import(
            file,
            shop,
            kind,
            fields,
            dry_run=dry_run,
            as_drafts=as_drafts,
            currency=currency.upper(),
            language=language,
            encoding=encoding,
        )


def _run_import(
    file: Path,
    slug: str,
    kind: Format,
    mapping: dict[str, str],
    *,
    dry_run: bool,
    as_drafts: bool,
    currency: str,
    language: Language,
    encoding: str,
) -> None:
    if not file.is_file():
        raise CommandError(f"There is no file {file}.")
    # Refuse an unreadable file now, before a shop is opened for it.
    with imports_files.open_local(file, encoding=encoding) as table:
        header, is_sheet = table.header, table.encoding == imports_files.WORKBOOK_ENCODING
    with db.reading() as session:
        existing_shop = shops.find_by_slug(session, slug=slug)
        stored_mapping = (
            queries.saved_mapping(session, shop_id=existing_shop.id, header=formats.fingerprint(header))
            if existing_shop
            else {}
        )
    formats.detect_format(header, requested=kind, mapping=mapping or (stored_mapping if kind is Format.AUTO else {}))
    key = f"imports/{new_id()}.{'xlsx' if is_sheet else 'csv'}"
    with file.open("rb") as body:
        storage.from_settings(settings()).put(key, body, content_type=XLSX if is_sheet else CSV)
    with db.writing() as session:
        shop = shop_service.get_or_create(session, slug=slug, now=utc_now(), currency=currency, language=language)
        run = operator.start(
            session,
            shop=shop,
            file_key=key,
            file_name=file.name,
            asked_format=kind,
            mapping=mapping,
            dry_run=dry_run,
            as_drafts=as_drafts,
            now=utc_now(),
            encoding=encoding,
        )
    run = _show_progress(run.id, title="Dry run" if dry_run else "Import")
    if run.state is RunState.REFUSED:
        raise CommandError(f"{file.name} was not imported: {run.message}")
    _print_counts(run)
    if dry_run and existing_shop is None:
        _close_shop(shop, run)
    if run.state is RunState.FAILED:
        raise CommandError(f"The import ended early: {run.message}. Undo it with: ./plaza import --undo {run.id}")


def _close_shop(shop: Shop, run: Run) -> None:
    """Delete the shop that was opened for a dry run, and the report, once no job uses the run."""
    while run.state is RunState.FINISHED and not run.archived:
        time.sleep(POLL_SECONDS)
        with db.reading() as session:
            run = queries.run(session, run_id=run.id)
    with db.writing() as session:
        catalog.delete_shop_if_empty(session, shop=shop)
    document_store.from_settings(settings(), db.engine()).delete_partition(REPORT_COLLECTION, str(run.id))


def _undo(run_id: UUID) -> None:
    with db.writing() as session:
        operator.undo(session, run_id=run_id, now=utc_now())
    run = _show_progress(run_id, title="Undo")
    if run.state is RunState.FAILED:
        raise CommandError(f"Undo ended early: {run.message}. Try again with: ./plaza import --undo {run.id}")
    console.print(f"{run.restored} listings were restored to their state before the import.")
    if run.kept:
        console.print(f"{run.kept} were changed since the import and were not restored.")


def _show_progress(run_id: UUID, *, title: str) -> Run:
    """Show a run's progress until it ends; Ctrl-C does not stop the run."""
    with _progress_bars() as bars:
        bar = bars.add_task(title, total=None)
        last_progress = time.monotonic(), -1
        while True:
            with db.reading() as session:
                run = queries.run(session, run_id=run_id)
            processed = (
                run.restored + run.kept if run.state in (RunState.UNDOING, RunState.UNDONE) else run.processed_rows
            )
            bars.update(bar, completed=processed, total=(run.rows if processed == run.processed_rows else None) or None)
            if run.state.is_terminal:
                return run
            if processed != last_progress[1]:
                last_progress = time.monotonic(), processed
            elif time.monotonic() - last_progress[0] > STALL_SECONDS:
                bars.console.print(
                    "No progress for a while. It continues when a worker is available: see ./plaza status."
                )
                last_progress = time.monotonic(), processed
            time.sleep(POLL_SECONDS)


def _print_counts(run: Run) -> None:
    prefix = "would be " if run.dry_run else ""
    counts = ", ".join(f"{getattr(run, outcome)} {prefix}{outcome}" for outcome in Outcome)
    console.print(f"{run.rows} rows ({run.format}, {run.encoding}): {counts}.")
    if run.remark:
        console.print(run.remark)
    refused = _report_rows(run, outcome=Outcome.REFUSED)
    for row in refused[:MAX_SHOWN_REFUSALS]:
        console.print(f"  line {row.line}: {row.note}")
    if len(refused) > MAX_SHOWN_REFUSALS:
        console.print(f"  … and {len(refused) - MAX_SHOWN_REFUSALS} more: ./plaza import --report {run.id}")
    if run.dry_run:
        for row in _report_rows(run, outcome=Outcome.UPDATED)[:MAX_SHOWN_REFUSALS]:
            console.print(f"  line {row.line} would change: {row.note}")
        return
    with db.reading() as session:
        pictures = queries.picture_counts(session, run=run)
    if pictures.pending or pictures.failed:
        console.print(
            f"Pictures: {pictures.ready} ready, {pictures.pending} pending, {pictures.failed} failed. "
            "The listings are in the shop already; pictures that could not be fetched are tried again."
        )
    if run.created or run.updated:
        console.print(f"Undo it with: ./plaza import --undo {run.id}")


def _print_report(run_id: UUID) -> None:
    with db.reading() as session:
        run = queries.run(session, run_id=run_id)
        missing = queries.missing_pictures(session, run=run)
    for row in _report_rows(run):
        console.print(f"line {row.line}: {row.outcome}{f' ({row.note})' if row.note else ''}")
    for source, reason in missing:
        console.print(f"picture {source}: {reason}")


def _report_rows(run: Run, *, outcome: Outcome | None = None) -> list[ReportRow]:
    rows: list[ReportRow] = []
    while True:
        line = rows[-1].line if rows else 0
        with db.reading() as session:
            page = queries.report_page(
                session, shop_id=run.shop_id, run_id=run.id, after=line, limit=ROWS_PER_PAGE, outcome=outcome
            )
        if page is None:
            page = archived_rows(run_id=run.id, after=line, limit=ROWS_PER_PAGE, outcome=outcome)
        if not page:
            return rows
        rows += page


def _parse_pairs(pairs: list[str]) -> dict[str, str]:
    malformed = next((pair for pair in pairs if "=" not in pair), None)
    if malformed is not None:
        raise CommandError(f'"{malformed}" is not of the form FIELD=COLUMN, such as title="Product Name".')
    parts = (pair.partition("=") for pair in pairs)
    return plaza.number_fields((field.strip(), column.strip()) for field, _, column in parts)


def _run_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise CommandError(f'"{text}" is not the id of an import.') from None


def _progress_bars() -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TaskProgressColumn(show_speed=True),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=console, transient=not console.is_terminal)
