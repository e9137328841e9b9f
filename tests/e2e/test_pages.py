"""The public pages in a browser, by pointer and keyboard."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from platform_app.domain.media import service as media
from platform_app.domain.shops import queries as shops
from platform_app.infra import db
from tests.e2e import accessibility
from tests.factories import NOW

PATHS = (
    "/",
    "/search",
    "/search?q=mug",
    "/search?q=zzzqqq",
    "/c/clothing",
    "/shops/clay-and-co",
    "/shops/clay-and-co/ocean-linen-shirt",
    "/pages/privacy",
    "/dev/components",
)
Open = Callable[..., Page]


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("path", PATHS)
def test_every_page_is_accessible_fits_and_logs_nothing_in_the_console(
    plaza: SimpleNamespace, open_page: Open, path: str, width: int
) -> None:
    page = open_page(plaza.url + path, width=width)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert accessibility.violations(page) == []


@pytest.mark.parametrize(
    "path", ["/nothing/here", "/c/nowhere", "/shops/nobody", "/shops/clay-and-co/nothing", "/shops/%00/x"]
)
def test_a_missing_page_is_a_404_with_links(plaza: SimpleNamespace, open_page: Open, path: str) -> None:
    page = open_page(plaza.url + path, allowed_messages="404 (Not Found)")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.request.get(plaza.url + path).status == 404


@pytest.mark.parametrize("width", [390, 1440])
def test_the_footer_leads_to_the_pages_that_the_operator_writes(
    plaza: SimpleNamespace, open_page: Open, width: int
) -> None:
    page = open_page(plaza.url, width=width)
    for name, heading in (("Terms", "Terms of use"), ("Imprint", "Imprint"), ("Help", "Help")):
        page.get_by_role("navigation", name="About Plaza").get_by_role("link", name=name).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        expect(page).to_have_title(f"{heading} · Plaza")


def test_a_query_full_of_typos_finds_the_listing(plaza: SimpleNamespace, open_page: Open) -> None:
    page = open_page(plaza.url)
    page.get_by_role("combobox", name="Search Plaza").fill("ocen linnen shrt")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{plaza.url}/search?q=ocen+linnen+shrt")
    page.get_by_role("link", name="Ocean linen shirt").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ocean linen shirt")
    expect(page).to_have_url(f"{plaza.url}/shops/clay-and-co/ocean-linen-shirt")


def test_choosing_a_variant_changes_price_and_stock(plaza: SimpleNamespace, open_page: Open) -> None:
    page = open_page(f"{plaza.url}/shops/clay-and-co/ocean-linen-shirt")
    main = page.get_by_role("main")
    expect(main.get_by_text("$50.00").first).to_be_visible()
    main.locator("label", has_text="Ink").click()
    expect(main.get_by_text("$65.00").first).to_be_visible()
    expect(main.get_by_text("Sold out").first).to_be_visible()


def test_filters_are_in_the_url_and_survive_back_and_reload(plaza: SimpleNamespace, open_page: Open) -> None:
    page = open_page(f"{plaza.url}/search?q=mug", width=1440)
    expect(page.get_by_text("30 listings", exact=True)).to_be_visible()
    page.get_by_role("checkbox", name="In stock").check()
    expect(page.get_by_text("20 listings", exact=True)).to_be_visible()
    assert "in_stock" in page.url
    page.reload()
    expect(page.get_by_text("20 listings", exact=True)).to_be_visible()
    page.go_back()
    expect(page.get_by_text("30 listings", exact=True)).to_be_visible()
    page.go_forward()
    expect(page.get_by_text("20 listings", exact=True)).to_be_visible()


def test_more_results_load_without_repeats(plaza: SimpleNamespace, open_page: Open) -> None:
    page = open_page(f"{plaza.url}/search?q=mug", width=1440)
    cards = page.get_by_role("main").get_by_role("link", name="Mug number")
    expect(cards).not_to_have_count(0)
    page.get_by_role("button", name="Show more").click()
    expect(cards).to_have_count(30)
    assert len(set(cards.all_inner_texts())) == 30


@pytest.mark.parametrize(
    "query",
    [
        "q=" + "x" * 10_000,
        "min=-5&max=abc",
        "min=99999999999999999999",
        "category=nope&condition=mint&sort=sideways",
        "q=%00%F0%9F%92%A5",
        "in_stock=maybe",
    ],
)
def test_unknown_filters_in_the_url_still_show_a_page(plaza: SimpleNamespace, open_page: Open, query: str) -> None:
    page = open_page(f"{plaza.url}/search?{query}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_a_listing_is_reached_by_keyboard(plaza: SimpleNamespace, open_page: Open) -> None:
    page = open_page(f"{plaza.url}/shops/clay-and-co", width=1440)
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to content")
    page.keyboard.press("Enter")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.locator(":focus").get_attribute("href") == "/shops/clay-and-co/ocean-linen-shirt":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ocean linen shirt")


def test_a_colour_filter_narrows_the_results(plaza: SimpleNamespace, open_page: Open) -> None:
    page = open_page(f"{plaza.url}/search", width=1440)
    page.get_by_role("group", name="Colour").get_by_role("checkbox", name="Ink").check()
    expect(page.get_by_text("1 listing", exact=True)).to_be_visible()
    assert "colour=Ink" in page.url


def test_the_home_page_follows_the_seeding_of_the_demo(plaza: SimpleNamespace, open_page: Open) -> None:
    with plaza.worker.paused():
        with db.writing() as session:
            shop = shops.by_slug(session, slug="clay-and-co")
            media.request(session, shop_id=shop.id, sources=["demo:mug-sage-0.webp"], now=NOW)
        page = open_page(plaza.url)
        expect(page.get_by_role("status").filter(has_text="Adding")).to_have_text("Adding the demo shops: 0 of 1")
    expect(page.get_by_text("Adding the demo shops")).to_have_count(0)
