"""A seller edits listings, on a phone and by keyboard."""

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Literal
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from platform_app.domain.accounts import queries as accounts
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shops.rules import Permission
from platform_app.domain.shops.service import invitations
from platform_app.infra import db
from tests.e2e import accessibility, users
from tests.factories import make_listing, make_shop
from tests.media import sample_files

Open = Callable[..., Page]
REFUSED_MESSAGE = "the server responded with a status of"


@pytest.fixture(scope="module")
def seller(plaza: SimpleNamespace) -> str:
    """The session token of the shop's owner."""
    return users.make_owner_session("ada@example.org")


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    """Three photos as a phone takes them."""
    paths = [tmp_path / f"photo-{n}.jpg" for n in range(3)]
    for n, path in enumerate(paths):
        path.write_bytes(sample_files.photo(1200, 900, seed=n * 90))
    return paths


@pytest.fixture
def open_as(plaza: SimpleNamespace, open_page: Open, seller: str) -> Open:
    """Opens a page of the shop's studio."""

    users.reset_rate_limits()

    def opened(path: str, **options: object) -> Page:
        return open_page(f"{plaza.url}/sell/clay-and-co{path}", token=seller, **options)

    return opened


def test_a_listing_with_pictures_and_variants_is_added_on_a_phone_and_found(
    plaza: SimpleNamespace, open_as: Open, photos: list[Path]
) -> None:
    page = open_as("/listings")
    page.get_by_role("button", name="Add a listing").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("New listing")
    page.get_by_label("Title").fill("Walnut serving board")
    page.get_by_label("Description").fill("Oiled walnut, cut from one piece.")
    page.locator("#pictures-choose").set_input_files(photos)
    expect(page.get_by_role("list", name="Pictures in order").locator("img")).to_have_count(3)
    page.get_by_label("Alt text for picture 1").fill("The board from above")
    page.get_by_role("button", name="Move up picture 3").click()
    add_option(page, "Size", "Small", "Large")
    add_option(page, "Wood", "Walnut", "Cherry", "Oak")
    variants = page.get_by_role("list", name="Variants")
    expect(variants.locator("fieldset")).to_have_count(6)
    page.get_by_label("Value for all variants").fill("48.00")
    page.get_by_role("button", name="Apply to all").click()
    expect(variants.get_by_label("Price (USD)", exact=True).nth(5)).to_have_value("48.00")
    first = variants.get_by_role("group", name="Small / Walnut")
    first.get_by_label("Price (USD)", exact=True).fill("42.50")
    first.get_by_label("Stock", exact=True).fill("4")
    page.get_by_label("Category").select_option("home-living")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("This listing is for sale.")).to_be_visible()
    for _ in range(100):  # a job updates the index
        page.goto(f"{plaza.url}/search?q=walnut+board")
        page.wait_for_selector("main[data-ready]")
        if page.get_by_role("link", name=re.compile("Walnut serving board")).count():
            break
    page.get_by_role("link", name=re.compile("Walnut serving board")).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Walnut serving board")
    expect(page.get_by_role("main")).to_contain_text("$42.50")


def test_the_second_tab_sees_the_conflict_and_saves_its_text_as_a_copy(open_as: Open) -> None:
    first = open_as("/listings?q=number+3", width=1440)
    first.get_by_role("link", name="Mug number 3", exact=True).click()
    expect(first.get_by_label("Title")).to_have_value("Mug number 3")
    second = first.context.new_page()
    second.goto(first.url)
    expect(second.get_by_label("Title")).to_have_value("Mug number 3")
    first.get_by_label("Title").fill("Mug number three")
    expect(first.get_by_text("Draft saved")).to_be_visible()
    expect(second.get_by_text("This listing was changed in another tab.")).to_be_visible()
    second.get_by_label("Title").fill("Mug by the second")
    second.get_by_role("button", name="Keep mine as a copy").click()
    expect(second.get_by_label("Title")).to_have_value("Mug by the second (copy)")
    second.wait_for_timeout(1500)  # the text typed in the other listing is still being sent, and belongs there
    second.reload()
    expect(second.get_by_label("Title")).to_have_value("Mug by the second (copy)")
    first.reload()
    expect(first.get_by_label("Title")).to_have_value("Mug number three")


