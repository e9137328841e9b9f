"""Favourites in a browser, by keyboard and in several browsers."""

import re
from collections.abc import Callable
from types import SimpleNamespace
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog import service as catalog_service
from platform_app.domain.catalog.schemas import ListingInput
from platform_app.domain.shops import queries as shops
from platform_app.domain.stock.rules import Reason
from platform_app.infra import db
from tests.e2e import accessibility, users
from tests.e2e.test_cost import CONNECTING, PATHS, expect_cost
from tests.factories import NOW, UNKNOWN_ID
from tests.favourites.helpers import rows
from tools.bench import socket_client

Open = Callable[..., Page]
SHIRT = "Ocean linen shirt"
SHIRT_URL = "/shops/clay-and-co/ocean-linen-shirt"
FAVOURITE_BUTTONS = "state___favourites____favourite_buttons_state"
FAVOURITES = "state___favourites____favourites_state"


@pytest.fixture(autouse=True)
def no_rate_limits(plaza: SimpleNamespace) -> None:
    """Reset the rate limits."""
    users.reset_rate_limits()


def favourite_button(page: Page, title: str) -> Locator:
    return page.get_by_role("button", name=f"Like {title}", exact=True)


def press_favourite_button(page: Page, title: str, *, by: Callable[[], None] | None = None) -> None:
    """Press a favourite button and wait until it is stored: the page changes earlier, and leaving it drops the event."""
    before = stored_favourites()
    (by or favourite_button(page, title).click)()
    for _ in range(3000):
        if stored_favourites() != before:
            return
        page.wait_for_timeout(20)
    raise AssertionError(f"pressing the favourite button of {title} changed nothing")


def stored_favourites() -> list[tuple[object, ...]]:
    return sorted(rows("SELECT user_id, listing_id FROM favourite"), key=str)


def expect_liked(page: Page, title: str, is_liked: bool = True) -> None:
    expect(favourite_button(page, title)).to_have_attribute("aria-pressed", str(is_liked).lower())


def change(key: str, edit: Callable[[ListingInput], ListingInput] | None) -> None:
    """Edit or delete a listing, as its seller would."""
    with db.writing() as session:
        shop = shops.find_by_slug(session, slug="clay-and-co")
        assert shop is not None
        if edit is None:
            catalog_service.remove_many(session, shop=shop, keys=[key])
            return
        draft = catalog.to_input(catalog.listings_by_key(session, shop_id=shop.id, keys=[key])[key])
        catalog_service.save_many(session, shop=shop, inputs=[edit(draft)], reason=Reason.EDIT, now=NOW)


def with_price(amount: int) -> Callable[[ListingInput], ListingInput]:
    def edit(draft: ListingInput) -> ListingInput:
        variants = tuple(each.model_copy(update={"price": amount}) for each in draft.variants)
        return draft.model_copy(update={"variants": variants})

    return edit


def test_a_visitor_who_signs_in_to_like_a_listing_comes_back_and_likes_it(
    plaza: SimpleNamespace, open_page: Open
) -> None:
    users.make_session("uma@example.org")
    page = open_page(f"{plaza.url}/search?q=linen+shirt")
    favourite_button(page, SHIRT).click()
    expect(page).to_have_url(f"{plaza.url}/sign-in?next=/search%3Fq%3Dlinen%2Bshirt&like=1")
    users.sign_in(page, "uma@example.org")
    expect(page).to_have_url(f"{plaza.url}/search?q=linen+shirt")
    expect_liked(page, SHIRT)
    page.get_by_role("link", name="Favourites").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Favourites")
    expect(page.get_by_text("1 favourite", exact=True)).to_be_visible()
    expect(page.get_by_role("main").get_by_role("link", name=SHIRT)).to_be_visible()


def test_a_press_shows_at_once_in_the_users_tabs_and_in_the_count_for_others(
    plaza: SimpleNamespace, open_page: Open, open_as: Open
) -> None:
    title, at = "Mug number 3", "/shops/clay-and-co/mug-number-3"
    token = users.make_session("vera@example.org")
    first = open_as(token, f"{plaza.urls[0]}{at}")
    second = open_as(token, f"{plaza.urls[1]}/search?q=mug+3")
    other = open_as(users.make_session("will@example.org"), f"{plaza.urls[1]}{at}")
    press_favourite_button(first, title)
    for page, is_liked in ((first, True), (second, True), (other, False)):
        expect_liked(page, title, is_liked)
    for page in (first, other):
        expect(page.get_by_text("1 person likes this")).to_be_visible()
    press_favourite_button(other, title)
    expect(first.get_by_text("2 people like this")).to_be_visible()
    press_favourite_button(second, title)
    expect_liked(first, title, False)
    expect_liked(other, title)
    expect(first.get_by_text("1 person likes this")).to_be_visible()


