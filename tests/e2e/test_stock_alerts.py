"""Waiting for a sold-out variant, from the first paint to the notification."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from playwright.sync_api import Locator, Page, expect

from platform_app.domain.catalog import queries
from platform_app.domain.catalog import service as catalog
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.stock.rules import Reason
from platform_app.infra import db
from tests.e2e import accessibility, users
from tests.factories import make_shop

Open = Callable[..., Page]
PATH = "/shops/clay-and-co/ocean-linen-shirt"
ASK, TOLD = "Tell me when it's back", "We'll tell you when it's back"


@pytest.fixture(autouse=True)
def no_limits(plaza: SimpleNamespace) -> None:
    """Nobody has tried too often."""
    users.reset_rate_limits()


def restock() -> None:
    """What a seller does: fifty of each."""
    with db.writing() as session:
        shop = make_shop(session)
        shirt = queries.to_input(queries.listings_by_key(session, shop_id=shop.id, keys=["shirt"])["shirt"])
        variants = tuple(variant.model_copy(update={"quantity": 50}) for variant in shirt.variants)
        draft = shirt.model_copy(update={"variants": variants})
        catalog.save_many(session, shop=shop, inputs=[draft], reason=Reason.EDIT, now=utc_now())


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("main").get_by_role("button", name=name, exact=True)


def test_who_waits_for_a_sold_out_variant_finds_it_in_the_account_and_hears_when_it_is_back(
    plaza: SimpleNamespace, open_page: Open, open_as: Open
) -> None:
    token = users.make_session("wanda@example.org")
    served = open_page(f"{plaza.url}{PATH}?variant=Ink", javascript=False)
    way_in = served.get_by_role("link", name=ASK, exact=True)
    expect(way_in).to_have_attribute("href", f"/sign-in?next={PATH}%3Fvariant%3DInk&stock_alert=1")
    page = open_page(plaza.url + PATH)
    expect(button(page, ASK)).to_have_count(0)  # oat is in stock
    page.get_by_role("radio", name="Ink").check(force=True)
    button(page, ASK).click()
    expect(page.get_by_text("Sign in, and we'll tell you when it's back in stock.")).to_be_visible()

    mine = open_as(token, f"{plaza.url}{PATH}?variant=Ink", width=1440)
    button(mine, ASK).click()
    expect(button(mine, TOLD)).to_have_attribute("aria-pressed", "true")
    assert accessibility.violations(mine) == []
    mine.reload()
    expect(button(mine, TOLD)).to_have_attribute("aria-pressed", "true")
    mine.goto(f"{plaza.url}/stock-alerts")
    expect(mine.get_by_role("list", name="Items you wait for").get_by_role("listitem")).to_contain_text("Ink")
    assert accessibility.violations(mine) == []
    mine.get_by_role("button", name="Stop waiting for Ocean linen shirt").click()
    expect(mine.get_by_role("heading", name="You wait for nothing")).to_be_visible()

    mine.goto(f"{plaza.url}{PATH}?variant=Ink")
    button(mine, ASK).click()
    expect(button(mine, TOLD)).to_be_visible()
    restock()
    expect(mine.get_by_role("main").get_by_text("In stock", exact=True)).to_be_visible()
    expect(button(mine, TOLD)).to_have_count(0)
    mine.goto(f"{plaza.url}/account/notifications")
    expect(mine.get_by_text("Ocean linen shirt (Ink) is back in stock.")).to_be_visible()
    mine.goto(f"{plaza.url}/stock-alerts")
    expect(mine.get_by_role("heading", name="You wait for nothing")).to_be_visible()
