"""`./plaza bench photos`: an import of large photos, and what people who browse meanwhile notice of it."""

import asyncio
import csv
import json
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

from platform_app.cli import bench_events, bench_pictures
from platform_app.cli.errors import Refused
from platform_app.cli.visitors import Crowd
from platform_app.domain.imports import service
from platform_app.domain.imports.rules import plaza
from platform_app.domain.imports.rules.formats import Format
from platform_app.domain.media import queries
from platform_app.domain.media.schemas import PictureCounts
from platform_app.domain.shared.tables import new_id, utc_now
from platform_app.domain.shops import service as shops
from platform_app.domain.shops.schemas import Shop
from platform_app.infra import db, storage
from platform_app.infra.settings import settings

SEEDS = 6  # photos that are drawn; each is served under many names, a byte of it different
PATIENCE_SECONDS = 900.0
LOOK_SECONDS = 0.5
QUIET_SECONDS = 20.0


class Spell(BaseModel):
    """What people waited in one part of the run, in milliseconds from when an event was due."""

    model_config = ConfigDict(frozen=True)

    name: str
    events: int
    p50: float
    p95: float
    p99: float
    errors: dict[str, int]


class PhotoFigures(BaseModel):
    """`seconds` is from the import's start until every picture could be shown."""

    model_config = ConfigDict(frozen=True)

    photos: int
    megapixels: int
    ready: int
    seconds: float
    spells: tuple[Spell, ...]


