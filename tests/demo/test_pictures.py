"""The demo's pictures: small files that pass through the same jobs as a seller's."""

from __future__ import annotations

from io import BytesIO
from itertools import product

import pytest
from PIL import Image

from platform_app.demo import picture_files, seed, words
from platform_app.demo.colours import COLOURS
from platform_app.demo.phrases import SCENES
from platform_app.demo.shops import SHOPS, DemoShop, shop
from platform_app.domain.media.rules import DEMO_SOURCE
from platform_app.domain.shops.rules import ShopImage
from platform_app.infra.fetch import FetchFailed

FILES = sorted(picture_files.FOLDER.iterdir())
ENDINGS = {"logo": (400, 400), "banner": (1600, 533), **{str(scene): (800, 1000) for scene in range(len(SCENES))}}


def sources(one: DemoShop, count: int) -> set[str]:
    """The picture sources of the shop's first listings."""
    drafts = (seed._draft(index, words.listing(one, index)) for index in range(count))
    return {picture.source for draft in drafts for picture in draft.pictures}


def test_all_pictures_take_at_most_12_mb() -> None:
    assert sum(file.stat().st_size for file in FILES) <= 12_000_000


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_picture_is_a_complete_webp_of_its_size(ending: str) -> None:
    found = [file for file in FILES if file.stem.rpartition("-")[2] == ending]
    assert found
    for file in found:
        with Image.open(file) as picture:
            picture.load()
            assert (file.name, picture.format, picture.size) == (file.name, "WEBP", ENDINGS[ending])


@pytest.mark.parametrize("one", [shop(index) for index in range(30)], ids=lambda one: one.slug)
def test_every_listing_has_its_picture_files_in_a_demo_of_any_size(one: DemoShop) -> None:
    for index in range(400):
        assert 1 <= len(seed._draft(index, words.listing(one, index)).pictures) <= 3
    for source in sources(one, 400):
        assert picture_files.read(source)


def test_every_picture_file_can_be_shown_by_some_shop() -> None:
    shown = {
        picture_files.source(kind, colour, scene).removeprefix(DEMO_SOURCE)
        for one in SHOPS
        for kind in one.kinds
        for colour, scene in product(words._shared(one.palette, kind), range(len(SCENES)))
    }
    shop_images = {f"{one.slug}-{name}.webp" for one in SHOPS for name in picture_files.FACES.values()}
    assert {file.name for file in FILES} == shown | shop_images


@pytest.mark.parametrize("one", SHOPS, ids=lambda one: one.slug)
def test_every_shop_has_its_own_logo_and_banner(one: DemoShop) -> None:
    for kind in ShopImage:
        own = picture_files.face(one.slug, kind)
        assert Image.open(BytesIO(own)).format == "WEBP"
        others = [picture_files.face(other.slug, kind) for other in SHOPS if other is not one]
        assert own not in others


@pytest.mark.parametrize("name", ["", ".", "../seed.py", "mug", "mug-gold-0.webp", "/etc/passwd"])
def test_a_source_reads_pictures_of_the_demo_only(name: str) -> None:
    with pytest.raises(FetchFailed, match="is not a picture of the demo") as failed:
        picture_files.read(DEMO_SOURCE + name)
    assert failed.value.final


def test_colours_are_unique_per_kind() -> None:
    assert len(COLOURS) == 49
    assert all(len(colours) == len(set(colours)) >= 3 for colours in COLOURS.values())
