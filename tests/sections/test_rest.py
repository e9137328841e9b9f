"""Sections and pinned listings over REST."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from platform_app.domain.shops.service import members
from platform_app.infra import db
from tests.accounts.helpers import browsers, signed_in
from tests.factories import NOW, UNKNOWN_ID, make_listing

BASE = "/api/v1/shops/clay-and-co"


@pytest.fixture
def browser(clean: None) -> Iterator[TestClient]:
    """The owner of a shop with a listing."""
    with db.writing() as session:
        make_listing(session, key="mug", title="Mug")
    with browsers(1) as (one,):
        signed_in(one)
        with db.writing() as session:
            members.make_owner(session, slug="clay-and-co", email="ada@example.com", now=NOW)
        yield one


def test_sections_are_added_changed_filled_and_read_by_everyone(browser: TestClient) -> None:
    listing = browser.get("/api/v1/listings").json()["items"][0]["id"]
    for title in ("Bowls", "Mugs"):
        added = browser.post(f"{BASE}/sections", json={"title": title})
        assert added.status_code == 201
    bowls, mugs = added.json()["sections"]
    version = added.json()["version"]
    moved = browser.patch(f"{BASE}/sections/{mugs['id']}", json={"version": version, "position": 0, "title": "Cups"})
    assert [each["title"] for each in moved.json()["sections"]] == ["Cups", "Bowls"]
    filled = browser.put(f"{BASE}/sections/{mugs['id']}/listings", json={"listing_ids": [listing]})
    assert filled.json() == {"listings": 1}
    assert browser.get(f"{BASE}/sections").json()["items"] == [{"slug": "mugs", "title": "Cups"}]
    found = browser.get("/api/v1/listings", params={"shop": "clay-and-co", "section": "mugs"}).json()
    assert [each["id"] for each in found["items"]] == [listing]
    assert browser.get("/api/v1/listings", params={"shop": "clay-and-co", "section": "bowls"}).json()["total"] == 0
    emptied = browser.post(f"{BASE}/sections/none/listings", json={"listing_ids": [listing]})
    assert (emptied.json(), browser.get(f"{BASE}/sections").json()["items"]) == ({"listings": 1}, [])
    version = browser.get(f"{BASE}/section_list").json()["version"]
    left = browser.delete(f"{BASE}/sections/{bowls['id']}", params={"version": version}).json()["sections"]
    assert [each["title"] for each in left] == ["Cups"]


def test_listings_are_pinned_in_order(browser: TestClient) -> None:
    listing = browser.get("/api/v1/listings").json()["items"][0]["id"]
    pinned = browser.put(f"{BASE}/pinned", json={"version": 0, "listing_ids": [listing, UNKNOWN_ID]})
    assert pinned.json()["pinned"] == [{"listing_id": listing, "title": "Mug"}]
    stale = browser.put(f"{BASE}/pinned", json={"version": 0, "listing_ids": []})
    assert (stale.status_code, stale.json()["code"]) == (409, "sections_changed")
    assert len(browser.get(f"{BASE}/section_list").json()["pinned"]) == 1


def test_what_makes_no_sense_is_refused_by_name(browser: TestClient) -> None:
    empty = browser.post(f"{BASE}/sections", json={"title": " "})
    assert (empty.status_code, empty.json()["code"]) == (422, "invalid_section")
    missing = browser.patch(f"{BASE}/sections/{UNKNOWN_ID}", json={"version": 0, "title": "Cups"})
    assert (missing.status_code, missing.json()["code"]) == (404, "section_not_found")
    too_many = browser.put(f"{BASE}/pinned", json={"version": 0, "listing_ids": [UNKNOWN_ID] * 9})
    assert too_many.status_code == 422
    assert browser.get(f"{BASE}/section_list").json() == {"version": 0, "sections": [], "pinned": []}
