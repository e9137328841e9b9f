"""Filling a marketplace with the demo: pictures first, then shops and their listings."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice
from multiprocessing import get_context

from platform_app.demo import art, shops, visits, words
from platform_app.demo.shops import DemoShop
from platform_app.demo.visits import Seen
from platform_app.demo.words import DemoListing, DemoPicture
from platform_app.domain.catalog import service as catalog
from platform_app.domain.catalog.rules import Condition
from platform_app.domain.catalog.schemas import ListingDraft, PictureDraft, VariantDraft
from platform_app.domain.media import service as media
from platform_app.domain.media.rules import CONTENT_SOURCE
from platform_app.domain.media.schemas import StoredPicture
from platform_app.domain.shops import service as shop_service
from platform_app.domain.shops.schemas import ShopProfile
from platform_app.domain.stock.rules import Reason
from platform_app.infra import db
from platform_app.infra.db import WriteSession
from workers import media as pictures

ART = "1"  # raised when the drawings change, so that their pictures get new names
WIDTH = 640  # wide enough for a card on any screen, and drawn in two thirds of the time
SHOWN = 2  # pictures of a listing without a choice of colours
ONE_TRANSACTION = 5000  # listings; up to here the demo is there whole or not at all
BATCH = 250

Drawing = tuple[str, str, int]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Batch:
    """Some listings of one shop, of about the same age."""

    shop: DemoShop
    drafts: tuple[ListingDraft, ...]
    age: timedelta


def plant(*, shop_count: int, listing_count: int, now: datetime, progress: Progress) -> None:
    """Make the demo; what is there already stays as it is."""
    drawn = _draw_all(shop_count, listing_count, progress=progress)
    marks = {shop.slug: _faces(shop) for shop in (shops.shop(index) for index in range(shop_count))}
    batches = _batches(shop_count, listing_count)
    if listing_count <= ONE_TRANSACTION:
        with db.writing() as session:
            _open(session, marks, now=now)
            seen: list[Seen] = []
            for done, batch in enumerate(batches):
                seen += _save(session, batch, drawn=drawn, now=now)
                progress("Listings", min(listing_count, done * BATCH), listing_count)
            visits.plant(session, seen=seen[: visits.VISITED], now=now)
    else:
        with db.writing() as session:
            _open(session, marks, now=now)
        done = 0
        for batch in batches:
            with db.writing() as session:
                seen = _save(session, batch, drawn=drawn, now=now)
                visits.plant(session, seen=seen[: max(0, visits.VISITED - done)], now=now)
            done += len(batch.drafts)
            progress("Listings", done, listing_count)
    progress("Listings", listing_count, listing_count)


def _open(session: WriteSession, faces: dict[str, tuple[str, str]], *, now: datetime) -> None:
    tree = [(place.slug, place.name, place.parent, place.position, place.icon or "") for place in words.CATEGORIES]
    catalog.plant_categories(session, tree=tree)
    for index, (mark, cover) in enumerate(faces.values()):
        shop = shops.shop(index)
        profile = ShopProfile(
            slug=shop.slug,
            name=shop.name,
            tagline=shop.tagline,
            about=shop.about,
            country=shop.country,
            mark=mark,
            cover=cover,
        )
        shop_service.open_with(session, profile=profile, now=now - timedelta(days=400 - index % 400))


def _save(session: WriteSession, batch: Batch, *, drawn: dict[str, StoredPicture], now: datetime) -> list[Seen]:
    """Offer the listings; who they are is returned."""
    shop = shop_service.open_or_find(session, slug=batch.shop.slug, now=now)
    sources = {picture.source for draft in batch.drafts for picture in draft.pictures}
    media.keep(session, shop_id=shop.id, pictures={source: drawn[source] for source in sources}, now=now)
    saved = catalog.save_many(session, shop=shop, drafts=batch.drafts, reason=Reason.OPENING, now=now - batch.age)
    return [Seen(shop.id, each.listing_id, f"{batch.shop.slug}/{each.key}", batch.age) for each in saved]


def _batches(shop_count: int, listing_count: int) -> Iterator[Batch]:
    """The listings shop by shop, oldest first where they are few, so that their ages differ."""
    for place in range(shop_count):
        shop = shops.shop(place)
        count = listing_count // shop_count + (place < listing_count % shop_count)
        numbered = ((index, words.listing(shop, index)) for index in range(count))
        while some := list(islice(numbered, BATCH)):
            some.sort(key=lambda pair: -pair[1].age_days)
            step = 6 if listing_count <= ONE_TRANSACTION else BATCH
            for start in range(0, len(some), step):
                part = some[start : start + step]
                drafts = tuple(_draft(index, made) for index, made in part)
                yield Batch(shop, drafts, timedelta(days=part[-1][1].age_days, minutes=7 * (start + place)))


def _draft(index: int, made: DemoListing) -> ListingDraft:
    places = [(_source(_drawing(picture)), picture) for picture in _shown(made)]
    shown = {picture.option: source for source, picture in reversed(places) if picture.option}
    return ListingDraft(
        key=f"demo-{index:06d}",
        title=made.title,
        description=made.description,
        category=made.category,
        condition=Condition(made.condition),
        tags=made.tags,
        attributes=dict(made.attributes),
        options=tuple(name for name, _ in made.options),
        variants=tuple(
            VariantDraft(
                choice=variant.values,
                sku=variant.sku,
                price=variant.price,
                compare_at=made.compare_at if made.compare_at and made.compare_at > variant.price else None,
                quantity=variant.quantity,
                picture=next((shown[value] for value in variant.values if value in shown), None),
            )
            for variant in made.variants
        ),
        pictures=tuple(PictureDraft(source=source, alt=picture.alt) for source, picture in dict(places).items()),
    )


def _draw_all(shop_count: int, listing_count: int, progress: Progress) -> dict[str, StoredPicture]:
    """Every picture the listings show, drawn and stored by as many processes as there are cores."""
    wanted: dict[Drawing, None] = {}
    for place in range(shop_count):
        shop = shops.shop(place)
        count = listing_count // shop_count + (place < listing_count % shop_count)
        for index in range(count):
            for picture in _shown(words.listing(shop, index)):
                wanted[_drawing(picture)] = None
    drawings = list(wanted)
    drawn: dict[str, StoredPicture] = {}
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        for done, stored in enumerate(pool.map(_draw, drawings, chunksize=8)):
            drawn[CONTENT_SOURCE + stored.content] = stored
            progress("Pictures", done + 1, len(drawings))
    return drawn


def _draw(drawing: Drawing) -> StoredPicture:
    kind, colour, composition = drawing
    return pictures.keep(art.render(kind, colour, composition, width=WIDTH), content=_content(*drawing))


def _shown(made: DemoListing) -> tuple[DemoPicture, ...]:
    """One picture a colour to choose from, else a few of the one thing."""
    coloured: dict[str, DemoPicture] = {}
    for picture in made.pictures:
        if picture.option:
            coloured.setdefault(picture.option, picture)
    return tuple(coloured.values()) or made.pictures[:SHOWN]


def _drawing(picture: DemoPicture) -> Drawing:
    return picture.kind, picture.colour, picture.composition


def _source(drawing: Drawing) -> str:
    return CONTENT_SOURCE + _content(*drawing)


def _content(*parts: object) -> str:
    return sha256("/".join(map(str, (ART, *parts))).encode()).hexdigest()


def _faces(shop: DemoShop) -> tuple[str, str]:
    """A shop's mark and cover, stored."""
    mark, cover = _content("mark", shop.slug), _content("cover", shop.slug)
    pictures.keep(art.shop_mark(shop.slug, shop.colour), content=mark)
    pictures.keep(art.shop_cover(shop.slug, shop.colour, shop.kinds, shop.palette), content=cover)
    return mark, cover
