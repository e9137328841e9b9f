"""What a shop says about delivery and returns."""

import pytest
from fastapi.testclient import TestClient

from platform_app.demo import shops as demo
from platform_app.domain.catalog import queries as catalog
from platform_app.domain.shops import queries
from platform_app.domain.shops.errors import InvalidShop
from platform_app.domain.shops.rules import delivery_terms
from platform_app.domain.shops.schemas import DeliveryTerms, Shop
from platform_app.domain.shops.service import members, settings
from platform_app.infra import db
from platform_app.infra.db import WriteSession
from platform_app.presenters import shops as presenters
from state import shops_presenters
from tests.accounts.helpers import signed_in
from tests.factories import NOW, make_listing, make_owner, make_shop

TYPED = {
    "delivery_cost": "4,90", "free_delivery_from": " €50 ", "delivery_days_from": "3", "delivery_days_to": "5",
    "returns_days": "30",
}  # fmt: skip
STORED = DeliveryTerms(
    delivery_cost=490, free_delivery_from=5000, delivery_days_from=3, delivery_days_to=5, returns_days=30
)


@pytest.fixture
def shop(session: WriteSession) -> Shop:
    """A shop in euros."""
    return make_shop(session, currency="EUR")


def change(session: WriteSession, shop: Shop, **values: str) -> DeliveryTerms:
    owners = queries.members(session, shop_id=shop.id)
    user_id = owners[0].user_id if owners else make_owner(session, shop=shop).user.id
    changed = settings.change(session, user_id=user_id, shop=shop.slug, values=values)
    return terms_of(changed)


def terms_of(shop: Shop) -> DeliveryTerms:
    return DeliveryTerms(**shop.model_dump(include=set(DeliveryTerms.model_fields)))


def test_typed_terms_are_stored_and_on_each_listing(session: WriteSession, shop: Shop) -> None:
    listing = make_listing(session, shop=shop, indexed=False)
    assert (terms_of(shop), listing.delivery_terms) == (DeliveryTerms(), DeliveryTerms())
    assert change(session, shop, **TYPED) == STORED
    found = catalog.listing_by_slug(session, shop=shop.slug, listing=listing.slug)
    assert found.delivery_terms == STORED
    assert presenters.delivery_terms(found.delivery_terms, found.currency) == [
        "Delivery €4.90 · 3–5 days", "Free delivery from €50.00", "Returns within 30 days",
    ]  # fmt: skip


def test_what_is_not_given_stays_and_what_is_emptied_is_gone(session: WriteSession, shop: Shop) -> None:
    change(session, shop, **TYPED)
    assert change(session, shop, returns_days="0", tagline="By hand") == STORED.model_copy(update={"returns_days": 0})
    assert change(session, shop, **dict.fromkeys(TYPED, " ")) == DeliveryTerms()


@pytest.mark.parametrize(
    ("field", "typed", "problem"),
    [
        ("delivery_cost", "free", "Enter an amount such as 4.90."),
        ("delivery_cost", "-1", "Enter an amount such as 4.90."),
        ("delivery_cost", "4.999", "Enter an amount such as 4.90."),
        ("delivery_cost", "9" * 16, "Enter an amount such as 4.90."),
        ("delivery_cost", "$4", "Enter an amount such as 4.90."),
        ("free_delivery_from", "0", "Enter an amount above 0, or nothing."),
        ("delivery_days_from", "2-3", "Enter a whole number of days, at most 180."),
        ("delivery_days_to", "181", "Enter a whole number of days, at most 180."),
        ("delivery_days_to", "2", "This is before the first day."),
        ("delivery_days_to", "", "Enter both numbers of days, or neither."),
        ("returns_days", "366", "Enter a whole number of days, at most 365."),
        ("returns_days", "²", "Enter a whole number of days, at most 365."),
        ("returns_days", "9" * 5000, "Enter a whole number of days, at most 365."),
    ],
)
def test_invalid_terms_are_reported_and_change_nothing(
    session: WriteSession, shop: Shop, field: str, typed: str, problem: str
) -> None:
    change(session, shop, **TYPED)
    with pytest.raises(InvalidShop) as refusal:
        change(session, shop, **{field: typed})
    assert refusal.value.fields == {field: problem}
    assert terms_of(queries.by_id(session, shop_id=shop.id)) == STORED


