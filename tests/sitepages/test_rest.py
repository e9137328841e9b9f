"""Site pages over REST."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from platform_app.domain.sitepages import service
from platform_app.infra import db
from tests.accounts.helpers import browsers
from tests.conftest import assert_queries
from tests.factories import NOW

ALL = "/api/v1/sitepages"


@pytest.fixture
def browser(clean: None) -> Iterator[TestClient]:
    """A browser without a session."""
    with browsers() as (one,):
        yield one


def edit() -> None:
    with db.writing() as session:
        service.edit(session, slug="imprint", title="Who we are", text="Ada & Co\n\n<b>Porto</b>", version=0, now=NOW)


def test_the_pages_are_listed_in_the_order_of_the_footer(browser: TestClient) -> None:
    edit()
    listed = browser.get(ALL).json()
    assert ([each["slug"] for each in listed["items"]], listed["total"], listed["next_cursor"]) == (
        ["help", "contact", "terms", "privacy", "imprint"], 5, None,
    )  # fmt: skip
    assert listed["items"][0] == {"slug": "help", "title": "Help", "version": 0, "updated_at": None}
    assert listed["items"][-1] == {
        "slug": "imprint", "title": "Who we are", "version": 1, "updated_at": "2026-11-23T09:00:00Z",
    }  # fmt: skip


def test_a_page_is_read_as_safe_html_and_follows_an_edit(browser: TestClient) -> None:
    assert browser.get(f"{ALL}/imprint").json()["version"] == 0
    edit()
    assert browser.get(f"{ALL}/imprint").json() == {
        "slug": "imprint", "title": "Who we are", "version": 1, "updated_at": "2026-11-23T09:00:00Z",
        "url": "/pages/imprint", "html": "<p>Ada &amp; Co</p><p><b>Porto</b></p>",
    }  # fmt: skip


@pytest.mark.parametrize("slug", ["about", "%00", "x" * 60])
def test_an_unknown_page_is_not_found_without_a_query(browser: TestClient, slug: str) -> None:
    with assert_queries(db.engine(), 0):
        answer = browser.get(f"{ALL}/{slug}")
    assert (answer.status_code, answer.json()["code"]) == (404, "site_page_not_found")


def test_a_slug_has_a_maximum_length(browser: TestClient) -> None:
    assert browser.get(f"{ALL}/{'x' * 61}").status_code == 422