def test_a_price_drop_is_mailed_and_shown_and_a_deleted_listing_is_marked(
    plaza: SimpleNamespace, open_as: Open
) -> None:
    page = open_as(users.make_session("xena@example.org"), plaza.url, width=1440)
    for number in (5, 7):
        page.goto(f"{plaza.url}/shops/clay-and-co/mug-number-{number}")
        press_favourite_button(page, f"Mug number {number}")
        expect_liked(page, f"Mug number {number}")
    page.goto(f"{plaza.url}/favourites")
    expect(page.get_by_text("2 favourites", exact=True)).to_be_visible()
    change("mug-5", with_price(605))
    change("mug-7", None)
    expect(page.get_by_text("$4.00 less than when you liked it")).to_be_visible()
    expect(page.get_by_text("No longer for sale")).to_be_visible()
    assert accessibility.violations(page) == []
    page.get_by_role("button", name=re.compile("Remove.*Mug number 7")).click()
    expect(page.get_by_text("1 favourite", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Mug number 5")).to_be_focused()

    page.goto(f"{plaza.url}/dev/mail")
    users.find_email(page, to="xena@example.org").get_by_role("link", name="Turn off these mails").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Profile")
    choice = page.get_by_label("Tell me when something I like gets cheaper")
    expect(choice).to_be_checked()
    choice.uncheck()
    page.get_by_role("button", name=re.compile("Update.*mail")).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.reload()
    expect(choice).not_to_be_checked()


def test_after_a_removal_the_focus_goes_to_the_next_favourite_and_at_last_to_the_heading(
    plaza: SimpleNamespace, open_as: Open
) -> None:
    page = open_as(users.make_session("wren@example.org"), plaza.url)
    titles = [f"Mug number {number}" for number in (3, 2, 1)]
    for title in reversed(titles):
        page.goto(f"{plaza.url}/shops/clay-and-co/{title.lower().replace(' ', '-')}")
        press_favourite_button(page, title)
    page.goto(f"{plaza.url}/favourites")
    hearts = [favourite_button(page, title) for title in titles]
    for heart, left, focused in (
        (hearts[1], "2 favourites", hearts[2]),
        (hearts[2], "1 favourite", hearts[0]),
        (hearts[0], "0 favourites", page.get_by_role("heading", level=1)),
    ):
        heart.focus()
        page.keyboard.press("Space")
        expect(page.get_by_text(left, exact=True)).to_be_visible()
        expect(focused).to_be_focused()


def test_a_heart_that_is_pressed_during_an_outage_stays_with_its_listing(plaza: SimpleNamespace, open_as: Open) -> None:
    token = users.make_session("willa@example.org")
    page = open_as(
        token, f"{plaza.url}/search?q=mug&sort=price_up", width=1440, allowed_messages="WebSocket connection to"
    )
    links = page.get_by_role("main").get_by_role("link", name="Mug number")
    first = links.first.inner_text()
    plaza.webs[0].kill()
    expect(page.get_by_text("Reconnecting…")).to_be_visible()
    favourite_button(page, first).click()
    page.get_by_role("navigation", name="Sort").get_by_role("link", name="Highest price").click()
    plaza.webs[0].start()
    plaza.await_ready(plaza.url)
    expect(links.first).not_to_have_text(first)
    expect_liked(page, links.first.inner_text(), False)
    page.get_by_role("navigation", name="Sort").get_by_role("link", name="Lowest price").click()
    expect(links.first).to_have_text(first)
    pressed = page.get_by_role("main").get_by_role("button", name="Like Mug number", pressed=True)
    shown = {title.removeprefix("Like ") for title in pressed.evaluate_all("all => all.map((each) => each.ariaLabel)")}
    stored = {
        str(row[0])
        for row in rows(
            "SELECT title FROM favourite JOIN user_account ON id = user_id WHERE email = 'willa@example.org'"
        )
    }
    assert shown == stored


def test_a_favourite_button_works_by_keyboard_and_is_large_enough_to_touch(
    plaza: SimpleNamespace, open_as: Open
) -> None:
    page = open_as(users.make_session("yara@example.org"), f"{plaza.url}/search?q=mug")
    link = page.get_by_role("main").get_by_role("link", name="Mug number").first
    title = link.inner_text()
    link.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")  # past the shop's link
    expect(favourite_button(page, title)).to_be_focused()
    press_favourite_button(page, title, by=lambda: page.keyboard.press("Space"))
    expect_liked(page, title)
    expect(favourite_button(page, title)).to_be_focused()
    box = favourite_button(page, title).bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (44, 44)
    press_favourite_button(page, title, by=lambda: page.keyboard.press("Enter"))
    expect_liked(page, title, False)
    page.goto(f"{plaza.url}/favourites")
    expect(page.get_by_text("Nothing here yet")).to_be_visible()


def test_a_refused_press_is_undone_with_a_message(plaza: SimpleNamespace, open_as: Open) -> None:
    page = open_as(users.make_session("zoe@example.org"), f"{plaza.url}/shops/clay-and-co/mug-number-11")
    with db.writing() as session:  # without an invalidation, as if it were lost
        shop = shops.find_by_slug(session, slug="clay-and-co")
        assert shop is not None
        catalog_service.remove_many(session, shop=shop, keys=["mug-11"])
        session.info.clear()
    favourite_button(page, "Mug number 11").click()
    expect(page.get_by_role("alert").get_by_text("no longer for sale")).to_be_visible()
    expect_liked(page, "Mug number 11", False)


@pytest.mark.parametrize("path", ["/", "/search?q=mug", "/shops/clay-and-co", SHIRT_URL])
def test_favourite_buttons_add_no_event_and_no_query_to_a_page_view(
    plaza: SimpleNamespace, open_as: Open, open_page: Open, path: str
) -> None:
    token = users.make_session(f"{uuid4().hex}@example.org")
    page = open_as(token, f"{plaza.url}/search?q=linen+shirt")
    press_favourite_button(page, SHIRT)
    expect_liked(page, SHIRT)
    expect(page.get_by_text("1 listing", exact=True)).to_be_visible()

    def view() -> None:
        page.goto(plaza.url + path)
        page.wait_for_selector("main[data-ready]")

    view()
    for _ in range(600):
        if not rows("SELECT 1 FROM favourite_change"):  # the press has been counted
            break
        page.wait_for_timeout(100)
    expect_cost(plaza.url, view, {**CONNECTING, PATHS[path]: 1})


@pytest.mark.parametrize("listing_id", ["", "x", "' OR 1=1 --", "\x00", None, 7, ["a"], {"a": "b"}, UNKNOWN_ID])
def test_an_invalid_listing_id_adds_no_favourite(plaza: SimpleNamespace, listing_id: object) -> None:
    cookie = f"{users.COOKIE}={users.make_session(f'{uuid4().hex}@example.org')}"
    with socket_client.open_socket(plaza.url, str(uuid4()), cookie=cookie) as client:
        client.hydrate("/search?q=mug")
        client.send(f"{FAVOURITE_BUTTONS}.toggle", {"listing_id": listing_id, "is_liked": True}, path="/search?q=mug")
        assert "nolongerforsale" in client.settle()
        for handler in ("_set_liked", "set_liked", "setvar", "_read", "_set_page"):
            client.send(f"{FAVOURITE_BUTTONS}.{handler}", {"liked": [str(listing_id)]}, path="/")
            client.send(f"{FAVOURITES}.{handler}", {"user": "somebody"}, path="/favourites")
        assert f'"liked_rx_state_":["{listing_id}"]' not in client.settle()


def test_favourite_events_need_a_session_and_stored_states_contain_no_favourites(
    plaza: SimpleNamespace, open_as: Open
) -> None:
    with db.reading() as session:
        shirt = catalog.listing_by_slug(session, shop="clay-and-co", listing="ocean-linen-shirt")
    with socket_client.open_socket(plaza.url, str(uuid4())) as nobody:
        nobody.hydrate("/search?q=mug")
        nobody.send(
            f"{FAVOURITE_BUTTONS}.toggle", {"listing_id": str(shirt.id), "is_liked": True}, path="/search?q=mug"
        )
        nobody.await_text("/sign-in?next=/search")
        nobody.send(f"{FAVOURITES}.show_more", {}, path="/favourites")
        nobody.await_text("/sign-in?next=/favourites")
    page = open_as(users.make_session("amy@example.org"), f"{plaza.url}/search?q=linen+written")
    page.goto(f"{plaza.url}/search?q=linen+shirt")
    press_favourite_button(page, SHIRT)
    expect_liked(page, SHIRT)
    users.await_stored_state(page, "linen+shirt")
    assert not re.search("favourite_buttons_state|favourites_state", users.stored_states())
