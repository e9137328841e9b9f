"""`./plaza bench freshness`: how long each surface of the running Plaza takes to show a changed price."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import Annotated
from uuid import uuid4

import httpx
import typer
from picows import WSFrame, WSTransport, ws_connect
from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from platform_app.cli.errors import CommandError
from platform_app.cli.running import DataOption, require_services
from platform_app.domain.catalog import service as catalog
from platform_app.domain.catalog.schemas import ListingInput, VariantInput
from platform_app.domain.catalog.tags import CATALOG
from platform_app.domain.shared import money
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shops import service as shops
from platform_app.domain.shops.schemas import Shop, ShopProfile
from platform_app.domain.stock.rules import Reason
from platform_app.infra import db
from platform_app.infra.settings import settings
from tools.bench import report
from tools.bench.report import Measurement
from tools.bench.ws_load import LoadStats, PageTarget, WsClient

TIMEOUT_SECONDS = 30.0
POLL_SECONDS = 0.02
CATEGORY = text("SELECT slug FROM category ORDER BY slug LIMIT 1")


class FreshnessResult(BaseModel):
    """Seconds from the commit of a price until a surface shows it."""

    model_config = ConfigDict(frozen=True)

    surface: str
    median: float
    longest: float


@dataclass
class _OpenPage:
    """An open page: the last frame that its socket received."""

    frames: list[bytes] = field(default_factory=list)


def freshness(
    rounds: Annotated[int, typer.Option(min=1, max=1000, help="The number of price changes.")] = 20,
    as_json: report.AsJson = False,
    record: report.Record = False,
    data: DataOption = None,
) -> None:
    """Change the price of a listing in a temporary shop, and check all surfaces until they show it."""
    require_services(data)
    start = report.begin(record=record)
    slug = f"bench-{uuid4().hex[:12]}"
    with db.writing() as session:
        shop = shops.create_if_missing(session, profile=ShopProfile(slug=slug, name="Bench"), now=utc_now())
        category = session.execute(CATEGORY).scalar()
    try:
        results = asyncio.run(_measure(shop, category=category, rounds=rounds))
    finally:
        with db.writing() as session:
            session.execute(text("DELETE FROM stock_movement WHERE shop_id = :shop"), {"shop": shop.id})
            shops.delete_shop(session, shop=shop)
            db.invalidate(session, CATALOG)
    report.finish(
        start,
        results,
        _measurements(results),
        print_table=lambda: _print_table(results, rounds=rounds),
        as_json=as_json,
    )


async def _measure(shop: Shop, *, category: str | None, rounds: int) -> list[FreshnessResult]:
    marker = f"zq{shop.slug[6:]}"
    _set_price(shop, marker=marker, category=category, price=1000)
    page = f"/shops/{shop.slug}/{marker}"
    lists = {"search": f"/search?q={marker}", "shop": f"/shops/{shop.slug}"}
    if category:
        lists["category"] = f"/c/{category}"
    timings: dict[str, list[float]] = {}
    async with httpx.AsyncClient(base_url=settings().public_url, timeout=TIMEOUT_SECONDS) as client:
        listing_id = (await _wait_until_listed(client, marker))["id"]
        open_page = await _open_page(PageTarget(page, {"shop": shop.slug, "listing": marker}))
        checks: dict[str, Callable[[str], Awaitable[bool]]] = {
            "listing, HTML": partial(_page_contains, client, page),
            "listing, REST": partial(_page_contains, client, f"/api/v1/listings/{listing_id}"),
            "listing, open page": partial(_frames_contain, open_page),
            **{f"{name}, HTML": partial(_page_contains, client, path) for name, path in lists.items()},
            "search, REST": partial(_page_contains, client, f"/api/v1/listings?q={marker}"),
        }
        for number in range(rounds):
            price = 2000 + number
            for check in checks.values():
                await check("")  # all caches have the former price
            _set_price(shop, marker=marker, category=category, price=price)
            changed = time.perf_counter()
            seconds = await asyncio.gather(*(_seconds_until_shown(check, price, changed) for check in checks.values()))
            for name, each in zip(checks, seconds, strict=True):
                timings.setdefault(name, []).append(each)
    return [
        FreshnessResult(surface=name, median=round(median(times), 3), longest=round(max(times), 3))
        for name, times in timings.items()
    ]


def _set_price(shop: Shop, *, marker: str, category: str | None, price: int) -> None:
    draft = ListingInput(key=marker, title=marker, category=category, variants=(VariantInput(price=price, quantity=5),))
    with db.writing() as session:
        catalog.save_many(session, shop=shop, inputs=[draft], reason=Reason.EDIT, now=utc_now())


async def _seconds_until_shown(check: Callable[[str], Awaitable[bool]], price: int, changed: float) -> float:
    """Seconds until the price appears, as formatted text or as a number."""
    while not (await check(money.format_money(price, "USD")) or await check(f'"amount":{price}')):
        if time.perf_counter() - changed > TIMEOUT_SECONDS:
            raise CommandError(f"A price was not shown after {TIMEOUT_SECONDS:.0f} s; ./plaza status shows what runs.")
        await asyncio.sleep(POLL_SECONDS)
    return time.perf_counter() - changed


async def _wait_until_listed(client: httpx.AsyncClient, marker: str) -> dict[str, str]:
    for _ in range(round(TIMEOUT_SECONDS / 0.1)):
        if found := (await client.get(f"/api/v1/listings?q={marker}")).json()["items"]:
            listing: dict[str, str] = found[0]
            return listing
        await asyncio.sleep(0.1)
    raise CommandError("A new listing was not found by search; ./plaza status shows whether the worker runs.")


async def _page_contains(client: httpx.AsyncClient, path: str, expected: str) -> bool:
    return expected in (await client.get(path)).text


async def _frames_contain(open_page: _OpenPage, expected: str) -> bool:
    return any(expected.encode() in each for each in open_page.frames)


async def _open_page(target: PageTarget) -> _OpenPage:
    """A browser that stays on this page."""
    open_page = _OpenPage()

    class RecordingClient(WsClient):
        def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
            """Store the frame."""
            open_page.frames.append(frame.get_payload_as_bytes())
            super().on_ws_frame(transport, frame)

    client = RecordingClient(LoadStats(), target)
    url = settings().public_url.replace("http", "ws", 1)
    await ws_connect(lambda: client, f"{url}/_event/?token={uuid4()}&EIO=4&transport=websocket")
    await asyncio.wait_for(client.ready, TIMEOUT_SECONDS)
    return open_page


def _measurements(results: list[FreshnessResult]) -> list[Measurement]:
    return [
        Measurement(
            key=f"freshness.{each.surface.lower().replace(', ', '_').replace(' ', '_')}",
            text=f"{each.median:.2f} / {each.longest:.2f} s",
        )
        for each in results
    ]


def _print_table(results: list[FreshnessResult], *, rounds: int) -> None:
    table = Table("", "median", "longest", title=f"Seconds from a new price until it shows, {rounds} times")
    for column in table.columns[1:]:
        column.justify = "right"
    for each in results:
        table.add_row(each.surface, f"{each.median:.2f}", f"{each.longest:.2f}")
    Console(highlight=False).print(table)
