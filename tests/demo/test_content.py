"""The demo's texts: consistent shops, categories and listings."""

from __future__ import annotations

import re
from itertools import product

import pytest

from platform_app.demo import words
from platform_app.demo.colours import COLOURS
from platform_app.demo.goods import GOODS
from platform_app.demo.phrases import CARE, COUNTRY_NAMES, LEADS, MADE_OF, MAKING, SCENES
from platform_app.demo.shops import SHOPS, DemoShop, shop

SAMPLE = [(one, index) for one in (*SHOPS, *(shop(index) for index in range(12, 40))) for index in range(60)]
NAMED = {colour for colours in COLOURS.values() for colour in colours}
LEAVES = {category.slug for category in words.CATEGORIES if category.parent}


def test_each_of_a_hundred_thousand_shops_has_a_unique_slug() -> None:
    slugs = {shop(index).slug for index in range(100_001)}
    assert len(slugs) == 100_001
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", slug) for slug in slugs)


def test_the_twelve_shops_sell_every_kind_together() -> None:
    assert len(SHOPS) == 12
    assert {kind for one in SHOPS for kind in one.kinds} == set(COLOURS) == set(GOODS)


@pytest.mark.parametrize("one", [shop(index) for index in range(30)], ids=lambda one: one.slug)
def test_every_shop_has_a_description(one: DemoShop) -> None:
    assert 2 <= len(one.about.split("\n\n")) <= 3
    assert one.tagline
    assert one.country in COUNTRY_NAMES
    assert set(one.palette) <= NAMED


def test_category_slugs_are_unique_and_roots_have_icons() -> None:
    roots = [category for category in words.CATEGORIES if category.parent is None]
    assert len({category.slug for category in words.CATEGORIES}) == len(words.CATEGORIES)
    assert len(roots) == 10
    assert all(root.icon for root in roots)
    for root in roots:
        positions = [category.position for category in words.CATEGORIES if category.parent == root.slug]
        assert positions == list(range(len(positions)))
        assert 3 <= len(positions) <= 6
    assert {goods.category for goods in GOODS.values()} == LEAVES


def test_every_family_has_its_phrases() -> None:
    families = {goods.family for goods in GOODS.values()}
    assert set(LEADS) == set(MAKING) == set(CARE) == families
    assert set(MADE_OF) <= NAMED


def test_a_listing_is_deterministic() -> None:
    assert words.listing(SHOPS[0], 7) == words.listing(SHOPS[0], 7)
    assert words.listing(SHOPS[0], 7) != words.listing(SHOPS[0], 7 + len(SHOPS[0].kinds))


def test_the_texts_of_listings_are_well_formed() -> None:
    for one, index in SAMPLE:
        made = words.listing(one, index)
        assert 8 <= len(made.title) <= 70
        assert made.title[0].isupper()
        assert 2 <= len(made.description.split("\n\n")) <= 4
        assert "{" not in made.description
        assert len(made.tags) == len(set(made.tags)) >= 3
        assert made.category in LEAVES
        assert 0 <= made.age_days <= 400


def test_titles_rarely_repeat_within_a_shop() -> None:
    for one in SHOPS:
        titles = {words.listing(one, index).title for index in range(200)}
        assert len(titles) >= 190


def test_prices_are_positive_and_have_usual_endings() -> None:
    for one, index in SAMPLE:
        made = words.listing(one, index)
        assert made.price > 0
        assert made.price % 100 in (0, 50, 90)
        assert made.price == min(variant.price for variant in made.variants)
        assert made.compare_at is None or made.compare_at > made.price


def test_variants_are_exactly_the_combinations_of_the_options() -> None:
    for one, index in SAMPLE:
        made = words.listing(one, index)
        combinations = list(product(*(values for _, values in made.options)))
        assert [variant.values for variant in made.variants] == combinations
        assert len({variant.sku for variant in made.variants}) == len(made.variants)
        assert all(variant.quantity >= 0 for variant in made.variants)


def test_each_picture_has_alt_text_and_a_colour_of_its_listing() -> None:
    for one, index in SAMPLE:
        made = words.listing(one, index)
        colours = dict(made.options).get("Colour", ())
        assert 1 <= len(made.pictures) <= 4
        assert len(set(made.pictures)) == len(made.pictures)
        for picture in made.pictures:
            assert picture.kind == made.kind
            assert picture.colour in COLOURS[made.kind]
            assert picture.composition in range(len(SCENES))
            assert len(picture.alt) > 10
            assert picture.option == (picture.colour if colours else None)
        assert {picture.option for picture in made.pictures} >= set(colours)


def test_the_demo_covers_every_kind_of_listing() -> None:
    made = [words.listing(one, index) for one, index in SAMPLE]
    assert {listing.condition for listing in made} == {"new", "used_like_new", "used_good", "refurbished"}
    assert sum(listing.condition == "new" for listing in made) / len(made) > 0.8
    reduced = sum(listing.compare_at is not None for listing in made) / len(made)
    assert 0.08 < reduced < 0.16
    gone = sum(all(variant.quantity == 0 for variant in listing.variants) for listing in made) / len(made)
    assert 0.02 < gone < 0.12
    assert any(not listing.options for listing in made)
    assert any(len(listing.options) == 2 for listing in made)
