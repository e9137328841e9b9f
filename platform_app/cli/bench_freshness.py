"""`./plaza bench freshness`: how long after a price has changed each surface of the running Plaza shows it."""

import asyncio
import json
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

from platform_app.cli.errors import Refused
from platform_app.cli.visitors import Place, Tally, Visitor
from platform_app.domain.catalog import service as catalog
from platform_app.domain.catalog.schemas import ListingDraft, VariantDraft
from platform_app.domain.shared import money
from platform_app.domain.shared.tables import utc_now
from platform_app.domain.shops import service as shops
from platform_app.domain.shops.schemas import Shop, ShopProfile
from platform_app.domain.stock.rules import Reason
from platform_app.infra import db
from platform_app.infra.settings import settings

PATIENCE_SECONDS = 30.0
LOOK_SECONDS = 0.02
CATEGORY = text("SELECT slug FROM category ORDER BY slug LIMIT 1")


class Freshness(BaseModel):
    """Seconds from the commit of a price to a surface that shows it."""

    model_config = ConfigDict(frozen=True)

    surface: str
    median: float
    longest: float


@dataclass
class _Open:
    """An open page: what its socket was sent last."""

    seen: list[bytes] = field(default_factory=list)


def freshness(
    rounds: Annotated[int, typer.Option(min=1, max=1000, help="How often the price is changed.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
) -> None:
    """Change the price of a listing of a shop that is removed again, and look everywhere until it is shown."""
    if settings().problems():
        raise Refused("Plaza is not running: start it with ./plaza up, or set PLAZA_DATABASE_URL and its like.")
    slug = f"bench-{uuid4().hex[:12]}"
    with db.writing() as session:
        shop = shops.open_with(session, profile=ShopProfile(slug=slug, name="Bench"), now=utc_now())
        category = session.execute(CATEGORY).scalar()
    try:
        found = asyncio.run(_measured(shop, category=category, rounds=rounds))
    finally:
        with db.writing() as session:
            session.execute(text("DELETE FROM stock_movement WHERE shop_id = :shop"), {"shop": shop.id})
            shops.close(session, shop=shop)
            db.poke(session, "catalog")
    if as_json:
        print(json.dumps([each.model_dump() for each in found]))
    else:
        _print(found, rounds=rounds)


async def _measured(shop: Shop, *, category: str | None, rounds: int) -> list[Freshness]:
    word = f"zq{shop.slug[6:]}"
    _change(shop, word=word, category=category, price=1000)
    page = f"/shops/{shop.slug}/{word}"
    lists = {"search": f"/search?q={word}", "shop": f"/shops/{shop.slug}"}
    if category:
        lists["category"] = f"/c/{category}"
    took: dict[str, list[float]] = {}
    async with httpx.AsyncClient(base_url=settings().public_url, timeout=PATIENCE_SECONDS) as client:
        one = (await _until_listed(client, word))["id"]
        opened = await _opened(Place(page, {"shop": shop.slug, "listing": word}))
        looks: dict[str, Callable[[str], Awaitable[bool]]] = {
            "listing, HTML": partial(_is_on, client, page),
            "listing, REST": partial(_is_on, client, f"/api/v1/listings/{one}"),
            "listing, open page": partial(_is_sent, opened),
            **{f"{name}, HTML": partial(_is_on, client, path) for name, path in lists.items()},
            "search, REST": partial(_is_on, client, f"/api/v1/listings?q={word}"),
        }
        for number in range(rounds):
            price = 2000 + number
            for look in looks.values():
                await look("")  # everyone has the former price, in their caches too
            _change(shop, word=word, category=category, price=price)
            changed = time.perf_counter()
            seconds = await asyncio.gather(*(_until(look, price, changed) for look in looks.values()))
            for name, each in zip(looks, seconds, strict=True):
                took.setdefault(name, []).append(each)
    return [
        Freshness(surface=name, median=round(median(times), 3), longest=round(max(times), 3))
        for name, times in took.items()
    ]


def _change(shop: Shop, *, word: str, category: str | None, price: int) -> None:
    draft = ListingDraft(key=word, title=word, category=category, variants=(VariantDraft(price=price, quantity=5),))
    with db.writing() as session:
        catalog.save_many(session, shop=shop, drafts=[draft], reason=Reason.EDIT, now=utc_now())


async def _until(look: Callable[[str], Awaitable[bool]], price: int, changed: float) -> float:
    """Seconds until it is there: as people read it, or as programs do."""
    while not (await look(money.display(price, "USD")) or await look(f'"amount":{price}')):
        if time.perf_counter() - changed > PATIENCE_SECONDS:
            raise Refused(f"A price was not shown after {PATIENCE_SECONDS:.0f} s; ./plaza status shows what runs.")
        await asyncio.sleep(LOOK_SECONDS)
    return time.perf_counter() - changed


async def _until_listed(client: httpx.AsyncClient, word: str) -> dict[str, str]:
    for _ in range(round(PATIENCE_SECONDS / 0.1)):
        if found := (await client.get(f"/api/v1/listings?q={word}")).json()["items"]:
            one: dict[str, str] = found[0]
            return one
        await asyncio.sleep(0.1)
    raise Refused("A new listing was not found by search; ./plaza status shows whether the worker runs.")


async def _is_on(client: httpx.AsyncClient, path: str, wanted: str) -> bool:
    return wanted in (await client.get(path)).text


async def _is_sent(opened: _Open, wanted: str) -> bool:
    return any(wanted.encode() in each for each in opened.seen)


async def _opened(place: Place) -> _Open:
    """A browser at this page, which stays there."""
    opened = _Open()

    class Watching(Visitor):
        def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
            """Remember what was sent."""
            opened.seen.append(frame.get_payload_as_bytes())
            super().on_ws_frame(transport, frame)

    visitor = Watching(Tally(), place)
    url = settings().public_url.replace("http", "ws", 1)
    await ws_connect(lambda: visitor, f"{url}/_event/?token={uuid4()}&EIO=4&transport=websocket")
    await asyncio.wait_for(visitor.ready, PATIENCE_SECONDS)
    return opened


def _print(found: list[Freshness], *, rounds: int) -> None:
    table = Table("", "median", "longest", title=f"Seconds from a new price to who shows it, {rounds} times")
    for column in table.columns[1:]:
        column.justify = "right"
    for each in found:
        table.add_row(each.surface, f"{each.median:.2f}", f"{each.longest:.2f}")
    Console(highlight=False).print(table)
