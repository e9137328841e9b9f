"""Lists keep their place, and their filters are boxes that work by pointer and keyboard."""

import re
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.e2e.test_unsent_text import IS_HYDRATED, LOST

Open = Callable[..., Page]
SHOP = "clay-and-co"
LAST_MUG = re.compile("^Mug number 0$")
DISTANCE = "document.querySelector('main a[href$=\"/mug-number-0\"]').getBoundingClientRect().top"


def load_all_mugs(page: Page) -> Locator:
    """The cards of all mugs."""
    cards = page.get_by_role("main").get_by_role("link", name="Mug number")
    expect(cards).to_have_count(16)
    page.get_by_role("button", name="Show more").click()
    expect(cards).to_have_count(30)
    return cards


def scroll_to_last(page: Page) -> float:
    """Scroll to the last mug; its distance from the top of the window."""
    page.get_by_role("link", name=LAST_MUG).scroll_into_view_if_needed()
    page.wait_for_function("scrollY > 800")
    return float(page.evaluate(f"new Promise((done) => setTimeout(() => done({DISTANCE}), 300))"))


def expect_last_mug_at(page: Page, distance: float) -> None:
    expect(page.get_by_role("main").get_by_role("link", name="Mug number")).to_have_count(30)
    page.wait_for_function(f"(expected) => Math.abs({DISTANCE} - expected) < 2", arg=distance)


@pytest.mark.parametrize("width", [390, 1440])
def test_going_back_from_a_listing_restores_the_loaded_list_and_its_position(
    plaza: SimpleNamespace, open_page: Open, width: int
) -> None:
    page = open_page(f"{plaza.url}/search?q=mug&sort=price_down", width=width)
    load_all_mugs(page)
    position = scroll_to_last(page)
    page.get_by_role("link", name=LAST_MUG).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mug number 0")
    page.go_back()
    expect_last_mug_at(page, position)


def test_going_back_past_another_search_restores_the_list_and_its_position(
    plaza: SimpleNamespace, open_page: Open
) -> None:
    page = open_page(f"{plaza.url}/search?q=mug&sort=price_down")
    load_all_mugs(page)
    position = scroll_to_last(page)
    page.get_by_role("link", name=LAST_MUG).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mug number 0")
    page.get_by_role("combobox", name="Search Plaza").fill("linen")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 listing", exact=True)).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mug number 0")
    page.go_back()
    expect_last_mug_at(page, position)


def test_a_reload_restores_the_list_and_its_position(plaza: SimpleNamespace, open_page: Open) -> None:
    page = open_page(f"{plaza.url}/search?q=mug&sort=price_down")
    load_all_mugs(page)
    position = scroll_to_last(page)
    page.reload()
    expect_last_mug_at(page, position)


def test_a_dropped_socket_leaves_the_list_where_it_is(plaza: SimpleNamespace, open_page: Open) -> None:
    page = open_page(plaza.url, allowed_messages=LOST)
    sockets, hydrated = list[WebSocketRoute](), list[str]()

    def connect(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        server = socket.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            hydrated.extend([str(message)] if IS_HYDRATED in str(message) else [])
            socket.send(message)

        server.on_message(pass_on)

    page.route_web_socket(re.compile("/_event"), connect)
    page.goto(f"{plaza.url}/search?q=mug&sort=price_down")
    load_all_mugs(page)
    position = scroll_to_last(page)
    before = len(hydrated)
    sockets[-1].close()
    while len(hydrated) == before:
        page.wait_for_timeout(50)
    expect_last_mug_at(page, position)


def test_filters_are_boxes_of_which_several_apply_at_once(plaza: SimpleNamespace, open_page: Open) -> None:
    page = open_page(f"{plaza.url}/search", width=1440)
    colours = page.get_by_role("group", name="Colour")
    ink, oat = colours.get_by_role("checkbox", name="Ink"), colours.get_by_role("checkbox", name="Oat")
    ink.focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("1 listing", exact=True)).to_be_visible()
    expect(page).to_have_url(f"{plaza.url}/search?colour=Ink")
    expect(ink).to_be_focused()
    oat.check()
    expect(page).to_have_url(re.compile(r"colour=Oat&colour=Ink|colour=Ink&colour=Oat"))
    expect(page.get_by_role("list", name="Active filters").get_by_role("link")).to_have_count(2)
    expect(oat).to_be_checked()
    page.get_by_role("checkbox", name="In stock").check()
    expect(page).to_have_url(re.compile("in_stock=1"))
    page.go_back()
    expect(page.get_by_role("checkbox", name="In stock")).not_to_be_checked()
    expect(ink).to_be_checked()
    page.get_by_role("link", name="Clear all").click()
    expect(page).to_have_url(f"{plaza.url}/search")
    expect(page.get_by_text("31 listings", exact=True)).to_be_visible()
    expect(colours.get_by_role("checkbox", checked=True)).to_have_count(0)


