"""A seller makes a section, fills it and pins a listing; a visitor sees both."""

import re
from collections.abc import Callable
from types import SimpleNamespace

from playwright.sync_api import Page, expect

from tests.e2e import accessibility, users

Open = Callable[..., Page]
STUDIO = "/sell/clay-and-co"


def test_a_seller_groups_and_pins_listings_and_a_visitor_finds_them(
    plaza: SimpleNamespace, open_page: Open, open_as: Open
) -> None:
    token = users.make_owner_session("sella@example.org")
    page = open_as(token, f"{plaza.url}{STUDIO}/sections", width=1440)
    page.get_by_label("New section").fill("Things to wear")
    page.get_by_role("button", name="Add section").click()
    expect(page.get_by_role("list", name="Sections").get_by_role("listitem")).to_contain_text("0 listings")
    page.get_by_text("Rename: Things to wear").click()
    page.get_by_role("textbox", name="Title", exact=True).fill("Clothes")
    page.get_by_role("button", name=re.compile("^Save.*Things to wear$")).click()
    expect(page.get_by_role("button", name=re.compile("^Delete.*Clothes$"))).to_be_visible()
    assert accessibility.violations(page) == []

    page.goto(f"{plaza.url}{STUDIO}/listings?q=linen")
    page.get_by_role("checkbox", name="Ocean linen shirt").check()
    page.get_by_text("Bulk actions").click()
    page.get_by_label("Section", exact=True).select_option("Clothes")
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_text("1 listing moved.")).to_be_visible()
    page.get_by_role("checkbox", name="Ocean linen shirt").check()
    page.get_by_role("button", name="Pin", exact=True).click()
    expect(page.get_by_text("Pinned to the top of your shop's page.")).to_be_visible()

    visitor = open_page(f"{plaza.urls[1]}/shops/clay-and-co")
    cards = visitor.get_by_role("main").get_by_role("article")
    expect(cards.first).to_contain_text("Ocean linen shirt")
    visitor.get_by_role("navigation", name="Sections").get_by_role("link", name="Clothes").click()
    expect(visitor).to_have_url(f"{plaza.urls[1]}/shops/clay-and-co?section=things-to-wear")
    expect(cards).to_have_count(1)
    assert accessibility.violations(visitor) == []
