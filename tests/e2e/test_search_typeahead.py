"""Suggestions below the search field, by keyboard, by touch, and without scripts."""

import re
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e import accessibility
from tests.e2e.test_cost import read_counts

Open = Callable[..., Page]


def type_in(page: Page, text: str) -> Locator:
    """Type into the visible search field."""
    field = page.get_by_role("combobox", name="Search Plaza")
    field.press_sequentially(text)
    return field


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("path", ["/", "/c/clothing"])
def test_suggestions_are_a_listbox_that_fits(plaza: SimpleNamespace, open_page: Open, path: str, width: int) -> None:
    page = open_page(plaza.url + path, width=width)
    field = type_in(page, "mu")
    options = page.get_by_role("listbox").get_by_role("option")
    expect(options).to_have_count(4)
    expect(options.first).to_have_text("mug")
    expect(field).to_have_attribute("aria-expanded", "true")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    field.press("ArrowDown")
    assert accessibility.violations(page) == []


def test_arrows_wrap_around_enter_opens_and_escape_closes(plaza: SimpleNamespace, open_page: Open) -> None:
    page = open_page(f"{plaza.url}/search?q=mug", width=1440)
    page.get_by_role("combobox", name="Search Plaza").fill("")
    field = type_in(page, "lin")
    options = page.get_by_role("listbox").get_by_role("option")
    expect(options).to_have_count(2)
    chosen = [None, "search-option-0", "search-option-1", None, "search-option-0"]
    seen = [field.get_attribute("aria-activedescendant")]
    for _ in chosen[1:]:
        field.press("ArrowDown")
        seen.append(field.get_attribute("aria-activedescendant"))
    assert seen == chosen
    expect(options.first).to_have_attribute("aria-selected", "true")
    field.press("Escape")
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(options).to_have_count(0)
    expect(field).to_have_value("lin")
    field.press("ArrowUp")
    field.press("Enter")
    expect(page).to_have_url(f"{plaza.url}/shops/clay-and-co/ocean-linen-shirt")
    expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(0)


def test_pressing_a_suggestion_opens_it(plaza: SimpleNamespace, open_page: Open) -> None:
    page = open_page(plaza.url)
    type_in(page, "clot")
    page.get_by_role("option", name="Clothing Category").click()
    expect(page).to_have_url(f"{plaza.url}/c/clothing")
    expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(0)
    expect(page.get_by_role("combobox", name="Search Plaza")).to_have_value("")


def test_the_typed_text_can_be_searched_and_leaving_the_field_closes_the_list(
    plaza: SimpleNamespace, open_page: Open
) -> None:
    page = open_page(f"{plaza.url}/c/clothing", width=1440)
    field = type_in(page, "oce")
    expect(page.get_by_role("listbox").get_by_role("option")).not_to_have_count(0)
    field.press("Tab")
    expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(0)
    field.press("Enter")
    expect(page).to_have_url(f"{plaza.url}/search?q=oce")
    expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(0)


def test_a_cached_prefix_costs_one_event_and_no_query(plaza: SimpleNamespace, open_page: Open) -> None:
    for visit in range(2):
        page = open_page(f"{plaza.url}/c/clothing")
        before = read_counts(plaza.url)
        page.get_by_role("combobox", name="Search Plaza").fill("oc")  # at once, so that every run sends one event
        expect(page.get_by_role("listbox").get_by_role("option")).not_to_have_count(0)
        if visit:
            assert dict(read_counts(plaza.url) - before) == {"TypeaheadState.suggest": 1}


def test_without_scripts_the_field_is_a_plain_form(plaza: SimpleNamespace, open_page: Open) -> None:
    page = open_page(f"{plaza.url}/c/clothing", javascript=False)
    page.get_by_role("searchbox").fill("linen")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/search\?q=linen$"))
    expect(page.get_by_role("link", name="Ocean linen shirt")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1440])
def test_a_search_without_results_shows_alternatives(plaza: SimpleNamespace, open_page: Open, width: int) -> None:
    page = open_page(f"{plaza.url}/search?q=linnenns+qqzzqq", width=width)
    page.get_by_role("link", name="“linen”").click()
    expect(page.get_by_role("link", name="Ocean linen shirt")).to_be_visible()
    page = open_page(f"{plaza.url}/c/clothing?q=shirt&max=1", width=width)
    expect(page.get_by_role("list", name="Related categories").get_by_role("link")).to_have_text(["Tops & shirts"])
    assert accessibility.violations(page) == []
    page.get_by_role("link", name="Without filters: 1 listing").click()
    expect(page).to_have_url(f"{plaza.url}/c/clothing?q=shirt")
    expect(page.get_by_role("link", name="Ocean linen shirt")).to_be_visible()