def test_a_listing_is_written_reordered_and_published_by_keyboard(open_as: Open, photos: list[Path]) -> None:
    page = open_as("/listings", width=1440)
    press_enter(page, page.get_by_role("button", name="Add a listing"))
    expect(page.get_by_role("heading", level=1)).to_have_text("New listing")
    page.get_by_label("Title").focus()
    page.keyboard.type("Keyboard stand")
    page.locator("#pictures-choose").set_input_files(photos[:2])
    pictures = page.get_by_role("list", name="Pictures in order")
    expect(pictures.locator("img")).to_have_count(2)
    before = [each.get_attribute("src") for each in pictures.locator("img").all()]
    press_enter(page, page.get_by_role("button", name="Move down picture 1"))
    expect(pictures.locator("img").first).to_have_attribute("src", str(before[1]))
    press_enter(page, page.get_by_role("button", name="Publish"))
    price = page.get_by_role("textbox", name="Price (USD)", exact=True)
    expect(price).to_have_accessible_description("Enter a price such as 12.50.")
    heading = page.get_by_role("heading", name="1 field needs a change before this can be saved.")
    expect(heading).to_be_focused()
    expect(page.get_by_role("alert").filter(has_text="1 field needs a change")).to_be_visible()
    assert_accessible(page)
    press_enter(page, page.get_by_role("link", name="Price", exact=True))
    expect(price).to_be_focused()
    page.keyboard.type("12.505")
    expect(price).to_have_accessible_description("Amounts in USD have at most 2 decimals.")
    page.keyboard.press("Backspace")
    expect(heading).to_have_count(0)
    press_enter(page, page.get_by_role("button", name="Publish"))
    expect(page.get_by_text("This listing is for sale.")).to_be_visible()


