"""Figures that anyone can measure again, on the Plaza that runs here."""

import json
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

from platform_app.cli import (
    bench_activity,
    bench_events,
    bench_files,
    bench_freshness,
    bench_pages,
    bench_photos,
    bench_pictures,
    bench_rehearsal,
    bench_scale,
    bench_search,
)
from platform_app.cli.errors import Refused
from platform_app.domain.catalog import service as listings
from platform_app.domain.imports import queries
from platform_app.domain.imports.rules import files, formats, plaza
from platform_app.domain.imports.rules.formats import Format
from platform_app.domain.imports.rules.runs import COLLECTION, RunState
from platform_app.domain.imports.schemas import Run
from platform_app.domain.shared.tables import new_id, utc_now
from platform_app.domain.shops import service as shops
from platform_app.domain.shops.schemas import Shop
from platform_app.domain.stock.rules import Reason
from platform_app.infra import db, documents, jobs, outbox, pokes, storage
from platform_app.infra.outbox import Entry
from platform_app.infra.settings import settings

QUEUE = "bench"  # served by this process alone, so that no other worker takes part
ONE_BY_ONE_ROWS = 3000
RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes

app = typer.Typer()
group = typer.Typer(help="Measure, and print the figures.")
app.add_typer(group, name="bench")
group.command(name="search")(bench_search.search)
group.command(name="events")(bench_events.events)
group.command(name="freshness")(bench_freshness.freshness)
group.command(name="figures")(bench_activity.figures)
group.command(name="pages")(bench_pages.pages)
group.command(name="photos")(bench_photos.photos)
group.command(name="pictures")(bench_pictures.measure)
group.command(name="scale")(bench_scale.scale)
group.command(name="rehearsal")(bench_rehearsal.rehearsal)


class ImportFigures(BaseModel):
    """What importing a file took, and what it would take one product and one transaction at a time."""

    model_config = ConfigDict(frozen=True)

    rows: int
    products: int
    seconds: float
    rows_per_second: float
    peak_rss_mb: float
    one_by_one_rows: int
    one_by_one_rows_per_second: float
    ratio: float


@group.command(name="import")
def import_(
    rows: Annotated[int, typer.Option(min=1, max=files.MAX_ROWS, help="How many rows the file has.")] = 100_000,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
) -> None:
    """Import a generated file into a shop that is removed again: rows a second, and memory."""
    if settings().problems():
        raise Refused("Plaza is not running: start it with ./plaza up, or set PLAZA_DATABASE_URL and its like.")
    # Standard output is for the figures.
    quiet = structlog.make_filtering_bound_logger(logging.WARNING)
    structlog.configure(wrapper_class=quiet, logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "listings.csv"
        bench_files.write_file(file, rows=rows, status="draft")
        figures = _measured(file)
    if as_json:
        print(json.dumps(figures.model_dump()))
    else:
        _print(figures)


def _measured(file: Path) -> ImportFigures:
    slugs = [f"bench-{new_id().hex[-12:]}" for _ in range(2)]
    key = f"imports/{new_id()}.csv"
    try:
        run, seconds = _imported(file, slug=slugs[0], key=key)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * RSS_UNIT  # of the job's fork, our only child
        naive_rows, naive_seconds = _one_by_one(file, slug=slugs[1])
    finally:
        _remove(slugs, key=key)
    rate, naive_rate = run.rows / seconds, naive_rows / naive_seconds
    return ImportFigures(
        rows=run.rows,
        products=run.products,
        seconds=round(seconds, 2),
        rows_per_second=round(rate),
        peak_rss_mb=round(peak / 2**20, 1),
        one_by_one_rows=naive_rows,
        one_by_one_rows_per_second=round(naive_rate),
        ratio=round(rate / naive_rate, 1),
    )


def _imported(file: Path, *, slug: str, key: str) -> tuple[Run, float]:
    """Import the file as a worker does: a job on a queue, run in a fork."""
    bench_files.put(file, key=key)
    with db.writing() as session:
        run = bench_files.begin_import(session, slug=slug, key=key, name=file.name)
        # Sent by us, in the transaction that asks for it: the clock never sees it waiting.
        table = outbox.outbox
        mine = update(table).where(table.c.arguments["run_id"].astext == str(run.id))
        row = (
            session.execute(mine.values(sent_at=func.now(), queue=QUEUE, attempts=1).returning(table)).mappings().one()
        )
    jobs.send(Entry.model_validate(dict(row)), redis=pokes.work_redis())
    worker = jobs.worker(QUEUE)
    started = time.perf_counter()
    worker.work(burst=True, logging_level="WARNING")
    seconds = time.perf_counter() - started
    with db.reading() as session:
        run = queries.run(session, run_id=run.id)
    if run.state is not RunState.FINISHED:
        raise Refused(f"The import did not finish: it is {run.state} after {run.done} of {run.rows} rows.")
    return run, seconds


def _one_by_one(file: Path, *, slug: str) -> tuple[int, float]:
    """Save the first products each in a transaction of its own; how many rows they had, and the seconds."""
    with db.writing() as session:
        shop: Shop = shops.open_or_find(session, slug=slug, now=utc_now())
    with file.open("rb") as body:
        _, rows = files.rows(body, encoding="utf-8")
        found = list(islice(rows, ONE_BY_ONE_ROWS))
    started = time.perf_counter()
    for _, same in groupby(found, key=plaza.key):
        product = formats.product(list(same), Format.PLAZA, today=utc_now().date(), currency=shop.currency)
        with db.writing() as session:
            drafts = [product.draft] if product.draft else []
            listings.save_many(session, shop=shop, drafts=drafts, reason=Reason.IMPORT, now=utc_now())
    return len(found), time.perf_counter() - started


def _remove(slugs: list[str], *, key: str) -> None:
    """Leave nothing behind, whatever has happened."""
    storage.from_settings(settings()).delete(key)
    with db.writing() as session:
        found = session.execute(text("SELECT id FROM shop WHERE slug = ANY(:slugs)"), {"slugs": slugs})
        mine = {"shops": list(found.scalars())}
        runs = [
            str(run)
            for run in session.execute(text("SELECT id FROM import_run WHERE shop_id = ANY(:shops)"), mine).scalars()
        ]
        session.execute(text("DELETE FROM outbox WHERE arguments->>'run_id' = ANY(:runs)"), {"runs": runs})
        session.execute(text("DELETE FROM stock_movement WHERE shop_id = ANY(:shops)"), mine)
        session.execute(text("DELETE FROM shop WHERE id = ANY(:shops)"), mine)
        db.poke(session, "shops")
    kept = documents.from_settings(settings(), db.engine())
    for run in runs:
        kept.delete_partition(COLLECTION, run)


def _print(figures: ImportFigures) -> None:
    table = Table("", "Import", "One by one", title=f"{figures.rows:,} rows, {figures.products:,} products")
    for column in table.columns[1:]:
        column.justify = "right"
    table.add_row("rows a second", f"{figures.rows_per_second:,.0f}", f"{figures.one_by_one_rows_per_second:,.0f}")
    table.add_row(
        "all rows, seconds", f"{figures.seconds:,.1f}", f"{figures.rows / figures.one_by_one_rows_per_second:,.1f}"
    )
    table.add_row("times as fast", f"{figures.ratio:.1f}", "1.0")
    table.add_row("peak memory, MB", f"{figures.peak_rss_mb:,.0f}", "")
    table.caption = f"One by one: measured on the first {figures.one_by_one_rows:,} rows."
    Console(highlight=False).print(table)
