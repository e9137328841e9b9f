"""Editing listings over REST."""

from typing import Any
from uuid import uuid4

from fastapi.testclient import TestClient

from platform_app.domain.editing.schemas.content import ListingContent
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.service import members
from platform_app.infra import db
from tests.accounts.helpers import signed_in
from tests.factories import NOW, make_shop
from tests.media import sample_files, upload_helpers

SHOP_URL = "/api/v1/shops/clay-and-co"
MUG = {"title": "Stoneware mug", "variants": [{"price": "20.00", "stock": "5"}]}


def sign_in_as_owner(browser: TestClient, *, slug: str = "clay-and-co", email: str = "ada@example.com") -> None:
    """Make the user of this browser an owner of the shop."""
    signed_in(browser, email=email)
    with db.writing() as session:
        make_shop(session, slug=slug)
        members.make_owner(session, slug=slug, email=email, now=NOW)


def save_draft(browser: TestClient, edit: dict[str, Any], **values: Any) -> dict[str, Any]:
    body = {"version": edit["version"], "base": edit["base"], "content": {**edit["content"], **values}}
    answer = browser.put(f"{SHOP_URL}/listings/{edit['listing_id']}", json=body)
    assert answer.status_code == 200, answer.json()
    found: dict[str, Any] = answer.json()
    return found


def upload_picture(browser: TestClient, body: bytes) -> str:
    """Upload a picture and run its job; returns the upload's id."""
    form = browser.post(f"{SHOP_URL}/uploads", json={"content_type": "image/jpeg", "size": len(body)}).json()
    posted = browser.post("/media/uploads", data=form["fields"], files={"file": ("a.jpg", body, "image/jpeg")})
    assert posted.status_code == 204
    done = browser.post(f"{SHOP_URL}/uploads/{form['id']}/complete")
    assert (done.status_code, done.json()["state"]) == (200, "received")
    upload_helpers.run_jobs()
    assert browser.get(f"{SHOP_URL}/uploads/{form['id']}").json()["state"] == "ready"
    return str(form["id"])


def test_a_seller_creates_and_publishes_a_listing_with_a_picture(pair: tuple[TestClient, TestClient]) -> None:
    browser, _ = pair
    sign_in_as_owner(browser)
    created = browser.post(f"{SHOP_URL}/listings")
    assert (created.status_code, created.json()["version"], created.json()["currency"]) == (201, 1, "USD")
    upload = upload_picture(browser, sample_files.photo(80, 60))
    edit = save_draft(browser, created.json(), **MUG, pictures=[{"upload_id": upload, "alt": "In grey"}])
    shown, placed = edit["pictures"][0], edit["content"]["pictures"][0]
    assert (shown["state"], shown["key"], placed["picture_id"]) == ("ready", upload, shown["picture_id"])
    at = f"{SHOP_URL}/listings/{edit['listing_id']}"
    done = browser.post(f"{at}/save", json={"version": edit["version"], "status": "published"})
    assert (done.status_code, done.json()["slug"], done.json()["is_pending"]) == (200, "stoneware-mug", False)
    shown = browser.get(f"/api/v1/listings/{edit['listing_id']}").json()
    assert (shown["title"], [each["alt"] for each in shown["pictures"]]) == ("Stoneware mug", ["In grey"])
    (row,) = browser.get(f"{SHOP_URL}/listings").json()["items"]
    assert (row["title"], row["status"], row["price"], row["stock"]) == (
        "Stoneware mug", "published", {"amount": 2000, "currency": "USD"}, 5,
    )  # fmt: skip
    cheaper = browser.post(
        f"{SHOP_URL}/listings/bulk", json={"action": "price", "listing_ids": [edit["listing_id"]], "percent": "-10"}
    )
    assert (cheaper.json()["changed"], cheaper.json()["refused"]) == (1, [])
    (price,) = browser.get(f"{at}/prices").json()["variants"]
    assert (price["price"]["amount"], price["lowest"]["amount"]) == (1800, 2000)
    change = {"action": "stock", "listing_ids": [edit["listing_id"]], "quantity": 8}
    preview = browser.post(f"{SHOP_URL}/listings/bulk/preview", json=change).json()
    assert [(each["before"], each["after"]) for each in preview["rows"]] == [([5], [8])]
    undone = browser.post(f"{SHOP_URL}/listings/bulk/{cheaper.json()['undo']['id']}/undo")
    assert undone.json() == {"changed": 1, "refused": [], "undo": None}
    (price,) = browser.get(f"{at}/prices").json()["variants"]
    assert price["price"]["amount"] == 2000
    nothing = browser.post(f"{SHOP_URL}/listings/bulk", json={**change, "quantity": None})
    assert (nothing.status_code, nothing.json()["fields"]) == (422, {"quantity": "Enter a quantity."})


