"""Following over REST."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from platform_app.infra import db, limits
from tests.accounts.helpers import browsers, signed_in
from tests.factories import make_shop

ALL = "/api/v1/following"
CLAY = f"{ALL}/clay-and-co"


@pytest.fixture
def pair(clean: None) -> Iterator[tuple[TestClient, TestClient]]:
    """Two browsers, and a shop."""
    with db.writing() as session:
        make_shop(session)
    with browsers(2) as (one, other):
        yield one, other


@pytest.fixture
def browser(pair: tuple[TestClient, TestClient]) -> TestClient:
    """One of them."""
    return pair[0]


def stored() -> int:
    with db.reading() as session:
        return int(session.execute(text("SELECT count(*) FROM follow")).scalar_one())


def test_a_shop_is_followed_listed_exported_and_unfollowed(browser: TestClient) -> None:
    signed_in(browser)
    for _ in range(2):
        assert browser.put(CLAY).status_code == 204
    listed = browser.get(ALL)
    (found,) = listed.json()["items"]
    assert (found["slug"], found["name"], found["mark"]) == ("clay-and-co", "Clay & Co", None)
    assert (listed.json()["total"], listed.json()["next_cursor"]) == (1, None)
    assert listed.headers["cache-control"] == "no-store"
    exported = browser.get("/api/v1/account/export").json()["following"]
    assert [each["slug"] for each in exported] == ["clay-and-co"]
    for _ in range(2):
        assert browser.delete(CLAY).status_code == 204
    assert browser.get(ALL).json()["items"] == []


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("PUT", f"{ALL}/nowhere", 404, "shop_not_found"),
        ("DELETE", f"{ALL}/nowhere", 404, "shop_not_found"),
        ("PUT", f"{ALL}/%00", 404, "shop_not_found"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(
    browser: TestClient, method: str, path: str, status: int, code: str
) -> None:
    signed_in(browser)
    answer = browser.request(method, path)
    assert (answer.status_code, answer.json()["code"], stored()) == (status, code, 0)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ALL), ("PUT", CLAY), ("DELETE", CLAY)],
)
def test_a_visitor_signs_in_first(browser: TestClient, method: str, path: str) -> None:
    answer = browser.request(method, path)
    assert (answer.status_code, answer.json()["code"], stored()) == (401, "unauthenticated", 0)


def test_another_sites_page_follows_nothing(browser: TestClient) -> None:
    signed_in(browser)
    foreign = browser.put(CLAY, headers={"Origin": "https://evil.example"})
    assert (foreign.status_code, foreign.json()["code"], stored()) == (403, "foreign_origin", 0)


def test_what_one_user_follows_is_not_listed_nor_changed_by_another(pair: tuple[TestClient, TestClient]) -> None:
    ada, bob = pair
    signed_in(ada)
    signed_in(bob, email="bob@example.com")
    ada.put(CLAY)
    assert bob.get(ALL).json()["items"] == []
    assert bob.delete(CLAY).status_code == 204
    assert [each["slug"] for each in ada.get(ALL).json()["items"]] == ["clay-and-co"]


def test_writes_are_limited(browser: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    signed_in(browser)
    monkeypatch.setattr(limits, "hit", lambda *_: 7)
    answer = browser.put(CLAY)
    assert (answer.status_code, answer.headers["retry-after"], stored()) == (429, "7", 0)
