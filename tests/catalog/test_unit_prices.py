"""What a measure of an item costs, beside its price."""

import pytest

from platform_app.domain.catalog.rules import ITEM_UNIT, MEASURE_UNITS, unit_price
from platform_app.domain.catalog.schemas import VariantInput
from platform_app.infra import db
from platform_app.presenters import catalog as presenters
from tests.accounts.helpers import browsers
from tests.factories import make_listing, make_shop


@pytest.mark.parametrize(
    ("price", "measure", "base", "found"),
    [
        (950, "750 ml", "", (1267, "1 l")),
        (950, "750 ml", "100 ml", (127, "100 ml")),
        (499, "250 g", "", (1996, "1 kg")),
        (499, "0.25 kg", "100 g", (200, "100 g")),
        (500, "5 kg", "", (100, "1 kg")),
        (1200, "12 oz", "", (100, "1 oz")),
        (1200, "1 lb", "100 g", (265, "100 g")),
        (600, "12 floz", "1 l", (1691, "1 l")),
        (599, "10 ct", "", (60, "1 ct")),
        (300, "150 cm", "", (200, "1 m")),
        (4000, "2.5 m2", "", (1600, "1 m2")),
        (1500, "1 l", "", None),  # the price itself
        (1500, "1000 ml", "1 l", None),
        (1500, "", "1 l", None),
        (1500, "500 ml", "1 kg", None),
        (1, "100 kg", "", None),  # less than half a cent
    ],
)
def test_the_unit_price_is_that_of_the_base_or_of_the_usual_measure(
    price: int, measure: str, base: str, found: tuple[int, str] | None
) -> None:
    assert unit_price(price, measure=measure, base_measure=base) == found


def test_every_unit_that_is_stored_has_a_unit_price() -> None:
    for unit in (*MEASURE_UNITS, ITEM_UNIT):
        assert unit_price(10**6, measure=f"3 {unit}", base_measure=f"1 {unit}") == (333333, f"1 {unit}")


@pytest.mark.parametrize(
    ("details", "shown"),
    [
        ({"measure": "750 ml"}, "$12.67 / l"),
        ({"measure": "750 ml", "base_measure": "100 ml"}, "$1.27 / 100 ml"),
        ({"measure": "10 ct"}, "$0.95 / item"),
        ({"measure": "50 ct", "base_measure": "10 ct"}, "$1.90 / 10 items"),
        ({"measure": "2 m2"}, "$4.75 / m²"),
        ({"measure": "20 floz", "base_measure": "1 floz"}, "$0.48 / fl oz"),
        ({}, ""),
    ],
)
def test_the_page_and_rest_show_the_unit_price(clean: None, details: dict[str, str], shown: str) -> None:
    with db.writing() as session:
        variants = (VariantInput(price=950, **details),)
        listing = make_listing(session, shop=make_shop(session), variants=variants)
    assert presenters.listing(listing).variants[0].unit_price == shown
    with browsers(1) as (browser,):
        (variant,) = browser.get(f"/api/v1/listings/{listing.id}").json()["variants"]
    assert (variant["unit_price"] is None) is (shown == "")


def test_over_rest_a_unit_price_names_its_measure(clean: None) -> None:
    with db.writing() as session:
        variants = (VariantInput(price=950, measure="750 ml"),)
        listing = make_listing(session, shop=make_shop(session), variants=variants)
    with browsers(1) as (browser,):
        (variant,) = browser.get(f"/api/v1/listings/{listing.id}").json()["variants"]
    assert variant["unit_price"] == {"price": {"amount": 1267, "currency": "USD"}, "measure": "1 l"}
