"""Selling in a browser: a shop is opened, set up, given terms, shared with staff, and put on holiday."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shops.service import members
from platform_app.infra import db
from tests.e2e import accessibility, users
from tests.e2e.test_accounts import REFUSED_MESSAGE
from tests.factories import NOW, make_shop
from tests.media import sample_files

Open = Callable[..., Page]
SHOP = "clay-and-co"


@pytest.fixture(autouse=True)
def no_rate_limits(plaza: SimpleNamespace) -> None:
    """Reset the rate limits."""
    users.reset_rate_limits()


def test_a_shop_is_opened_on_a_phone_and_set_up(plaza: SimpleNamespace, open_as: Open) -> None:
    page = open_as(
        users.make_session("nina@example.org", name="Nina"), f"{plaza.url}/sell", allowed_messages=REFUSED_MESSAGE
    )
    page.get_by_role("main").get_by_role("link", name="Open a shop").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Open a shop")
    page.get_by_label("Shop name").press_sequentially("Clay and Co")
    expect(page.get_by_label("Web address")).to_have_value("clay-and-co-2")
    page.get_by_label("Web address").fill(SHOP)
    expect(page.get_by_text("/shops/clay-and-co is taken. /shops/clay-and-co-2 is available.")).to_be_visible()
    page.get_by_label("Country").select_option("SE")
    page.get_by_label("Currency").select_option("SEK")
    page.get_by_role("button", name="Open the shop").click()
    expect(page.get_by_label("Web address")).to_have_accessible_description(re.compile("This web address is taken"))
    page.get_by_label("Web address").fill("ninas-things")
    expect(page.get_by_text("/shops/ninas-things is available.")).to_be_visible()
    page.get_by_role("button", name="Open the shop").click()
    expect(page.get_by_text("Your shop is open.")).to_be_visible()
    page.get_by_role("link", name="Introduce your shop").click()
    page.get_by_label("Tagline").fill("Things by Nina")
    page.get_by_label("About").fill("One kiln.\nTwo hands.")
    page.locator("form#shop-profile").get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.get_by_role("link", name="Home", exact=True).click()
    expect(page.get_by_role("listitem").filter(has_text="Introduce your shop")).to_contain_text("Done:")
    page.get_by_role("link", name="View your shop").click()
    expect(page.get_by_text("Things by Nina").first).to_be_visible()


def test_a_shop_gets_a_logo_and_a_banner_which_show_without_a_reload(
    plaza: SimpleNamespace, open_as: Open, open_page: Open, tmp_path: Path
) -> None:
    token = users.make_session("mona@example.org", name="Mona")
    with db.writing() as session:
        shop = make_shop(session, slug="mona-makes", name="Mona Makes")
        members.make_owner(session, slug=shop.slug, email="mona@example.org", now=NOW)
    opened = open_as(token, f"{plaza.url}/sell/mona-makes/settings")
    visitor = open_page(f"{plaza.urls[1]}/shops/mona-makes", width=1440)
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Mona Makes")
    expect(visitor.get_by_role("main").locator("img")).to_have_count(0)
    small, logo, banner = (tmp_path / f"{name}.jpg" for name in ("small", "mark", "cover"))
    for path, size in ((small, (300, 100)), (logo, (500, 400)), (banner, (1800, 900))):
        path.write_bytes(sample_files.photo(*size))
    opened.locator("#logo-choose").set_input_files(logo)
    expect(opened.get_by_text("Replace the logo")).to_be_visible()
    opened.locator("#banner-choose").set_input_files(small)
    expect(opened.get_by_text("We couldn't use the last picture: it is too small")).to_be_visible()
    opened.locator("#banner-choose").set_input_files(banner)
    expect(opened.get_by_text("Replace the banner")).to_be_visible()
    opened.get_by_label("Alt text of the banner").fill("Red above blue")
    opened.locator("form#shop-banner").get_by_role("button", name="Save").click()
    expect(opened.locator("form#shop-banner").get_by_text("Saved.")).to_be_visible()
    expect(visitor.get_by_role("img", name="Red above blue")).to_be_visible()
    expect(visitor.get_by_role("main").locator("img")).to_have_count(2)
    for width in (390, 1440):
        opened.set_viewport_size({"width": width, "height": 900})
        assert accessibility.violations(opened) == []
        assert users.small_targets(opened) == []
    opened.get_by_role("button", name="Remove the banner").press("Enter")
    expect(opened.get_by_text("Choose a banner")).to_be_visible()
    expect(opened.locator("#banner-choose")).to_be_focused()
    expect(visitor.get_by_role("img", name="Red above blue")).to_have_count(0)


def test_an_invited_user_joins_and_loses_access_while_on_the_page(plaza: SimpleNamespace, open_as: Open) -> None:
    owner = open_as(users.make_owner_session("olga@example.org"), f"{plaza.url}/sell/{SHOP}/staff", width=1440)
    owner.get_by_label("E-mail address").fill("hugo@example.org")
    owner.get_by_label("Staff: invite").check()
    owner.get_by_role("button", name="Invite", exact=True).click()
    expect(owner.get_by_role("button", name=re.compile("Withdraw.*hugo@example.org"))).to_be_visible()
    helper = open_as(users.make_session("hugo@example.org", name="Hugo"), f"{plaza.urls[1]}/sell")
    helper.get_by_role("button", name=re.compile("Accept")).click()
    expect(helper.get_by_text("You can now help to run this shop.")).to_be_visible()
    expect(helper.get_by_role("link", name="Settings")).to_have_count(0)
    helper.get_by_role("link", name="Staff", exact=True).click()
    expect(helper.get_by_role("list", name="People")).to_contain_text("olga@example.org")
    hugo = owner.get_by_role("listitem").filter(has_text="hugo@example.org")
    hugo.locator("summary", has_text="Remove").click()
    hugo.get_by_role("button", name=re.compile("Yes, end access")).click()
    expect(helper.get_by_role("heading", level=1)).to_have_text("We can't find this shop")
    expect(helper.get_by_text("olga@example.org")).to_have_count(0)


def test_a_shop_goes_on_holiday_and_returns(plaza: SimpleNamespace, open_as: Open, open_page: Open) -> None:
    owner = open_as(users.make_owner_session("paul@example.org"), f"{plaza.url}/sell/{SHOP}/settings")
    until = utc_now().date() + timedelta(days=20)
    owner.get_by_label("Reopen on").fill(until.isoformat())
    owner.get_by_label("Note for visitors").fill("Gone to the sea.")
    owner.get_by_role("button", name="Start holiday").click()
    marked = re.compile(f"On holiday until {until.day} ")
    expect(owner.get_by_role("status").filter(has_text=marked)).to_be_visible()
    visitor = open_page(f"{plaza.urls[1]}/shops/{SHOP}")
    expect(visitor.get_by_role("note")).to_contain_text("Gone to the sea.")
    expect(visitor.get_by_role("article").first).to_contain_text(marked)
    visitor.goto(f"{plaza.urls[1]}/shops/{SHOP}/ocean-linen-shirt")
    expect(visitor.get_by_role("main").get_by_text(marked).first).to_be_visible()
    owner.get_by_role("button", name="Reopen the shop now").click()
    expect(owner.get_by_role("button", name="Start holiday")).to_be_visible()


def test_the_terms_that_a_seller_types_are_beside_the_price(
    plaza: SimpleNamespace, open_as: Open, open_page: Open
) -> None:
    visitor = open_page(f"{plaza.urls[1]}/shops/{SHOP}/ocean-linen-shirt")
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Ocean linen shirt")
    token = users.make_owner_session("tess@example.org")
    owner = open_as(token, f"{plaza.url}/sell/{SHOP}/settings", allowed_messages=REFUSED_MESSAGE)
    form = owner.locator("form#shop-delivery")
    form.get_by_label("Delivery cost").fill("4.90")
    form.get_by_label("Earliest arrival, in days").fill("3")
    form.get_by_role("button", name="Save").click()
    latest = form.get_by_label("Latest arrival, in days")
    expect(latest).to_have_accessible_description("Enter both numbers of days, or neither.")
    latest.fill("5")
    form.get_by_label("Returns accepted for, in days").fill("30")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_text("Saved.")).to_be_visible()
    terms = visitor.get_by_role("list", name="Delivery and returns").get_by_role("listitem")
    expect(terms).to_have_text(["Delivery $4.90 · 3–5 days", "Returns within 30 days"])


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_studio_page_is_accessible_and_fits(
    plaza: SimpleNamespace, open_as: Open, width: int, scheme: Literal["light", "dark"]
) -> None:
    token = users.make_owner_session(f"rosa-{width}-{scheme}@example.org")
    page = open_as(token, f"{plaza.url}/sell", width=width)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    for path in (
        "/sell",
        "/sell/open",
        f"/sell/{SHOP}",
        f"/sell/{SHOP}/settings",
        f"/sell/{SHOP}/staff",
        "/sell/no-shop",
    ):
        page.goto(plaza.url + path)
        page.wait_for_selector("main[data-ready]")
        assert accessibility.violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        assert users.small_targets(page) == [], path


def test_a_visitor_is_sent_to_sign_in_and_back(plaza: SimpleNamespace, open_page: Open) -> None:
    page = open_page(f"{plaza.url}/sign-in?next=/sell")
    page.goto(f"{plaza.url}/sell/{SHOP}/settings")
    expect(page).to_have_url(f"{plaza.url}/sign-in?next=/sell/{SHOP}/settings")
