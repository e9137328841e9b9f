"""`./plaza bench import`: rows per second and memory, compared with one product per transaction."""

import logging
import resource
import sys
import tempfile
import time
from itertools import groupby, islice
from pathlib import Path
from typing import Annotated

import structlog
import typer
from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.table import Table
from sqlalchemy import func, text, update

from platform_app.cli.errors import CommandError
from platform_app.cli.running import DataOption, require_services
from platform_app.domain.catalog import service as listings
from platform_app.domain.imports import queries
from platform_app.domain.imports.rules import files, formats, plaza
from platform_app.domain.imports.rules.formats import Format
from platform_app.domain.imports.rules.readings import Reading
from platform_app.domain.imports.rules.states import REPORT_COLLECTION, RunState
from platform_app.domain.imports.schemas import Run
from platform_app.domain.shared.model_base import new_id, utc_now
from platform_app.domain.shops import service as shops
from platform_app.domain.shops.schemas import Shop
from platform_app.domain.shops.tags import SHOPS
from platform_app.domain.stock.rules import Reason
from platform_app.infra import db, document_store, invalidation, jobs, outbox, storage
from platform_app.infra.outbox import Entry
from platform_app.infra.settings import settings
from tools.bench import imports_files, report
from tools.bench.report import Measurement

QUEUE = "bench"  # served by this process alone, so that no other worker takes part
BASELINE_ROWS = 3000
RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes


class ImportResults(BaseModel):
    """The time of an import, and of the same file with one product per transaction."""

    model_config = ConfigDict(frozen=True)

    rows: int
    products: int
    seconds: float
    rows_per_second: float
    peak_rss_mb: float
    one_by_one_rows: int
    one_by_one_rows_per_second: float
    ratio: float


def import_(
    rows: Annotated[int, typer.Option(min=1, max=files.MAX_ROWS, help="The number of rows in the file.")] = 100_000,
    as_json: report.AsJson = False,
    record: report.Record = False,
    data: DataOption = None,
) -> None:
    """Import a generated file into a temporary shop, and measure rows per second and memory."""
    require_services(data)
    start = report.begin(record=record)
    # Standard output is for the figures.
    quiet = structlog.make_filtering_bound_logger(logging.WARNING)
    structlog.configure(wrapper_class=quiet, logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "listings.csv"
        imports_files.write_import_file(file, rows=rows, status="draft")
        results = _measure(file)
    report.finish(start, results, _measurements(results), print_table=lambda: _print_table(results), as_json=as_json)


def _measure(file: Path) -> ImportResults:
    slugs = [f"bench-{new_id().hex[-12:]}" for _ in range(2)]
    key = f"imports/{new_id()}.csv"
    try:
        run, seconds = _run_import(file, slug=slugs[0], key=key)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * RSS_UNIT  # of the job's fork, our only child
        baseline_rows, baseline_seconds = _import_one_by_one(file, slug=slugs[1])
    finally:
        _clean_up(slugs, key=key)
    rate, baseline_rate = run.rows / seconds, baseline_rows / baseline_seconds
    return ImportResults(
        rows=run.rows,
        products=run.products,
        seconds=round(seconds, 2),
        rows_per_second=round(rate),
        peak_rss_mb=round(peak / 2**20, 1),
        one_by_one_rows=baseline_rows,
        one_by_one_rows_per_second=round(baseline_rate),
        ratio=round(rate / baseline_rate, 1),
    )


def _run_import(file: Path, *, slug: str, key: str) -> tuple[Run, float]:
    """Import the file as a worker does: a job on a queue, run in a fork."""
    imports_files.upload(file, key=key)
    with db.writing() as session:
        run = imports_files.start_import(session, slug=slug, key=key, name=file.name)
        # Marked as sent in the same transaction, so that the clock does not send it.
        table = outbox.outbox
        statement = update(table).where(table.c.arguments["run_id"].astext == str(run.id))
        row = (
            session.execute(statement.values(sent_at=func.now(), queue=QUEUE, attempts=1).returning(table))
            .mappings()
            .one()
        )
    jobs.send(Entry.model_validate(dict(row)), redis=invalidation.work_redis())
    worker = jobs.worker(QUEUE)
    started = time.perf_counter()
    worker.work(burst=True, logging_level="WARNING")
    seconds = time.perf_counter() - started
    with db.reading() as session:
        run = queries.run(session, run_id=run.id)
    if run.state is not RunState.FINISHED:
        raise CommandError(
            f"The import did not finish: it is {run.state} after {run.processed_rows} of {run.rows} rows."
        )
    return run, seconds


def _import_one_by_one(file: Path, *, slug: str) -> tuple[int, float]:
    """Save the first products in a transaction each; return their number of rows, and the seconds."""
    with db.writing() as session:
        shop: Shop = shops.get_or_create(session, slug=slug, now=utc_now())
    with file.open("rb") as body:
        _, rows = files.read_rows(body, encoding="utf-8")
        found = list(islice(rows, BASELINE_ROWS))
    started = time.perf_counter()
    for _, same in groupby(found, key=plaza.product_key):
        product = formats.parse_product(list(same), Format.PLAZA, Reading(shop.currency, utc_now().date()))
        with db.writing() as session:
            drafts = [product.listing_input] if product.listing_input else []
            listings.save_many(session, shop=shop, inputs=drafts, reason=Reason.IMPORT, now=utc_now())
    return len(found), time.perf_counter() - started


def _clean_up(slugs: list[str], *, key: str) -> None:
    """Delete all data of the benchmark, also after a failure."""
    storage.from_settings(settings()).delete(key)
    with db.writing() as session:
        shop_ids = session.execute(text("SELECT id FROM shop WHERE slug = ANY(:slugs)"), {"slugs": slugs})
        params = {"shops": list(shop_ids.scalars())}
        runs = [
            str(run)
            for run in session.execute(text("SELECT id FROM import_run WHERE shop_id = ANY(:shops)"), params).scalars()
        ]
        session.execute(text("DELETE FROM outbox WHERE arguments->>'run_id' = ANY(:runs)"), {"runs": runs})
        session.execute(text("DELETE FROM stock_movement WHERE shop_id = ANY(:shops)"), params)
        session.execute(text("DELETE FROM shop WHERE id = ANY(:shops)"), params)
        db.invalidate(session, SHOPS)
    store = document_store.from_settings(settings(), db.engine())
    for run in runs:
        store.delete_partition(REPORT_COLLECTION, run)


def _measurements(results: ImportResults) -> list[Measurement]:
    return [
        Measurement(key="import.rate", text=f"{results.rows_per_second:,.0f}"),
        Measurement(key="import.memory", text=f"{results.peak_rss_mb:,.0f} MB"),
        Measurement(key="import.ratio", text=f"{results.ratio:.1f}"),
    ]


def _print_table(results: ImportResults) -> None:
    table = Table("", "Import", "One by one", title=f"{results.rows:,} rows, {results.products:,} products")
    for column in table.columns[1:]:
        column.justify = "right"
    table.add_row("rows a second", f"{results.rows_per_second:,.0f}", f"{results.one_by_one_rows_per_second:,.0f}")
    table.add_row(
        "all rows, seconds", f"{results.seconds:,.1f}", f"{results.rows / results.one_by_one_rows_per_second:,.1f}"
    )
    table.add_row("times as fast", f"{results.ratio:.1f}", "1.0")
    table.add_row("peak memory, MB", f"{results.peak_rss_mb:,.0f}", "")
    table.caption = f"One by one: measured on the first {results.one_by_one_rows:,} rows."
    Console(highlight=False).print(table)
