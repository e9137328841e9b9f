"""Create the demo: shops and their listings; the media worker processes their pictures."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from platform_app.demo import picture_files, shops, visits, words
from platform_app.demo.shops import DemoShop
from platform_app.demo.visits import Seen
from platform_app.demo.words import DemoListing, DemoPicture
from platform_app.domain.catalog import service as catalog
from platform_app.domain.catalog.rules import Condition
from platform_app.domain.catalog.schemas import ListingInput, PictureInput, VariantInput
from platform_app.domain.media import service as media
from platform_app.domain.shops import service as shop_service
from platform_app.domain.shops.rules import ShopImage
from platform_app.domain.shops.schemas import ShopProfile
from platform_app.domain.stock.rules import Reason
from platform_app.infra import db
from platform_app.infra.db import WriteSession
from workers import media as pictures

SHOWN = 2  # pictures of a listing without a choice of colours
ONE_TRANSACTION = 5000  # listings; a demo up to this size is created in one transaction
BATCH = 250

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Batch:
    """Some listings of one shop, of about the same age."""

    shop: DemoShop
    drafts: tuple[ListingInput, ...]
    age: timedelta


def seed_market(*, shop_count: int, listing_count: int, now: datetime, progress: Progress) -> None:
    """Create the demo; existing data stays as it is."""
    profiles = list(_profiles(shop_count))
    batches = _batches(shop_count, listing_count)
    if listing_count <= ONE_TRANSACTION:
        with db.writing() as session:
            _open(session, profiles, listing_count=listing_count, now=now)
            seen: list[Seen] = []
            for batch in batches:
                seen += _save(session, batch, now=now)
                progress(len(seen), listing_count)
            visits.seed_visits(session, seen=seen[: visits.VISITED], now=now)
    else:
        with db.writing() as session:
            _open(session, profiles, listing_count=listing_count, now=now)
        done = 0
        for batch in batches:
            with db.writing() as session:
                seen = _save(session, batch, now=now)
                visits.seed_visits(session, seen=seen[: max(0, visits.VISITED - done)], now=now)
            done += len(batch.drafts)
            progress(done, listing_count)
    progress(listing_count, listing_count)


def _profiles(shop_count: int) -> Iterator[ShopProfile]:
    """The shops' profiles; logos and banners are processed first, like those of other shops."""
    stored: dict[tuple[str, ShopImage], str] = {}
    for index, shop in enumerate(map(shops.shop, range(shop_count))):
        look = shop.look or shop.slug
        for face in ShopImage:
            if (look, face) not in stored:
                stored[look, face] = pictures.store_branding(picture_files.face(look, face), image=face).content
        yield ShopProfile(
            slug=shop.slug,
            name=shop.name,
            tagline=shop.tagline,
            about=shop.about,
            country=shop.country,
            mark=stored[look, ShopImage.LOGO],
            cover=stored[look, ShopImage.BANNER],
            **shops.TERMS[index % len(shops.TERMS)].model_dump(),
        )


def _open(session: WriteSession, profiles: list[ShopProfile], *, listing_count: int, now: datetime) -> None:
    """Open the shops and queue each shop's pictures together, since few large jobs cost less than many small ones."""
    tree = [(place.slug, place.name, place.parent, place.position, place.icon or "") for place in words.CATEGORIES]
    catalog.seed_categories(session, tree=tree)
    for index, profile in enumerate(profiles):
        opened = shop_service.create_if_missing(session, profile=profile, now=now - timedelta(days=400 - index % 400))
        count = min(BATCH, _share(index, len(profiles), listing_count))
        drafts = (_draft(number, words.listing(shops.shop(index), number)) for number in range(count))
        sources = {picture.source for draft in drafts for picture in draft.pictures}
        media.request(session, shop_id=opened.id, sources=sources, now=now)


def _save(session: WriteSession, batch: Batch, *, now: datetime) -> list[Seen]:
    """Save the listings; return what `seed_visits` needs of them."""
    shop = shop_service.get_or_create(session, slug=batch.shop.slug, now=now)
    saved = catalog.save_many(session, shop=shop, inputs=batch.drafts, reason=Reason.OPENING, now=now - batch.age)
    return [Seen(shop.id, each.listing_id, f"{batch.shop.slug}/{each.key}", batch.age) for each in saved]


def _batches(shop_count: int, listing_count: int) -> Iterator[Batch]:
    """The listings by shop; in a small demo oldest first, so that their ages differ."""
    for place in range(shop_count):
        shop = shops.shop(place)
        count = _share(place, shop_count, listing_count)
        numbered = ((index, words.listing(shop, index)) for index in range(count))
        while some := list(islice(numbered, BATCH)):
            some.sort(key=lambda pair: -pair[1].age_days)
            step = 6 if listing_count <= ONE_TRANSACTION else BATCH
            for start in range(0, len(some), step):
                part = some[start : start + step]
                drafts = tuple(_draft(index, made) for index, made in part)
                yield Batch(shop, drafts, timedelta(days=part[-1][1].age_days, minutes=7 * (start + place)))


def _share(place: int, shop_count: int, listing_count: int) -> int:
    return listing_count // shop_count + (place < listing_count % shop_count)


def _draft(index: int, made: DemoListing) -> ListingInput:
    places = [
        (picture_files.source(picture.kind, picture.colour, picture.composition), picture) for picture in _shown(made)
    ]
    shown = {picture.option: source for source, picture in reversed(places) if picture.option}
    return ListingInput(
        key=f"demo-{index:06d}",
        title=made.title,
        description=made.description,
        category=made.category,
        condition=Condition(made.condition),
        tags=made.tags,
        attributes=dict(made.attributes),
        options=tuple(name for name, _ in made.options),
        variants=tuple(
            VariantInput(
                choice=variant.values,
                sku=variant.sku,
                price=variant.price,
                compare_at=made.compare_at if made.compare_at and made.compare_at > variant.price else None,
                quantity=variant.quantity,
                picture=next((shown[value] for value in variant.values if value in shown), None),
            )
            for variant in made.variants
        ),
        pictures=tuple(PictureInput(source=source, alt=picture.alt) for source, picture in dict(places).items()),
    )


def _shown(made: DemoListing) -> tuple[DemoPicture, ...]:
    """One picture per colour to choose from, otherwise a few pictures of the one item."""
    coloured: dict[str, DemoPicture] = {}
    for picture in made.pictures:
        if picture.option:
            coloured.setdefault(picture.option, picture)
    return tuple(coloured.values()) or made.pictures[:SHOWN]
