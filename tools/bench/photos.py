"""`./plaza bench photos`: an import of large photos, and its effect on people who browse meanwhile."""

import asyncio
import csv
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from platform_app.cli.errors import CommandError
from platform_app.cli.running import DataOption, require_services
from platform_app.domain.catalog.tags import CATALOG
from platform_app.domain.imports.rules import plaza
from platform_app.domain.imports.rules.formats import Format
from platform_app.domain.imports.service import operator
from platform_app.domain.media import queries
from platform_app.domain.media.schemas import PictureCounts
from platform_app.domain.shared.model_base import new_id, utc_now
from platform_app.domain.shops import service as shops
from platform_app.domain.shops.schemas import Shop
from platform_app.domain.shops.tags import SHOPS
from platform_app.infra import db, storage
from platform_app.infra.settings import settings
from tools.bench import events, pictures, report
from tools.bench.report import Measurement
from tools.bench.ws_load import WsLoad

DISTINCT_PHOTOS = 6  # photos that are drawn; each is served under many names, with one byte changed
TIMEOUT_SECONDS = 900.0
POLL_SECONDS = 0.5
INTERVAL_SECONDS = 20.0
WORST = "the worst of these"


class Interval(BaseModel):
    """Latencies in one part of the run, in milliseconds from when an event was due."""

    model_config = ConfigDict(frozen=True)

    name: str
    events: int
    p50: float
    p95: float
    p99: float
    errors: dict[str, int]


class PhotoResults(BaseModel):
    """`seconds` is the time from the import's start until every picture was ready."""

    model_config = ConfigDict(frozen=True)

    photos: int
    megapixels: int
    ready: int
    seconds: float
    intervals: tuple[Interval, ...]


def photos(
    count: Annotated[
        int, typer.Option("--photos", min=1, max=2000, help="The number of listings, with a photo each.")
    ] = 200,
    users: Annotated[int, typer.Option(min=1, help="The number of people browsing.")] = 200,
    rate: Annotated[float, typer.Option(min=1, help="Events per second of all of them together.")] = 50,
    as_json: report.AsJson = False,
    record: report.Record = False,
    data: DataOption = None,
) -> None:
    """Import photos of 12 megapixels into a temporary shop, while people browse the running Plaza."""
    require_services(data)
    start = report.begin(record=record)
    images = [pictures.generate_photo(seed, pictures.PHOTO, "JPEG") for seed in range(DISTINCT_PHOTOS)]
    slug = f"bench-{new_id().hex[-12:]}"
    with db.writing() as session:
        shop = shops.get_or_create(session, slug=slug, now=utc_now())
    key = f"imports/{new_id()}.csv"
    try:
        with _photo_server(images) as url:
            sources = [f"{url}/{index}.jpg" for index in range(count)]
            results = asyncio.run(_measure(shop, sources, key=key, users=users, rate=rate))
    finally:
        _clean_up(shop, key=key)
    report.finish(
        start, results, _measurements(results), print_table=lambda: _print_table(results, users=users), as_json=as_json
    )


async def _measure(shop: Shop, sources: Sequence[str], *, key: str, users: int, rate: float) -> PhotoResults:
    load = WsLoad([settings().public_url], choose=events.page_chooser())
    await load.connect(users)
    await load.run_open_loop(per_second=rate, seconds=INTERVAL_SECONDS)  # fill the caches before the measurement
    before = [await _measure_interval("before", load, rate=rate, seconds=INTERVAL_SECONDS)]
    await asyncio.to_thread(_start_import, shop, sources, key)
    started = time.perf_counter()
    done = asyncio.create_task(_wait_for_pictures(shop, sources))
    intervals: list[Interval] = []
    while not done.done():
        intervals.append(await _measure_interval("meanwhile", load, rate=rate, seconds=INTERVAL_SECONDS))
    counts, at = await done
    await load.close()
    if not counts.ready:
        raise CommandError("No photo was fetched: start Plaza with PLAZA_FETCH_PRIVATE_ADDRESSES=true ./plaza up.")
    worst = max(intervals, key=lambda interval: interval.p95)
    return PhotoResults(
        photos=len(sources),
        megapixels=pictures.PHOTO[0] * pictures.PHOTO[1] // 1_000_000,
        ready=counts.ready,
        seconds=round(at - started, 1),
        intervals=(*before, *intervals, worst.model_copy(update={"name": WORST})),
    )