def test_all_problems_are_reported_at_once(session: WriteSession, shop: Shop) -> None:
    with pytest.raises(InvalidShop) as refusal:
        change(session, shop, delivery_cost="x", returns_days="x")
    assert refusal.value.fields.keys() == {"delivery_cost", "returns_days"}


@pytest.mark.parametrize(("currency", "typed", "amount"), [("JPY", "490", 490), ("BHD", "0.490", 490)])
def test_an_amount_has_the_decimals_of_the_shops_currency(
    session: WriteSession, currency: str, typed: str, amount: int
) -> None:
    assert change(session, make_shop(session, currency=currency), delivery_cost=typed).delivery_cost == amount


@pytest.mark.parametrize(
    ("terms", "lines"),
    [
        ({}, []),
        ({"delivery_cost": 0}, ["Free delivery"]),
        ({"delivery_cost": 0, "free_delivery_from": 5000}, ["Free delivery"]),
        ({"delivery_cost": 0, "delivery_days_from": 1, "delivery_days_to": 1}, ["Free delivery · 1 day"]),
        ({"delivery_cost": 490, "delivery_days_from": 0, "delivery_days_to": 1}, ["Delivery €4.90 · 0–1 days"]),
        ({"delivery_days_from": 4, "delivery_days_to": 4}, ["Delivery in 4 days"]),
        ({"free_delivery_from": 5000}, ["Free delivery from €50.00"]),
        ({"returns_days": 0}, ["No returns"]),
        ({"returns_days": 1}, ["Returns within 1 day"]),
    ],
)
def test_only_what_a_shop_says_is_shown(terms: dict[str, int], lines: list[str]) -> None:
    assert presenters.delivery_terms(DeliveryTerms(**terms), "EUR") == lines


def test_the_form_shows_what_is_stored_as_it_can_be_typed(session: WriteSession, shop: Shop) -> None:
    owner = make_owner(session, shop=shop).user
    membership = queries.require_membership(session, user_id=owner.id, shop=shop.slug)
    changed = settings.change(session, user_id=owner.id, shop=shop.slug, values={**TYPED, "delivery_cost": "0"})
    view = shops_presenters.settings_fields(changed, membership=membership, today=NOW.date())
    shown = {field: getattr(view, field) for field in TYPED}
    assert shown == {
        "delivery_cost": "0.00", "free_delivery_from": "50.00", "delivery_days_from": "3", "delivery_days_to": "5",
        "returns_days": "30",
    }  # fmt: skip
    assert change(session, shop, **shown) == terms_of(changed)
    empty = shops_presenters.settings_fields(shop, membership=membership, today=NOW.date())
    assert {getattr(empty, field) for field in TYPED} == {""}


def test_the_terms_are_changed_and_read_over_rest(browser: TestClient) -> None:
    ada = signed_in(browser)
    with db.writing() as session:
        shop = make_shop(session, currency="EUR")
        members.make_owner(session, slug=shop.slug, email=ada.email, now=NOW)
    changed = browser.patch("/api/v1/shops/clay-and-co", json=TYPED)
    assert changed.status_code == 200
    public = browser.get("/api/v1/shops/clay-and-co").json()
    assert {field: public[field] for field in TYPED} == STORED.model_dump()
    refused = browser.patch("/api/v1/shops/clay-and-co", json={**TYPED, "returns_days": "soon"})
    assert (refused.status_code, refused.json()["fields"]) == (
        422, {"returns_days": "Enter a whole number of days, at most 365."},
    )  # fmt: skip


def test_the_terms_of_the_demos_shops_are_valid_and_all_differ() -> None:
    for each in demo.TERMS:
        typed = {
            field: "" if value is None else f"{value / 100:.2f}" if field in delivery_terms.AMOUNTS else str(value)
            for field, value in each.model_dump().items()
        }
        stored = DeliveryTerms().model_dump()
        assert delivery_terms.clean(typed, stored=stored, currency="USD") == each.model_dump()
    assert len({tuple(presenters.delivery_terms(each, "USD")) for each in demo.TERMS}) == len(demo.TERMS)