def test_a_conflicting_edit_is_refused_and_the_first_one_stays(pair: tuple[TestClient, TestClient]) -> None:
    browser, _ = pair
    sign_in_as_owner(browser)
    edit = save_draft(browser, browser.post(f"{SHOP_URL}/listings").json(), **MUG)
    save_draft(browser, edit, title="By the first")
    at = f"{SHOP_URL}/listings/{edit['listing_id']}"
    body = {"version": edit["version"], "base": 0, "content": {**edit["content"], "title": "By the second"}}
    refused = browser.put(at, json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "edited_elsewhere")
    assert browser.get(at).json()["content"]["title"] == "By the first"


def test_invalid_values_are_reported_by_field(pair: tuple[TestClient, TestClient]) -> None:
    browser, _ = pair
    sign_in_as_owner(browser)
    edit = save_draft(browser, browser.post(f"{SHOP_URL}/listings").json(), variants=[{"price": "free"}])
    at = f"{SHOP_URL}/listings/{edit['listing_id']}"
    refused = browser.post(f"{at}/save", json={"version": edit["version"]})
    assert (refused.status_code, refused.json()["fields"]) == (
        422,
        {"title": "Enter a title.", "variants.0.price": "Enter a price such as 12.50."},
    )
    for body in ({"action": "price", "listing_ids": []}, {"action": "burn", "listing_ids": [edit["listing_id"]]}):
        assert browser.post(f"{SHOP_URL}/listings/bulk", json=body).status_code == 422
    big = {"version": 2, "base": 0, "content": {"title": "x" * 256}}
    assert browser.put(at, json=big).status_code == 422
    for size, kind in ((0, "image/png"), (21 * 1024 * 1024, "image/png"), (5, "image/svg+xml")):
        assert browser.post(f"{SHOP_URL}/uploads", json={"content_type": kind, "size": size}).status_code == 422
    assert browser.get(f"{SHOP_URL}/listings", params={"cursor": "made-up"}).json()["code"] == "invalid_cursor"


def test_only_members_of_the_shop_get_in(pair: tuple[TestClient, TestClient]) -> None:
    browser, other = pair
    sign_in_as_owner(browser)
    edit = save_draft(browser, browser.post(f"{SHOP_URL}/listings").json(), **MUG)
    upload = browser.post(f"{SHOP_URL}/uploads", json={"content_type": "image/png", "size": 5}).json()["id"]
    one = f"{SHOP_URL}/listings/{edit['listing_id']}"
    many = {"action": "archive", "listing_ids": [edit["listing_id"]]}
    calls: tuple[tuple[str, str, Any], ...] = (
        ("GET", f"{SHOP_URL}/listings", None),
        ("POST", f"{SHOP_URL}/listings", None),
        ("POST", f"{SHOP_URL}/listings/bulk", many),
        ("POST", f"{SHOP_URL}/listings/bulk/preview", many),
        ("POST", f"{SHOP_URL}/listings/bulk/{uuid4()}/undo", None),
        ("GET", one, None),
        ("PUT", one, {"version": 2, "base": 0, "content": MUG}),
        ("POST", f"{one}/save", {"version": 2}),
        ("POST", f"{one}/discard", {"version": 2}),
        ("POST", f"{one}/copy", None),
        ("GET", f"{one}/prices", None),
        ("POST", f"{SHOP_URL}/uploads", {"content_type": "image/png", "size": 5}),
        ("GET", f"{SHOP_URL}/uploads/{upload}", None),
        ("POST", f"{SHOP_URL}/uploads/{upload}/complete", None),
    )
    for method, path, body in calls:
        assert other.request(method, path, json=body).status_code == 401
    sign_in_as_owner(other, slug="other", email="bea@example.com")
    for method, path, body in calls:
        refused = other.request(method, path, json=body)
        assert (refused.status_code, refused.json()["code"]) == (404, "shop_not_found")
    for method, path, body in calls:
        if path not in (
            *(f"{SHOP_URL}/listings{each}" for each in ("", "/bulk", "/bulk/preview")),
            f"{SHOP_URL}/uploads",
        ):
            assert other.request(method, path.replace("clay-and-co", "other"), json=body).status_code == 404
    assert browser.get(one).json() == edit


def test_a_picture_of_another_shop_is_not_found(pair: tuple[TestClient, TestClient]) -> None:
    browser, other = pair
    sign_in_as_owner(browser)
    upload_picture(browser, sample_files.photo(80, 60))
    with db.reading() as session:
        ((theirs, _, _),) = upload_helpers.pictures(shops.by_slug(session, slug="clay-and-co"))
    sign_in_as_owner(other, slug="other", email="bea@example.com")
    at = "/api/v1/shops/other/listings"
    created = other.post(at).json()
    content = ListingContent.model_validate({**MUG, "pictures": [{"picture_id": theirs}]}).model_dump(mode="json")
    one = f"{at}/{created['listing_id']}"
    saved = other.put(one, json={"version": 1, "base": 0, "content": content}).json()
    assert [(each["content"], each["reason"]) for each in saved["pictures"]] == [(None, "no longer exists")]
    refused = other.post(f"{one}/save", json={"version": 2, "status": "published"})
    assert refused.json()["fields"] == {"pictures": "Remove the pictures that couldn't be used."}
    assert other.get(f"{at}/{uuid4()}").status_code == 404
