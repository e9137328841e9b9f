"""Prices in the editor: what is refused, and their history."""

from datetime import timedelta

import pytest

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog.rules import lowest_prior_price
from platform_app.domain.editing import queries
from platform_app.domain.editing.errors import InvalidEdit
from platform_app.domain.editing.schemas.content import ListingContent
from platform_app.infra.db import WriteSession
from tests.editing.helpers import create_draft, create_listing, publish, save_draft, seller
from tests.factories import NOW


@pytest.mark.parametrize(
    ("currency", "price", "compare_at", "problems"),
    [
        ("JPY", "1500.50", "", {"price": "Amounts in JPY have no decimals."}),
        ("KWD", "1.2345", "2.0001", dict.fromkeys(("price", "compare_at"), "Amounts in KWD have at most 3 decimals.")),
        ("USD", "9.999", "", {"price": "Amounts in USD have at most 2 decimals."}),
        ("EUR", "£5", "", {"price": "Enter a price such as 12.50."}),
        ("JPY", "much", "", {"price": "Enter a price such as 1250."}),
        ("USD", "90,071,992,547,409.92", "", {"price": "Enter an amount of at most $90,071,992,547,409.91."}),
        ("USD", "5", "5.00", {"compare_at": "Enter an original price higher than the price, or leave it empty."}),
    ],
)
def test_an_amount_that_would_be_changed_is_refused_with_its_reason(
    session: WriteSession, currency: str, price: str, compare_at: str, problems: dict[str, str]
) -> None:
    member = seller(session, currency=currency)
    content = ListingContent.model_validate({"title": "Mug", "variants": [{"price": price, "compare_at": compare_at}]})
    edit = save_draft(session, member, create_draft(session, member), content)
    with pytest.raises(InvalidEdit) as refusal:
        publish(session, member, edit)
    assert refusal.value.fields == {f"variants.0.{name}": message for name, message in problems.items()}


@pytest.mark.parametrize(
    ("currency", "price", "amount"),
    [
        ("JPY", "1500.00", 1500),
        ("KWD", "1.234", 1234),
        ("JPY", "9,007,199,254,740,991", 2**53 - 1),
        ("USD", "90,071,992,547,409.91", 2**53 - 1),
    ],
)
def test_the_highest_price_is_the_highest_exact_number_of_json(
    session: WriteSession, currency: str, price: str, amount: int
) -> None:
    member = seller(session, currency=currency)
    content = ListingContent.model_validate({"title": "Mug", "variants": [{"price": price}]})
    edit = create_listing(session, member, content)
    (listing,) = catalog.shop_listings(session, shop_id=member.shop_id, ids=[edit.listing_id])
    assert listing.variants[0].price == amount


def test_price_changes_are_logged_with_the_lowest_price_before_a_reduction(session: WriteSession) -> None:
    member = seller(session)
    edit = create_listing(session, member)
    for days, price in ((1, "30.00"), (40, "25.00"), (50, "18.00")):
        edit = save_draft(session, member, edit, edit.content.with_cell(0, "price", price))
        edit = publish(session, member, edit, now=NOW + timedelta(days=days))
    arguments = {"user_id": member.user_id, "shop": member.slug, "listing_id": edit.listing_id}
    found = queries.prices(session, **arguments, now=NOW + timedelta(days=51))
    assert [(step.before.amount, step.price.amount) for step in found.steps] == [
        (2500, 1800),
        (3000, 2500),
        (2000, 3000),
    ]
    assert [(each.price.amount, each.lowest.amount) for each in found.variants] == [(1800, 2500)]


@pytest.mark.parametrize(
    ("price", "changes", "lowest"),
    [
        (100, [], 100),
        (80, [(5, 100, 80)], 100),
        (80, [(20, 90, 100), (5, 100, 80)], 90),
        (80, [(50, 70, 100), (5, 100, 80)], 100),
        (100, [(5, 80, 100)], 80),
        (100, [(31, 80, 100)], 100),
    ],
)
def test_the_lowest_prior_price_covers_thirty_days(
    price: int, changes: list[tuple[int, int, int]], lowest: int
) -> None:
    at = [(NOW - timedelta(days=days), before, after) for days, before, after in changes]
    assert lowest_prior_price(price, at, now=NOW) == lowest
