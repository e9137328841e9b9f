"""The seeded demo: listings exist at once, and their pictures follow by the jobs of sellers' pictures."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from platform_app.demo import picture_files, seed
from platform_app.demo.shops import SHOPS
from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog.schemas import Listing
from platform_app.domain.media import queries as media
from platform_app.domain.media import service
from platform_app.domain.media.schemas import DemoProgress, PictureCounts
from platform_app.domain.shops import queries as shops
from platform_app.infra import db, storage
from platform_app.infra.settings import settings
from tests.factories import NOW, make_shop
from tests.imports import helpers

pytestmark = pytest.mark.usefixtures("clean")


def seeded(shop_count: int, listing_count: int) -> list[tuple[int, int]]:
    """Seed the demo's rows and leave the picture jobs queued; returns the reported progress."""
    shown: list[tuple[int, int]] = []
    seed.seed_market(
        shop_count=shop_count,
        listing_count=listing_count,
        now=NOW,
        progress=lambda done, total: shown.append((done, total)),
    )
    return shown


def progress() -> DemoProgress:
    with db.reading() as session:
        return media.demo_progress(session)


def listings() -> list[Listing]:
    with db.reading() as session:
        ids = [(row.shop_id, row.id) for row in session.execute(text("SELECT shop_id, id FROM listing"))]
        return sorted(catalog.listings_of_shops(session, ids=ids), key=lambda listing: (listing.shop_slug, listing.key))


def files() -> list[str]:
    return [stored.key for stored in storage.from_settings(settings()).list("pictures/")]


def test_listings_exist_before_their_pictures_and_shops_with_logo_and_banner() -> None:
    assert seeded(2, 6)[-1] == (6, 6)
    found = listings()
    assert [listing.key for listing in found] == ["demo-000000", "demo-000001", "demo-000002"] * 2
    assert {picture.state for listing in found for picture in listing.pictures} == {"pending"}
    assert progress() == DemoProgress(complete=0, total=2)
    with db.reading() as session:
        opened = [shops.by_slug(session, slug=one.slug) for one in SHOPS[:2]]
    for one in opened:
        assert f"pictures/{one.mark[:2]}/{one.mark}/400.webp" in files()
        assert f"pictures/{one.cover[:2]}/{one.cover}/800.webp" in files()
        assert f"pictures/{one.cover[:2]}/{one.cover}/1600.webp" in files()


def test_picture_jobs_store_the_sizes_and_count_each_complete_shop() -> None:
    seeded(2, 6)
    seen = [progress().text]
    for job in helpers.take_jobs("media"):
        job.perform()
        seen.append(progress().text)
    assert list(dict.fromkeys(seen)) == ["Adding the demo shops: 0 of 2", "Adding the demo shops: 1 of 2", ""]
    stored = set(files())
    for picture in (picture for listing in listings() for picture in listing.pictures):
        assert (picture.state, picture.width, picture.height) == ("ready", 800, 1000)
        assert picture.content
        sizes = {f"pictures/{picture.content[:2]}/{picture.content}/{width}.webp" for width in (400, 800)}
        assert sizes <= stored


def test_seeding_again_changes_nothing() -> None:
    seeded(1, 2)
    before = listings()
    seeded(1, 2)
    assert listings() == before


def test_a_picture_of_two_shops_is_processed_once() -> None:
    source, file_storage = picture_files.source("mug", "Sage", 0), storage.from_settings(settings())
    with db.writing() as session:
        both = [make_shop(session, slug=slug).id for slug in ("first", "second")]
        for shop_id in both:
            service.request(session, shop_id=shop_id, sources=[source], now=NOW)
    first, second = helpers.take_jobs("media")
    first.perform()
    stored_files = files()
    assert len(stored_files) == 2
    for key in stored_files:
        file_storage.delete(key)
    second.perform()
    assert files() == []
    with db.reading() as session:
        counts = [media.picture_counts(session, shop_id=shop_id, sources=[source]) for shop_id in both]
    assert counts == [PictureCounts(ready=1, pending=0, failed=0)] * 2