def test_keyboard_focus_stays_on_a_picture_that_becomes_ready_or_moves(
    plaza: SimpleNamespace, open_as: Open, photos: list[Path]
) -> None:
    page = open_as("/listings", width=1440)
    page.get_by_role("button", name="Add a listing").click()
    page.get_by_label("Title").fill("Kept focus")
    with plaza.worker.paused():
        page.locator("#pictures-choose").set_input_files(photos[:2])
        expect(page.get_by_text("Processing…")).to_have_count(2)
        page.get_by_role("button", name="Move down picture 1").focus()
    expect(page.get_by_role("list", name="Pictures in order").locator("img")).to_have_count(2)
    expect(page.get_by_role("button", name="Move down picture 1")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Move down picture 2")).to_be_focused()
    expect(page.get_by_text("Draft saved")).to_be_visible()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Move up picture 1")).to_be_focused()


def test_a_picture_is_reordered_by_dragging_and_the_change_is_discarded(open_as: Open) -> None:
    page = open_as("/listings?q=linen", width=1440)
    page.get_by_role("link", name="Ocean linen shirt", exact=True).click()
    items = page.get_by_role("list", name="Pictures in order").get_by_role("listitem")
    expect(items).to_have_count(2)
    items.nth(1).locator("img").drag_to(items.nth(0))
    expect(page.get_by_label("Alt text for picture 1")).to_have_value("In ink")
    expect(page.get_by_text("Draft saved")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Alt text for picture 1")).to_have_value("In ink")
    page.get_by_text("Discard changes").click()
    page.get_by_role("button", name="Yes, discard them").click()
    expect(page.get_by_label("Alt text for picture 1")).to_have_value("In oat")


def test_an_invalid_picture_is_reported_and_blocks_publishing(open_as: Open, tmp_path: Path) -> None:
    page = open_as("/listings", allowed_messages=REFUSED_MESSAGE)
    page.get_by_role("button", name="Add a listing").click()
    page.get_by_label("Title").fill("Broken picture")
    drawing, torn = tmp_path / "drawing.svg", tmp_path / "torn.jpg"
    drawing.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    torn.write_bytes(sample_files.photo(400, 300)[:900])
    page.locator("#pictures-choose").set_input_files([drawing, torn])
    expect(
        page.get_by_text("This file is an SVG drawing. Choose a JPEG, PNG, WebP, AVIF or GIF picture.")
    ).to_be_visible()
    pictures = page.get_by_role("list", name="Pictures in order")
    expect(pictures.get_by_text(re.compile("^This picture "))).to_be_visible()
    page.get_by_label("Price (USD)", exact=True).fill("5")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Remove the pictures that couldn't be used.").first).to_be_visible()
    page.get_by_role("button", name="Remove picture 1").click()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("This listing is for sale.")).to_be_visible()


def test_a_missing_listing_and_one_of_another_shop_look_the_same(open_as: Open) -> None:
    with db.writing() as session:
        other = make_listing(session, shop=make_shop(session, slug="other-makers"), indexed=False)
    page = open_as("/listings")
    texts = set()
    for one in (str(uuid4()), "no-id", str(other.id)):
        page.goto(page.url.partition("/listings")[0] + f"/listings/{one}")
        expect(page.get_by_role("heading", level=1)).to_have_text("We can't find this listing")
        expect(page.get_by_label("Title")).to_have_count(0)
        texts.add(page.get_by_role("main").inner_text())
    assert len(texts) == 1
    assert_accessible(page)
    page.get_by_role("link", name="All listings").click()
    page.get_by_role("link", name="Ocean linen shirt", exact=True).click()
    expect(page.get_by_label("Title")).to_have_value("Ocean linen shirt")


def test_a_variant_gets_its_picture_barcode_and_weight_and_comes_back_with_its_own_stock(
    plaza: SimpleNamespace, open_as: Open
) -> None:
    page = open_as("/listings?q=linen", width=1440)
    page.get_by_role("link", name="Ocean linen shirt", exact=True).click()
    variants = page.get_by_role("list", name="Variants")
    first = (
        variants.get_by_role("group").filter(has=page.get_by_text("Oat", exact=True)).first
    )  # moves when it is saved
    first.get_by_text("Barcode, weight, unit price and picture").click()
    first.get_by_label("Picture").select_option(index=2)
    first.get_by_label("Barcode").fill("4006381333932")
    first.get_by_label("Weight").fill("0,25 kg")
    stock = first.get_by_label("Stock", exact=True).input_value()
    first.get_by_label("Available").click()
    expect(first.get_by_label("Available")).not_to_be_checked()
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_text("Your changes are saved.")).to_be_visible()
    expect(first.get_by_label("Available")).not_to_be_checked()
    expect(first.get_by_label("Stock", exact=True)).to_have_value(stock)
    first.get_by_label("Available").click()
    expect(first.get_by_label("Available")).to_be_checked()
    page.get_by_role("button", name="Save changes").click()
    first.get_by_text("Barcode, weight, unit price and picture").click()
    page.get_by_role("link", name=re.compile("^Barcode of ")).click()
    expect(first.get_by_label("Barcode")).to_be_focused()
    first.get_by_label("Barcode").fill("4006381333931")
    expect(page.get_by_role("link", name=re.compile("^Barcode of "))).to_have_count(0)
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_text("Your changes are saved.")).to_be_visible()
    page.reload()
    first.get_by_text("Barcode, weight, unit price and picture").click()
    expect(first.get_by_label("Barcode")).to_have_value("4006381333931")
    expect(first.get_by_label("Weight")).to_have_value("0.25 kg")
    expect(first.get_by_label("Picture").locator("option:checked")).to_have_text(re.compile("^Picture 2"))
    assert_accessible(page)


