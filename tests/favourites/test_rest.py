"""Favourites over REST."""

import pytest
from fastapi.testclient import TestClient

from tests.accounts.helpers import signed_in
from tests.factories import UNKNOWN_ID
from tests.favourites.helpers import create_mug, rows

ALL = "/api/v1/favourites"


def test_a_favourite_is_added_listed_exported_and_removed(browser: TestClient) -> None:
    signed_in(browser)
    mug = create_mug()
    for _ in range(2):
        added = browser.put(f"{ALL}/{mug.id}")
        assert (added.status_code, added.json()) == (200, [str(mug.id)])
    listed = browser.get(ALL)
    (found,) = listed.json()["items"]
    assert (found["listing_id"], found["price_then"]) == (str(mug.id), {"amount": 2000, "currency": "USD"})
    assert (found["card"]["title"], found["saving"]) == ("Stoneware mug", None)
    assert (listed.json()["next_cursor"], listed.headers["cache-control"]) == (None, "no-store")
    (exported,) = browser.get("/api/v1/account/export").json()["favourites"]
    assert (exported["listing_id"], exported["title"], exported["price_then"]) == (str(mug.id), "Stoneware mug", 2000)
    removed = browser.delete(f"{ALL}/{mug.id}")
    assert (removed.status_code, removed.json(), browser.get(ALL).json()["items"]) == (200, [], [])


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("PUT", f"{ALL}/{UNKNOWN_ID}", 404, "listing_not_found"),
        ("PUT", f"{ALL}/none", 422, "invalid"),
        ("DELETE", f"{ALL}/none", 422, "invalid"),
        ("GET", f"{ALL}?cursor=made-up", 422, "invalid_cursor"),
        ("GET", f"{ALL}?limit=0", 422, "invalid"),
    ],
)
def test_an_invalid_parameter_is_refused_by_name(
    browser: TestClient, method: str, path: str, status: int, code: str
) -> None:
    signed_in(browser)
    answer = browser.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert rows("SELECT * FROM favourite") == []


def test_favourites_need_a_session_and_a_page_of_our_own(browser: TestClient) -> None:
    mug = create_mug()
    for method, path in (
        ("PUT", f"{ALL}/{mug.id}"),
        ("DELETE", f"{ALL}/{mug.id}"),
        ("GET", ALL),
    ):
        answer = browser.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    signed_in(browser)
    foreign = browser.put(f"{ALL}/{mug.id}", headers={"Origin": "https://evil.example"})
    assert (foreign.status_code, foreign.json()["code"]) == (403, "foreign_origin")
    assert rows("SELECT * FROM favourite") == []


def test_a_user_sees_their_own_favourites_only(pair: tuple[TestClient, TestClient]) -> None:
    ada, bob = pair
    signed_in(ada)
    signed_in(bob, email="bob@example.com")
    mug = create_mug()
    ada.put(f"{ALL}/{mug.id}")
    assert bob.get(ALL).json()["items"] == []
    assert bob.delete(f"{ALL}/{mug.id}").json() == []
    assert [each["listing_id"] for each in ada.get(ALL).json()["items"]] == [str(mug.id)]
