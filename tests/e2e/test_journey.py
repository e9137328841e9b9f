"""The whole journey on a phone: from sign-up to a listing that another user finds and likes."""

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e import users
from tests.e2e.test_editing import add_option
from tests.factories import PASSWORD
from tests.media import sample_files

Open = Callable[..., Page]
TITLE = "Walnut serving board"


@pytest.fixture(autouse=True)
def no_rate_limits(plaza: SimpleNamespace) -> None:
    """Reset the rate limits."""
    users.reset_rate_limits()


def test_a_new_seller_publishes_a_listing_that_another_user_finds_and_likes(
    plaza: SimpleNamespace, open_page: Open, tmp_path: Path
) -> None:
    seller = open_page(f"{plaza.url}/sign-up")
    sign_up(seller, plaza.url, name="Ada Lovell", email="ada@example.org")
    open_shop(seller, plaza.url)
    add_listing(seller, photos(tmp_path))

    buyer = open_page(f"{plaza.urls[1]}/sign-up")
    sign_up(buyer, plaza.urls[1], name="Bea Yorke", email="bea@example.org")
    found = find_listing(buyer, plaza.urls[1])
    button = buyer.get_by_role("button", name=f"Like {TITLE}", exact=True)
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    found.click()
    expect(buyer.get_by_role("heading", level=1)).to_have_text(TITLE)
    expect(buyer.get_by_role("main")).to_contain_text("$42.50")
    expect(buyer.get_by_role("main").locator("img").first).to_have_js_property("complete", True)
    buyer.goto(f"{plaza.urls[1]}/favourites")
    expect(buyer.get_by_role("link", name=re.compile(TITLE))).to_be_visible()


def sign_up(page: Page, url: str, *, name: str, email: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your mail")
    users.follow_link(page, url, to=email, label="Confirm this address")
    page.get_by_role("button", name="Confirm and continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Profile")


def open_shop(page: Page, url: str) -> None:
    page.goto(f"{url}/sell")
    page.get_by_role("main").get_by_role("link", name="Open a shop").click()
    page.get_by_label("Shop name").fill("Lovell Woodwork")
    expect(page.get_by_label("Web address")).to_have_value("lovell-woodwork")
    page.get_by_label("Country").select_option("US")
    expect(page.get_by_label("Currency")).to_have_value("USD")
    page.get_by_role("button", name="Open the shop").click()
    expect(page.get_by_text("Your shop is open.")).to_be_visible()


def add_listing(page: Page, pictures: list[Path]) -> None:
    page.get_by_role("link", name="Listings", exact=True).click()
    page.get_by_role("button", name="Add a listing").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("New listing")
    page.get_by_label("Title").fill(TITLE)
    page.get_by_label("Description").fill("Oiled walnut, cut from one piece.")
    page.locator("#pictures-choose").set_input_files(pictures)
    add_option(page, "Size", "Small", "Large")
    add_option(page, "Wood", "Walnut", "Cherry", "Oak")
    variants = page.get_by_role("list", name="Variants")
    expect(variants.locator("fieldset")).to_have_count(6)
    page.get_by_label("Value for all variants").fill("42.50")
    page.get_by_role("button", name="Apply to all").click()
    expect(variants.get_by_label("Price (USD)", exact=True).nth(5)).to_have_value("42.50")
    variants.get_by_label("Stock", exact=True).first.fill("4")
    page.get_by_label("Category").select_option("home-living")
    expect(page.get_by_role("list", name="Pictures in order").locator("img")).to_have_count(3)
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("This listing is for sale.")).to_be_visible()


def find_listing(page: Page, url: str) -> Locator:
    """The listing among the search results, once a job has indexed it."""
    link = page.get_by_role("link", name=re.compile(TITLE)).first
    for _ in range(100):
        page.goto(f"{url}/search?q=walnut+board")
        page.wait_for_selector("main[data-ready]")
        if link.count():
            return link
    raise AssertionError("it is not found")


def photos(folder: Path) -> list[Path]:
    paths = [folder / f"photo-{index}.jpg" for index in range(3)]
    for index, path in enumerate(paths):
        path.write_bytes(sample_files.photo(1200, 900, seed=index * 90))
    return paths