def test_a_draft_is_previewed_as_its_own_page_on_which_nobody_else_finds_it(
    plaza: SimpleNamespace, open_as: Open, open_page: Open, photos: list[Path]
) -> None:
    page = open_as("/listings")
    page.get_by_role("button", name="Add a listing").click()
    page.get_by_label("Title").fill("Preview stool")
    page.locator("#pictures-choose").set_input_files(photos[:2])
    add_option(page, "Size", "Small", "Large")
    page.get_by_role("list", name="Variants").get_by_label("Price (USD)", exact=True).first.fill("35.00")
    expect(page.get_by_text("Draft saved")).to_be_visible()
    editor = page.url
    page.get_by_role("link", name="Preview", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Preview stool")
    bar = page.get_by_role("region", name="Preview")
    expect(bar).to_contain_text("Buyers can't see this listing until you publish it.")
    expect(page.get_by_role("main")).to_contain_text("$35.00")
    expect(page.get_by_role("list", name="Pictures", exact=True).locator("img")).to_have_count(2)
    served = page.request.get(page.url)
    assert (served.headers["x-robots-tag"], served.headers["cache-control"]) == ("noindex", "no-store")
    assert "Preview stool" not in served.text()
    stranger = open_page(page.url, token=users.make_session("preview-stranger@example.org"))
    expect(stranger.get_by_role("heading", level=1)).to_have_text("We can't find this listing")
    bar.get_by_role("link", name="Back to the editor").click()
    expect(page).to_have_url(editor)
    expect(page.get_by_label("Title")).to_have_value("Preview stool")


def test_a_field_says_how_much_room_is_left_before_it_is_full(open_as: Open) -> None:
    page = open_as("/listings")
    page.get_by_role("button", name="Add a listing").click()
    page.get_by_label("Title").fill("x" * 200)
    expect(page.get_by_text("characters left")).to_have_count(0)
    page.get_by_label("Title").fill("x" * 240)
    expect(page.get_by_text("15 of 255 characters left")).to_be_visible()


def test_several_listings_are_archived_at_once(open_as: Open) -> None:
    page = open_as("/listings?q=number+2", width=1440)
    expect(page.locator("#bulk-actions")).not_to_be_focused()
    page.get_by_label("Select all on this page").check()
    page.get_by_text("Bulk actions").click()
    count = page.get_by_role("row").count() - 1
    page.get_by_role("button", name="Archive").click()
    expect(page.get_by_text(f"{count} listings archived.")).to_be_visible()
    page.get_by_role("link", name="Archived").click()
    expect(page.get_by_role("row")).to_have_count(count + 1)


def test_several_drafts_are_deleted_after_a_question_that_names_their_number(open_as: Open) -> None:
    page = open_as("/listings", width=1440)
    for number in (1, 2):
        page.get_by_role("button", name="Add a listing").click()
        page.get_by_label("Title").fill(f"Throwaway tray {number}")
        expect(page.get_by_text("Draft saved")).to_be_visible()
        page.get_by_role("navigation", name="Your shop").get_by_role("link", name="Listings").click()
    rows = page.get_by_role("row").filter(has_text="Throwaway tray")
    expect(rows).to_have_count(2)
    for number in (1, 2):
        page.get_by_label(f"Throwaway tray {number}").check()
    page.get_by_text("Bulk actions").click()
    page.get_by_role("button", name="Delete").click()
    question = page.get_by_role("region", name="Delete 2 listings for good?")
    expect(question.get_by_role("heading")).to_be_focused()
    expect(question.get_by_role("list", name="To be deleted").get_by_role("listitem")).to_have_text(
        ["Throwaway tray 1", "Throwaway tray 2"]
    )
    assert_accessible(page)
    question.get_by_role("button", name="Delete 2 listings").click()
    expect(page.get_by_text("2 listings deleted.")).to_be_visible()
    expect(rows).to_have_count(0)


def test_staff_with_the_stock_permission_can_update_stock_only(
    plaza: SimpleNamespace, open_page: Open, seller: str
) -> None:
    cookie = users.make_session("stu@example.org", name="Stu")
    with db.writing() as session:
        ada, stu = (accounts.user_by_email(session, email=f"{name}@example.org") for name in ("ada", "stu"))
        invitation = invitations.invite(
            session, user_id=ada.id, shop="clay-and-co", email="stu@example.org", permissions=(Permission.STOCK,),
            now=utc_now(),
        )  # fmt: skip
        invitations.accept(session, user_id=stu.id, invitation_id=invitation.id, now=utc_now())
    page = open_page(f"{plaza.url}/sell/clay-and-co", token=cookie, width=1440)
    page.get_by_role("link", name="Listings", exact=True).click()
    page.get_by_placeholder("Title, ID or SKU").fill("linen")
    page.keyboard.press("Enter")
    row = page.get_by_role("row").filter(has_text="Ocean linen shirt")
    expect(page.get_by_role("row")).to_have_count(2)
    expect(row.get_by_role("link")).to_have_count(0)
    expect(page.get_by_role("button", name="Add a listing")).to_have_count(0)
    row.get_by_role("checkbox").check()
    page.get_by_text("Bulk actions").click()
    within = page.locator("details").filter(has_text="Bulk actions")
    expect(within.get_by_role("button")).to_have_text(["Preview stock", "Sell without a limit"])
    page.get_by_role("button", name="Preview stock").click()
    expect(
        page.get_by_text("Enter how many of each variant you have, such as 25. Nothing was changed.")
    ).to_be_visible()
    page.get_by_label("Stock of each variant").fill("7")
    before = row.inner_text()
    page.get_by_role("button", name="Preview stock").click()
    expect(page.get_by_role("heading", name="Set the stock of 1 listing to 7 for each variant?")).to_be_focused()
    assert_accessible(page)
    page.get_by_role("button", name="Change 1 listing").click()
    expect(page.get_by_text("1 listing updated.")).to_be_visible()
    expect(row).to_contain_text("14")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone for 1 listing.")).to_be_visible()
    assert row.inner_text() == before
    page.goto(f"{plaza.url}/sell/clay-and-co/listings/{uuid4()}")
    expect(page.get_by_role("heading", level=1)).to_have_text("You don't have access to this page")


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_editing_pages_are_accessible(open_as: Open, width: int, scheme: Literal["light", "dark"]) -> None:
    page = open_as("/listings", width=width)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    assert_accessible(page)
    page.get_by_role("link", name="Ocean linen shirt", exact=True).click()
    expect(page.get_by_label("Title")).to_have_value("Ocean linen shirt")
    assert_accessible(page)
    page.get_by_role("link", name="Preview", exact=True).click()
    expect(page.get_by_role("region", name="Preview")).to_be_visible()
    assert accessibility.violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def assert_accessible(page: Page) -> None:
    page.wait_for_timeout(300)
    assert accessibility.violations(page) == []
    assert users.small_targets(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def add_option(page: Page, name: str, *values: str) -> None:
    page.get_by_label("Add an option").fill(name)
    page.keyboard.press("Enter")
    for value in values:
        page.get_by_label(f"Add a value to {name}").fill(value)
        page.keyboard.press("Enter")
        expect(page.get_by_label(f"{name}: {value}")).to_be_visible()


def press_enter(page: Page, button: object) -> None:
    button.focus()  # type: ignore[attr-defined]
    page.keyboard.press("Enter")


def test_a_readable_web_address_is_asked_for_and_a_former_one_leads_to_the_listing(
    plaza: SimpleNamespace, open_as: Open
) -> None:
    page = open_as("/listings", allowed_messages=REFUSED_MESSAGE)
    page.get_by_role("button", name="Add a listing").click()
    field, title = page.get_by_label("Web address"), page.get_by_label("Title")
    title.fill("Cobalt vase")
    expect(field).to_have_value("cobalt-vase")
    title.fill("青い花瓶")
    expect(field).to_have_value("")
    page.get_by_label("Price (USD)", exact=True).fill("35.00")
    page.get_by_role("button", name="Publish").click()
    problems = page.get_by_role("region", name="1 field needs a change before this can be saved.")
    problems.get_by_role("link", name="Web address").click()
    expect(field).to_be_focused()
    expect(page.locator("#listing-slug-error")).to_contain_text("such as blue-vase.")
    field.press_sequentially("Kobalt Vase")
    page.get_by_role("button", name="Publish").click()
    expect(page.locator("#listing-slug-error")).to_contain_text("such as kobalt-vase.")
    assert accessibility.violations(page) == []
    field.fill("kobalt-vase")
    expect(page.locator("#listing-slug-error")).to_be_hidden()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("This listing is for sale.")).to_be_visible()
    expect(field).to_have_value("kobalt-vase")
    field.fill("blue-vase")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_text("Your changes are saved.")).to_be_visible()
    expect(page.get_by_role("link", name="View in your shop")).to_have_attribute("href", "/shops/clay-and-co/blue-vase")
    page.goto(f"{plaza.url}/shops/clay-and-co/kobalt-vase")
    expect(page).to_have_url(f"{plaza.url}/shops/clay-and-co/blue-vase")
    expect(page.get_by_role("heading", level=1)).to_have_text("青い花瓶")
