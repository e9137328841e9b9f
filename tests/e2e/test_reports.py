"""A visitor reports a listing in a browser."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from platform_app.domain.reports import queries
from platform_app.infra import db
from tests.e2e import accessibility, users
from tests.e2e.test_accounts import REFUSED_MESSAGE

Open = Callable[..., Page]
SHOP = "clay-and-co"
SHIRT = f"/shops/{SHOP}/ocean-linen-shirt"


@pytest.fixture(autouse=True)
def no_rate_limits(plaza: SimpleNamespace) -> None:
    """Reset the rate limits."""
    users.reset_rate_limits()


def stored() -> list[tuple[str, str]]:
    with db.reading() as session:
        return [(each.reason.value, each.text) for each in queries.open_reports(session, limit=10)]


def test_a_visitor_reports_a_listing_once_and_returns_to_it(plaza: SimpleNamespace, open_page: Open) -> None:
    page, other = (open_page(plaza.url + SHIRT, allowed_messages=REFUSED_MESSAGE) for _ in range(2))
    report(page, details="A copy.")
    expect(page.get_by_text("Thank you. The people who run this marketplace have your report.")).to_be_visible()
    assert accessibility.violations(page) == []
    page.get_by_role("link", name="Back to the listing").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ocean linen shirt")
    report(other, details="Again.")
    expect(other.get_by_text("We already have your report of this listing.")).to_be_visible()
    assert stored() == [("other", "A copy.")]


def report(page: Page, *, details: str) -> None:
    """Report the listing of this page, after two mistakes."""
    page.get_by_role("main").get_by_role("link", name="Report this listing").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Report this listing")
    expect(page.get_by_role("main").get_by_role("link", name="Ocean linen shirt")).to_be_visible()
    page.get_by_role("button", name="Send report").click()
    expect(page.get_by_label("What is wrong?")).to_have_accessible_description("Choose a reason.")
    assert accessibility.violations(page) == []
    page.get_by_label("What is wrong?").select_option("Something else")
    page.get_by_role("button", name="Send report").click()
    expect(page.get_by_label("Details")).to_be_focused()
    page.get_by_label("Details").fill(details)
    page.get_by_role("button", name="Send report").click()
