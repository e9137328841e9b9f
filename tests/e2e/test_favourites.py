"""Favourites, as people, keyboards and a second browser meet them."""

import re
from collections.abc import Callable
from types import SimpleNamespace
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog import service as catalog_service
from platform_app.domain.catalog.schemas import ListingDraft
from platform_app.domain.shops import queries as shops
from platform_app.domain.stock.rules import Reason
from platform_app.infra import db
from tests.e2e import people, wire
from tests.e2e.test_cost import CONNECTING, PATHS, expect_cost
from tests.factories import NO_ID, NOW
from tests.favourites.running import rows

Open = Callable[..., Page]
SHIRT = "Ocean linen shirt"
AT = "/shops/clay-and-co/ocean-linen-shirt"
HEARTS = "state___favourites____hearts_state"
PAGE = "state___favourites____favourites_state"


@pytest.fixture(autouse=True)
def first_tries(plaza: SimpleNamespace) -> None:
    """Nobody has tried too often."""
    people.forget_tries()


def heart(page: Page, title: str) -> Locator:
    return page.get_by_role("button", name=f"Like {title}", exact=True)


def press(page: Page, title: str, *, by: Callable[[], None] | None = None) -> None:
    """Press a heart and wait until that is in the database: it looks pressed before, and a page that is left forgets it."""
    before = liked()
    (by or heart(page, title).click)()
    for _ in range(3000):
        if liked() != before:
            return
        page.wait_for_timeout(20)
    raise AssertionError(f"pressing the heart of {title} changed nothing")


def liked() -> list[tuple[object, ...]]:
    return sorted(rows("SELECT user_id, listing_id FROM favourite"), key=str)


def expect_liked(page: Page, title: str, is_liked: bool = True) -> None:
    expect(heart(page, title)).to_have_attribute("aria-pressed", str(is_liked).lower())


def change(key: str, make: Callable[[ListingDraft], ListingDraft] | None) -> None:
    """What the seller does: change a listing, or delete it."""
    with db.writing() as session:
        shop = shops.find(session, slug="clay-and-co")
        assert shop is not None
        if make is None:
            catalog_service.remove_many(session, shop=shop, keys=[key])
            return
        draft = catalog.as_draft(catalog.by_keys(session, shop_id=shop.id, keys=[key])[key])
        catalog_service.save_many(session, shop=shop, drafts=[make(draft)], reason=Reason.EDIT, now=NOW)


def priced(amount: int) -> Callable[[ListingDraft], ListingDraft]:
    def make(draft: ListingDraft) -> ListingDraft:
        variants = tuple(each.model_copy(update={"price": amount}) for each in draft.variants)
        return draft.model_copy(update={"variants": variants})

    return make


def test_a_visitor_signs_in_first_and_comes_back_to_what_they_like(plaza: SimpleNamespace, open_page: Open) -> None:
    people.make("uma@example.org")
    page = open_page(f"{plaza.url}/search?q=linen+shirt")
    heart(page, SHIRT).click()
    expect(page).to_have_url(f"{plaza.url}/sign-in?next=/search%3Fq%3Dlinen%2Bshirt")
    people.sign_in(page, "uma@example.org")
    expect(page).to_have_url(f"{plaza.url}/search?q=linen+shirt")
    expect_liked(page, SHIRT, False)
    press(page, SHIRT)
    expect_liked(page, SHIRT)
    page.get_by_role("link", name="Favourites").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Favourites")
    expect(page.get_by_text("1 favourite", exact=True)).to_be_visible()
    expect(page.get_by_role("main").get_by_role("link", name=SHIRT)).to_be_visible()


def test_two_people_and_two_browsers_of_one_of_them_see_each_press_at_once(
    plaza: SimpleNamespace, open_page: Open, open_as: Open
) -> None:
    title, at = "Mug number 3", "/shops/clay-and-co/mug-number-3"
    token = people.make("vera@example.org")
    here = open_as(token, f"{plaza.urls[0]}{at}")
    there = open_as(token, f"{plaza.urls[1]}/search?q=mug+3")
    other = open_as(people.make("will@example.org"), f"{plaza.urls[1]}{at}")
    press(here, title)
    for page, is_liked in ((here, True), (there, True), (other, False)):
        expect_liked(page, title, is_liked)
    for page in (here, other):
        expect(page.get_by_text("1 person likes this")).to_be_visible()
    press(other, title)
    expect(here.get_by_text("2 people like this")).to_be_visible()
    press(there, title)
    expect_liked(here, title, False)
    expect_liked(other, title)
    expect(here.get_by_text("1 person likes this")).to_be_visible()