async def _measure_interval(name: str, load: WsLoad, *, rate: float, seconds: float) -> Interval:
    tally = await load.run_open_loop(per_second=rate, seconds=seconds)
    cuts = quantiles(tally.seconds or [0.0, 0.0], n=100, method="inclusive")
    p50, p95, p99 = (round(1000 * cuts[index], 1) for index in (49, 94, 98))
    return Interval(name=name, events=len(tally.seconds), p50=p50, p95=p95, p99=p99, errors=dict(tally.errors))


async def _wait_for_pictures(shop: Shop, sources: Sequence[str]) -> tuple[PictureCounts, float]:
    deadline = time.perf_counter() + TIMEOUT_SECONDS
    while True:
        counts = await asyncio.to_thread(_counts, shop, sources)
        if counts.ready + counts.failed >= len(sources) or time.perf_counter() > deadline:
            return counts, time.perf_counter()
        await asyncio.sleep(POLL_SECONDS)


def _counts(shop: Shop, sources: Sequence[str]) -> PictureCounts:
    with db.reading() as session:
        return queries.picture_counts(session, shop_id=shop.id, sources=sources)


def _start_import(shop: Shop, sources: Sequence[str], key: str) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "photos.csv"
        _write_file(file, sources)
        with file.open("rb") as body:
            storage.from_settings(settings()).put(key, body, content_type="text/csv")
    with db.writing() as session:
        operator.start(
            session,
            shop=shop,
            file_key=key,
            file_name="photos.csv",
            asked_format=Format.PLAZA,
            mapping={},
            dry_run=False,
            now=utc_now(),
        )


def _write_file(file: Path, sources: Sequence[str]) -> None:
    with file.open("w", newline="", encoding="utf-8") as body:
        out = csv.DictWriter(body, plaza.FIELDS)
        out.writeheader()
        for index, source in enumerate(sources):
            out.writerow(
                {
                    "key": f"photo-{index}",
                    "title": f"Photo {index}",
                    "price": "10.00",
                    "quantity": 1,
                    "image_urls": source,
                }
            )


@contextmanager
def _photo_server(images: Sequence[bytes]) -> Iterator[str]:
    """A local web server with the photos."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Send a photo, made unique by a suffix."""
            index = int(self.path.strip("/").removesuffix(".jpg"))
            body = images[index % len(images)] + index.to_bytes(4, "big")
            self.send_response(200)
            self.send_header("Content-Type", "image/jpeg")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _clean_up(shop: Shop, *, key: str) -> None:
    """Delete all data of the benchmark except the pictures' files, which the daily sweep deletes."""
    storage.from_settings(settings()).delete(key)
    with db.writing() as session:
        session.execute(text("DELETE FROM stock_movement WHERE shop_id = :shop"), {"shop": shop.id})
        session.execute(text("DELETE FROM shop WHERE id = :shop"), {"shop": shop.id})
        db.invalidate(session, SHOPS, CATALOG)


def _measurements(results: PhotoResults) -> list[Measurement]:
    before, worst = results.intervals[0], results.intervals[-1]
    return [
        Measurement(key="photos.before", text=f"{before.p50:,.1f} / {before.p95:,.1f} ms"),
        Measurement(key="photos.meanwhile", text=f"{worst.p50:,.1f} / {worst.p95:,.1f} ms"),
        Measurement(key="photos.seconds", text=f"{results.seconds:,.0f} s"),
    ]


def _print_table(results: PhotoResults, *, users: int) -> None:
    title = f"{users} people browsing beside {results.photos} photos of {results.megapixels} megapixels"
    table = Table("", "events", "p50", "p95", "p99", "errors", title=title)
    for column in table.columns[1:]:
        column.justify = "right"
    for interval in results.intervals:
        errors = ", ".join(f"{count} {reason}" for reason, count in interval.errors.items()) or "0"
        table.add_row(
            interval.name,
            f"{interval.events:,}",
            f"{interval.p50:,.1f}",
            f"{interval.p95:,.1f}",
            f"{interval.p99:,.1f}",
            errors,
        )
    table.caption = f"{results.ready} of {results.photos} were ready after {results.seconds:,.0f} s. Milliseconds from when an event was due."
    Console(highlight=False, width=120).print(table)