def test_a_shop_is_searched_with_its_filters_and_nothing_found_leads_to_all_shops(
    plaza: SimpleNamespace, open_page: Open
) -> None:
    page = open_page(f"{plaza.url}/shops/{SHOP}?sort=price_up", width=1440)
    field = page.get_by_role("searchbox", name="Search this shop")
    field.fill("linen")
    field.press("Enter")
    expect(page).to_have_url(f"{plaza.url}/shops/{SHOP}?sort=price_up&q=linen")
    expect(page.get_by_text("1 listing", exact=True)).to_be_visible()
    expect(page).to_have_title("linen · Clay & Co · Plaza")
    page.get_by_role("link", name="Remove filter “linen”").click()
    expect(field).to_have_value("")
    expect(page).to_have_url(f"{plaza.url}/shops/{SHOP}?sort=price_up")
    field.fill("velocipede")
    field.press("Enter")
    expect(page.get_by_role("heading", name="Nothing found for “velocipede”")).to_be_visible()
    page.get_by_role("link", name="Search all of Plaza").click()
    expect(page).to_have_url(f"{plaza.url}/search?q=velocipede")
    expect(page.get_by_role("heading", level=1)).to_have_text("“velocipede”")


def test_a_mended_typo_is_named_and_can_be_searched_as_typed(plaza: SimpleNamespace, open_page: Open) -> None:
    page = open_page(f"{plaza.url}/search?q=linnen&sort=newest")
    main = page.get_by_role("main")
    expect(main.get_by_text("Showing results for “linen”. Search instead for “linnen”.")).to_be_visible()
    expect(main.get_by_role("link", name="Ocean linen shirt")).to_be_visible()
    main.get_by_role("link", name="“linnen”").click()
    expect(page).to_have_url(f"{plaza.url}/search?q=linnen&sort=newest&as_typed=1")
    expect(page.get_by_role("heading", name="Nothing found for “linnen”")).to_be_visible()
    expect(main.get_by_text("Showing results for")).to_have_count(0)
    main.get_by_role("link", name="“linen”").click()
    expect(main.get_by_role("link", name="Ocean linen shirt")).to_be_visible()


def test_a_price_that_is_no_number_is_explained_beside_the_field(plaza: SimpleNamespace, open_page: Open) -> None:
    page = open_page(f"{plaza.url}/search", width=1440)
    low = page.get_by_role("textbox", name="From")
    low.fill("ten")
    low.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="Enter whole numbers")).to_be_visible()
    expect(low).to_have_value("ten")
    expect(low).to_have_attribute("aria-invalid", "true")
    low.fill("20")
    low.press("Enter")
    expect(page.get_by_text("1 listing", exact=True)).to_be_visible()
    expect(page).to_have_url(f"{plaza.url}/search?min=20")
    expect(page.get_by_role("alert").filter(has_text="Enter whole numbers")).to_have_count(0)


def test_on_a_phone_the_sort_order_is_beside_the_button_of_the_filters(plaza: SimpleNamespace, open_page: Open) -> None:
    page = open_page(f"{plaza.url}/search?q=mug")
    page.get_by_role("combobox", name="Sort").select_option("Lowest price")
    expect(page).to_have_url(f"{plaza.url}/search?sort=price_up&q=mug")
    expect(page.get_by_role("main").get_by_role("link", name="Mug number").first).to_have_text("Mug number 0")
    page.get_by_role("button", name="Filters").click()
    sheet = page.get_by_role("dialog", name="Filters")
    sheet.get_by_role("checkbox", name="In stock").check()
    expect(page).to_have_url(f"{plaza.url}/search?sort=price_up&q=mug&in_stock=1")
    sheet.get_by_role("button", name="Show 20 listings").click()
    expect(page.get_by_role("combobox", name="Sort")).to_have_value("price_up")
    expect(page.get_by_role("main").get_by_role("link", name="Mug number").first).to_have_text("Mug number 1")