def photos(
    count: Annotated[
        int, typer.Option("--photos", min=1, max=2000, help="How many listings, with a photo each.")
    ] = 200,
    users: Annotated[int, typer.Option(min=1, help="How many people browse.")] = 200,
    rate: Annotated[float, typer.Option(min=1, help="Events a second that all of them send.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
) -> None:
    """Import photos of 12 megapixels into a shop that is removed again, beside people who browse the running Plaza."""
    if settings().problems():
        raise Refused("Plaza is not running: start it with ./plaza up, or set PLAZA_DATABASE_URL and its like.")
    drawn = [bench_pictures.photo(seed, bench_pictures.PHOTO, "JPEG") for seed in range(SEEDS)]
    slug = f"bench-{new_id().hex[-12:]}"
    with db.writing() as session:
        shop = shops.open_or_find(session, slug=slug, now=utc_now())
    key = f"imports/{new_id()}.csv"
    try:
        with _served(drawn) as url:
            sources = [f"{url}/{place}.jpg" for place in range(count)]
            figures = asyncio.run(_measured(shop, sources, key=key, users=users, rate=rate))
    finally:
        _remove(shop, key=key)
    if as_json:
        print(json.dumps(figures.model_dump()))
    else:
        _print(figures, users=users)


async def _measured(shop: Shop, sources: Sequence[str], *, key: str, users: int, rate: float) -> PhotoFigures:
    crowd = Crowd([settings().public_url], choose=bench_events.places())
    await crowd.gather(users)
    await crowd.browse(per_second=rate, seconds=QUIET_SECONDS)  # what is loaded once is loaded
    spells = [await _spell("before", crowd, rate=rate, seconds=QUIET_SECONDS)]
    await asyncio.to_thread(_start, shop, sources, key)
    began = time.perf_counter()
    ended = asyncio.create_task(_all_taken(shop, sources))
    parts: list[Spell] = []
    while not ended.done():
        parts.append(await _spell("meanwhile", crowd, rate=rate, seconds=QUIET_SECONDS))
    counts, at = await ended
    await crowd.leave()
    if not counts.ready:
        raise Refused("No photo was fetched: start Plaza with PLAZA_FETCH_PRIVATE_ADDRESSES=true ./plaza up.")
    worst = max(parts, key=lambda part: part.p95)
    return PhotoFigures(
        photos=len(sources),
        megapixels=bench_pictures.PHOTO[0] * bench_pictures.PHOTO[1] // 1_000_000,
        ready=counts.ready,
        seconds=round(at - began, 1),
        spells=(*spells, *parts, worst.model_copy(update={"name": "the worst of these"})),
    )


async def _spell(name: str, crowd: Crowd, *, rate: float, seconds: float) -> Spell:
    tally = await crowd.browse(per_second=rate, seconds=seconds)
    cuts = quantiles(tally.seconds or [0.0, 0.0], n=100, method="inclusive")
    p50, p95, p99 = (round(1000 * cuts[place], 1) for place in (49, 94, 98))
    return Spell(name=name, events=len(tally.seconds), p50=p50, p95=p95, p99=p99, errors=dict(tally.errors))


async def _all_taken(shop: Shop, sources: Sequence[str]) -> tuple[PictureCounts, float]:
    until = time.perf_counter() + PATIENCE_SECONDS
    while True:
        counts = await asyncio.to_thread(_counts, shop, sources)
        if counts.ready + counts.failed >= len(sources) or time.perf_counter() > until:
            return counts, time.perf_counter()
        await asyncio.sleep(LOOK_SECONDS)


def _counts(shop: Shop, sources: Sequence[str]) -> PictureCounts:
    with db.reading() as session:
        return queries.counts(session, shop_id=shop.id, sources=sources)


def _start(shop: Shop, sources: Sequence[str], key: str) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "photos.csv"
        _write(file, sources)
        with file.open("rb") as body:
            storage.from_settings(settings()).put(key, body, content_type="text/csv")
    with db.writing() as session:
        service.start(
            session,
            shop=shop,
            file_key=key,
            file_name="photos.csv",
            asked_format=Format.PLAZA,
            mapping={},
            dry_run=False,
            now=utc_now(),
        )


def _write(file: Path, sources: Sequence[str]) -> None:
    with file.open("w", newline="", encoding="utf-8") as body:
        out = csv.DictWriter(body, plaza.FIELDS)
        out.writeheader()
        for place, source in enumerate(sources):
            out.writerow(
                {
                    "key": f"photo-{place}",
                    "title": f"Photo {place}",
                    "price": "10.00",
                    "quantity": 1,
                    "image_urls": source,
                }
            )


@contextmanager
def _served(drawn: Sequence[bytes]) -> Iterator[str]:
    """A web server with photos for as long as it is needed, on this machine alone."""

    class Photos(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """A photo, made another by what comes after its end."""
            place = int(self.path.strip("/").removesuffix(".jpg"))
            body = drawn[place % len(drawn)] + place.to_bytes(4, "big")
            self.send_response(200)
            self.send_header("Content-Type", "image/jpeg")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Photos)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _remove(shop: Shop, *, key: str) -> None:
    """Leave nothing behind but the pictures' files, which the sweep of those that nobody names takes a day later."""
    storage.from_settings(settings()).delete(key)
    with db.writing() as session:
        session.execute(text("DELETE FROM stock_movement WHERE shop_id = :shop"), {"shop": shop.id})
        session.execute(text("DELETE FROM shop WHERE id = :shop"), {"shop": shop.id})
        db.poke(session, "shops", "catalog")


def _print(figures: PhotoFigures, *, users: int) -> None:
    title = f"{users} people browsing beside {figures.photos} photos of {figures.megapixels} megapixels"
    table = Table("", "events", "p50", "p95", "p99", "errors", title=title)
    for column in table.columns[1:]:
        column.justify = "right"
    for spell in figures.spells:
        wrong = ", ".join(f"{count} {what}" for what, count in spell.errors.items()) or "0"
        table.add_row(
            spell.name, f"{spell.events:,}", f"{spell.p50:,.1f}", f"{spell.p95:,.1f}", f"{spell.p99:,.1f}", wrong
        )
    table.caption = f"{figures.ready} of {figures.photos} could be shown after {figures.seconds:,.0f} s. Milliseconds from when an event was due."
    Console(highlight=False, width=120).print(table)