def test_a_lower_price_is_mailed_shown_and_what_is_deleted_is_said_to_be_gone(
    plaza: SimpleNamespace, open_as: Open
) -> None:
    page = open_as(people.make("xena@example.org"), plaza.url, width=1440)
    for number in (5, 7):
        page.goto(f"{plaza.url}/shops/clay-and-co/mug-number-{number}")
        press(page, f"Mug number {number}")
        expect_liked(page, f"Mug number {number}")
    page.goto(f"{plaza.url}/favourites")
    expect(page.get_by_text("2 favourites", exact=True)).to_be_visible()
    change("mug-5", priced(605))
    change("mug-7", None)
    expect(page.get_by_text("$4.00 less than when you liked it")).to_be_visible()
    expect(page.get_by_text("No longer for sale")).to_be_visible()
    assert [one["id"] for one in Axe().run(page).response["violations"]] == []
    page.get_by_role("button", name=re.compile("Remove.*Mug number 7")).click()
    expect(page.get_by_text("1 favourite", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_be_focused()

    page.goto(f"{plaza.url}/dev/mail")
    people.look_for_letter(page, to="xena@example.org").get_by_role("link", name="Switch these mails off").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Profile")
    choice = page.get_by_label("Tell me when something I like gets cheaper")
    expect(choice).to_be_checked()
    choice.uncheck()
    page.get_by_role("button", name="Update").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.reload()
    expect(choice).not_to_be_checked()


def test_a_heart_is_pressed_by_keyboard_and_is_as_large_as_a_finger(plaza: SimpleNamespace, open_as: Open) -> None:
    page = open_as(people.make("yara@example.org"), f"{plaza.url}/search?q=mug")
    link = page.get_by_role("main").get_by_role("link", name="Mug number").first
    title = link.inner_text()
    link.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")  # past the shop's link
    expect(heart(page, title)).to_be_focused()
    press(page, title, by=lambda: page.keyboard.press("Space"))
    expect_liked(page, title)
    expect(heart(page, title)).to_be_focused()
    box = heart(page, title).bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (44, 44)
    press(page, title, by=lambda: page.keyboard.press("Enter"))
    expect_liked(page, title, False)
    page.goto(f"{plaza.url}/favourites")
    expect(page.get_by_text("Nothing here yet")).to_be_visible()


def test_a_press_that_is_refused_is_taken_back_and_says_why(plaza: SimpleNamespace, open_as: Open) -> None:
    page = open_as(people.make("zoe@example.org"), f"{plaza.url}/shops/clay-and-co/mug-number-11")
    with db.writing() as session:  # without a word to anybody, as when a poke is lost
        shop = shops.find(session, slug="clay-and-co")
        assert shop is not None
        catalog_service.remove_many(session, shop=shop, keys=["mug-11"])
        session.info.clear()
    heart(page, "Mug number 11").click()
    expect(page.get_by_role("alert").get_by_text("no longer for sale")).to_be_visible()
    expect_liked(page, "Mug number 11", False)


@pytest.mark.parametrize("path", ["/", "/search?q=mug", "/shops/clay-and-co", AT])
def test_hearts_cost_a_page_view_no_event_and_no_query(
    plaza: SimpleNamespace, open_as: Open, open_page: Open, path: str
) -> None:
    token = people.make(f"{uuid4().hex}@example.org")
    page = open_as(token, f"{plaza.url}/search?q=linen+shirt")
    press(page, SHIRT)
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


@pytest.mark.parametrize("listing_id", ["", "x", "' OR 1=1 --", "\x00", None, 7, ["a"], {"a": "b"}, NO_ID])
def test_a_made_up_listing_is_liked_by_nobody(plaza: SimpleNamespace, listing_id: object) -> None:
    cookie = f"{people.COOKIE}={people.make(f'{uuid4().hex}@example.org')}"
    with wire.opened(plaza.url, str(uuid4()), cookie=cookie) as mine:
        mine.hydrate("/search?q=mug")
        mine.send(f"{HEARTS}.press", {"listing_id": listing_id, "is_liked": True}, path="/search?q=mug")
        assert "nolongerforsale" in mine.settle()
        for handler in ("_fill", "set_liked", "setvar", "_read", "_turn"):
            mine.send(f"{HEARTS}.{handler}", {"liked": [str(listing_id)]}, path="/")
            mine.send(f"{PAGE}.{handler}", {"user": "somebody"}, path="/favourites")
        assert f'"liked_rx_state_":["{listing_id}"]' not in mine.settle()


def test_events_of_favourites_are_nobodys_without_a_cookie_and_what_is_liked_is_in_no_written_state(
    plaza: SimpleNamespace, open_as: Open
) -> None:
    with db.reading() as session:
        shirt = catalog.listing_at(session, shop="clay-and-co", listing="ocean-linen-shirt")
    with wire.opened(plaza.url, str(uuid4())) as nobody:
        nobody.hydrate("/search?q=mug")
        nobody.send(f"{HEARTS}.press", {"listing_id": str(shirt.id), "is_liked": True}, path="/search?q=mug")
        assert "/sign-in?next=/search" in nobody.settle()
        nobody.send(f"{PAGE}.show_more", {}, path="/favourites")
        assert "/sign-in?next=/favourites" in nobody.settle()
    page = open_as(people.make("amy@example.org"), f"{plaza.url}/search?q=linen+written")
    page.goto(f"{plaza.url}/search?q=linen+shirt")
    press(page, SHIRT)
    expect_liked(page, SHIRT)
    people.await_kept(page, "linen+shirt")
    assert not re.search("hearts_state|favourites_state", people.kept_states())
