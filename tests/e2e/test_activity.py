"""Stats in a browser: visitors open a listing, and the seller sees the views."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from platform_app.domain.activity import rules, service
from platform_app.domain.activity.schemas import DailyCounts
from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog.schemas import Listing
from platform_app.domain.shared.model_base import utc_now
from platform_app.infra import db
from tests.activity.helpers import queue_count, view_store
from tests.e2e import accessibility, users

Open = Callable[..., Page]
SHIRT = "/shops/clay-and-co/ocean-linen-shirt"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture(scope="module")
def seller(plaza: SimpleNamespace) -> str:
    """The session token of the shop's owner."""
    return users.make_owner_session("ada@example.org")


@pytest.fixture
def shirt(plaza: SimpleNamespace) -> Listing:
    """The shirt's listing, without views."""
    with db.writing() as session:
        session.connection().exec_driver_sql("DELETE FROM listing_day; DELETE FROM document")
    with db.reading() as session:
        return catalog.listing_by_slug(session, shop="clay-and-co", listing="ocean-linen-shirt")


@pytest.fixture
def visit(plaza: SimpleNamespace, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens the shirt's page as a browser with this user agent."""
    opened = []

    def visit(*, agent: str | None = FIREFOX, cookie: str = "", url: str = plaza.url) -> Page:
        context = browser.new_context(user_agent=agent) if agent else browser.new_context()
        opened.append(context)
        page = context.new_page()
        if cookie:
            users.set_session_cookie(page, url, cookie)
        page.goto(url + SHIRT)
        page.wait_for_selector("main[data-ready]")
        return page

    yield visit
    for context in opened:
        context.close()


@pytest.fixture
def open_stats(plaza: SimpleNamespace, open_page: Open, seller: str) -> Open:
    """Opens the page of stats."""

    def opened(query: str = "", **options: object) -> Page:
        return open_page(f"{plaza.url}/sell/clay-and-co/figures{query}", token=seller, **options)

    return opened


def waiting_views(shirt: Listing) -> int:
    """The number of visitors whose views of today wait to be counted."""
    partition = rules.partition(utc_now().date(), shirt.shop_id.int % rules.SHARDS)
    return view_store().count(rules.COLLECTION, partition)


def await_views(page: Page, shirt: Listing, count: int) -> None:
    for _ in range(600):
        if waiting_views(shirt) == count:
            return
        page.wait_for_timeout(100)
    assert waiting_views(shirt) == count


def seed_stats(shirt: Listing, *, days: int) -> None:
    """Add deterministic stats for some days."""
    today = utc_now().date()
    with db.writing() as session:
        service.record(
            session,
            counts=[
                DailyCounts(
                    shop_id=shirt.shop_id,
                    listing_id=shirt.id,
                    day=today - timedelta(days=ago),
                    views=20 + ago % 7,
                    favourites=ago % 3,
                )
                for ago in range(days)
            ],
        )


def test_an_open_page_of_stats_shows_new_visits(
    shirt: Listing, visit: Callable[..., Page], open_stats: Open, seller: str
) -> None:
    page = open_stats()
    expect(page.get_by_role("heading", name="No visitors in this period")).to_be_visible()
    visitor = visit()
    visitor.reload()
    visitor.wait_for_selector("main[data-ready]")
    visit()
    visit(cookie=seller)  # views of their own shop do not count
    visit(agent=None)  # headless Chromium's own user agent counts as a program
    await_views(page, shirt, 2)
    queue_count(utc_now().date())
    row = page.get_by_role("row", name=re.compile("Ocean linen shirt"))
    expect(row).to_have_text(re.compile(r"Ocean linen shirt20"))
    expect(page.get_by_role("term").filter(has_text="Views").locator("..")).to_contain_text("2")
    expect(page.get_by_role("slider", name="Day")).to_have_attribute(
        "aria-valuetext", re.compile("Views 2 · Favourites 0$")
    )


def test_a_process_stores_its_buffered_views_before_it_stops(
    plaza: SimpleNamespace, shirt: Listing, visit: Callable[..., Page]
) -> None:
    web, url = plaza.webs[1], plaza.urls[1]
    page = visit(url=url)
    web.process.terminate()
    web.process.wait(60)
    assert waiting_views(shirt) == 1
    web.start()
    plaza.await_ready(url)
    page.close()


def test_days_and_listings_are_explored_by_keyboard_and_pointer(shirt: Listing, open_stats: Open) -> None:
    seed_stats(shirt, days=60)
    page = open_stats(width=1440)
    slider = page.get_by_role("slider", name="Day")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("Views 20 · Favourites 0$"))
    slider.focus()
    page.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("Views 21 · Favourites 1$"))
    expect(page.get_by_text("Views 21 · Favourites 1")).to_be_visible()
    box = slider.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * (26.5 / 30), box["y"] + 20)
    expect(slider).to_have_attribute("aria-valuetext", re.compile("Views 23 · Favourites 0$"))
    page.get_by_text("Show as a table").click()
    days = page.get_by_role("region", name="Day by day").get_by_role("row")
    expect(days).to_have_count(31)
    page.get_by_role("link", name="7 days").click()
    expect(days).to_have_count(8)
    expect(page).to_have_url(re.compile(r"\?days=7$"))
    expect(page.get_by_role("definition").filter(has_text="As many as in the previous 7 days")).to_have_count(1)
    page.get_by_role("navigation", name="Sort by").get_by_role("link", name="Favourite rate").click()
    expect(page).to_have_url(re.compile(r"\?days=7&order=saved$"))
    page.go_back()
    page.go_back()
    expect(page.get_by_role("link", name="30 days")).to_have_attribute("aria-current", "true")
    page.get_by_role("link", name="Ocean linen shirt").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ocean linen shirt")


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible_with_and_without_stats(
    shirt: Listing, open_stats: Open, width: int, scheme: Literal["light", "dark"]
) -> None:
    page = open_stats(width=width)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    assert_accessible(page)
    seed_stats(shirt, days=60)
    page.reload()
    expect(page.get_by_role("img", name=re.compile("^Views: .* in 30 days, the most on "))).to_be_visible()
    page.get_by_text("Show as a table").click()
    assert_accessible(page)


def assert_accessible(page: Page) -> None:
    page.wait_for_selector("main[data-ready]")
    page.wait_for_timeout(300)
    assert accessibility.violations(page) == []
    assert users.small_targets(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
