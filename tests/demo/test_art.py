"""The demo's pictures: every one is drawn, whole, and the same each time."""

from __future__ import annotations

import pytest
from PIL import ImageStat

from platform_app.demo import art
from platform_app.demo.palette import BACKDROPS, COLOURS

SMALL = 160


@pytest.mark.parametrize("kind", sorted(art.KINDS))
def test_every_kind_is_drawn_in_every_composition(kind: str) -> None:
    colour = art.KINDS[kind].colours[0]
    for composition in range(art.COMPOSITIONS):
        picture = art.render(kind, colour, composition, width=SMALL)
        assert (picture.mode, picture.size) == ("RGB", (SMALL, 200))
        assert max(ImageStat.Stat(picture).stddev) > 10
        assert len(picture.getcolors(SMALL * 200) or ()) > 2000


@pytest.mark.parametrize("kind", sorted(art.KINDS))
def test_a_product_fills_a_fair_share_of_its_drawing_box_and_is_not_cut_off(kind: str) -> None:
    left, top, right, bottom = art.KINDS[kind].box
    drawn = art.silhouette(kind, width=160)
    edges = drawn.getbbox()
    assert edges is not None
    assert edges[0] > 0
    assert edges[1] > 0
    assert edges[2] < drawn.width
    assert edges[3] < drawn.height
    assert (edges[2] - edges[0]) * (right - left) / drawn.width > 200
    assert (edges[3] - edges[1]) * (bottom - top) / drawn.height > 150


def test_the_same_arguments_give_the_same_pixels() -> None:
    first = art.render("mug", "Sage", 1, seed=3, width=SMALL)
    art.render("vase", "Oat", 1, seed=9, width=SMALL)
    assert art.render("mug", "Sage", 1, seed=3, width=SMALL).tobytes() == first.tobytes()


def test_colour_composition_and_seed_each_change_the_picture() -> None:
    pictures = [("Sage", 0, 0), ("Terracotta", 0, 0), ("Sage", 1, 0), ("Sage", 2, 0), ("Sage", 0, 1)]
    drawn = {
        art.render("mug", colour, composition, seed=seed, width=SMALL).tobytes()
        for colour, composition, seed in pictures
    }
    assert len(drawn) == len(pictures)


def test_a_picture_is_800_by_1000_unless_told() -> None:
    assert art.render("bowl", "Oat", 0).size == (800, 1000)


def test_every_kind_comes_in_known_colours_that_stand_on_known_backdrops() -> None:
    assert len(art.KINDS) >= 36
    for kind in art.KINDS.values():
        assert len(kind.colours) == len(set(kind.colours)) >= 3
        assert set(kind.colours) <= set(COLOURS)
    assert {name for colour in COLOURS.values() for name in colour.backdrops} <= set(BACKDROPS)


def test_a_shop_has_its_own_mark() -> None:
    first, second = (art.shop_mark(slug, "Sage") for slug in ("fernhollow-pottery", "wren-and-ore"))
    assert first.size == second.size == (400, 400)
    assert first.tobytes() != second.tobytes()
    assert art.shop_mark("fernhollow-pottery", "Sage").tobytes() == first.tobytes()


def test_a_cover_shows_the_shops_products_side_by_side() -> None:
    cover = art.shop_cover("fernhollow-pottery", "Sage", ("mug", "bowl", "vase"), ("Sage", "Oat"), width=400)
    assert (cover.mode, cover.size) == ("RGB", (400, 160))
    assert max(ImageStat.Stat(cover).stddev) > 10
