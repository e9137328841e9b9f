"""A shop's logo and banner: uploaded, cropped by their real job, shown, replaced and removed, by members only."""

import io
import shutil
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from platform_app.domain.media import rules
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.rules import Permission
from platform_app.domain.shops.schemas import Shop
from platform_app.domain.shops.service import invitations, members
from platform_app.infra import db, outbox
from platform_app.infra.settings import settings
from platform_app.rest.media import upload_forms
from tests.accounts.helpers import browsers, signed_in
from tests.factories import NOW, make_shop
from tests.media import sample_files, upload_helpers

SHOP = "/api/v1/shops/clay-and-co"


@pytest.fixture
def browser(clean: None) -> Iterator[TestClient]:
    """A browser of the shop's owner, with an empty storage."""
    upload_forms._storage.cache_clear()
    shutil.rmtree(settings().data / "objects", ignore_errors=True)
    with browsers() as (one,):
        signed_in(one)
        with db.writing() as session:
            make_shop(session)
            members.make_owner(session, slug="clay-and-co", email="ada@example.com", now=NOW)
        yield one


def open_shop() -> Shop:
    with db.reading() as session:
        return shops.by_slug(session, slug="clay-and-co")


def upload(browser: TestClient, kind: str, body: bytes) -> str:
    """Upload a logo or banner that waits for its job; the path of its upload."""
    declared = {"content_type": "image/jpeg", "size": len(body)}
    form = browser.post(f"{SHOP}/faces/{kind}/uploads", json=declared).json()
    posted = browser.post("/media/uploads", data=form["fields"], files={"file": ("a.jpg", body, "image/jpeg")})
    assert posted.status_code == 204
    at = f"{SHOP}/faces/{kind}/uploads/{form['id']}"
    done = browser.post(f"{at}/complete")
    assert (done.status_code, done.json()["state"]) == (200, "received")
    return at


def shop_images(browser: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = browser.get(SHOP).json()
    return {name: found[name] for name in ("mark", "cover", "cover_alt")}


def sizes(browser: TestClient, content: str, *widths: int) -> list[tuple[int, int]]:
    """The sizes of a stored picture, as they are served."""
    answers = [browser.get(f"/media/pictures/{content}/{width}.webp") for width in widths]
    assert [answer.status_code for answer in answers] == [200] * len(widths)
    return [Image.open(io.BytesIO(answer.content)).size for answer in answers]


def striped(width: int, height: int) -> bytes:
    """Red with a white middle of a third of the width and height."""
    picture = Image.new("RGB", (width, height), "red")
    picture.paste("white", (width // 3, height // 3, width - width // 3, height - height // 3))
    return sample_files.saved(picture, "JPEG", quality=95)


def test_a_logo_is_cropped_to_a_square_and_a_banner_to_three_to_one(browser: TestClient) -> None:
    at = upload(browser, "mark", striped(1200, 900))
    assert shop_images(browser)["mark"] is None
    upload(browser, "cover", striped(1800, 1200))
    assert upload_helpers.run_jobs() == 2
    assert browser.get(at).json()["state"] == "ready"
    logo, banner = shop_images(browser)["mark"], shop_images(browser)["cover"]
    assert sizes(browser, logo, 400) == [(400, 400)]
    assert sizes(browser, banner, 800, 1600) == [(800, 266), (1600, 533)]
    assert upload_helpers.files(rules.QUARANTINE_PREFIX) == []
    square = Image.open(io.BytesIO(upload_helpers.content(rules.picture_key(logo, 400)))).convert("RGB")
    # White is from 400 to 800 of 1200 pixels, so from 250 to 650 of the cropped 900, and from 111 to 289 of the final 400.
    assert [square.getpixel((x, 200)) for x in (120, 280)] == [pytest.approx((255, 255, 255), abs=12)] * 2
    assert [square.getpixel((x, 200)) for x in (100, 300)] == [pytest.approx((254, 0, 0), abs=12)] * 2


def test_the_same_file_is_not_cropped_as_a_picture_of_a_listing(browser: TestClient) -> None:
    body = striped(1200, 900)
    whole = upload_helpers.process_file(open_shop(), body)
    upload(browser, "mark", body)
    upload_helpers.run_jobs()
    assert shop_images(browser)["mark"] != whole.content
    assert sizes(browser, str(whole.content), 400) == [(400, 300)]


def test_the_latest_upload_is_shown_and_a_new_banner_clears_the_alt_text(browser: TestClient) -> None:
    first = upload(browser, "cover", striped(900, 300))
    second = upload(browser, "cover", striped(1200, 400))
    upload_helpers.run_jobs()
    assert [browser.get(at).json()["state"] for at in (first, second)] == ["ready", "ready"]
    once = shop_images(browser)["cover"]
    assert [key for key in upload_helpers.files(rules.PICTURE_PREFIX) if once not in key] == []
    changed = browser.patch(SHOP, json={"cover_alt": " Shelves of  mugs "})
    assert (changed.status_code, changed.json()["cover_alt"]) == (200, "Shelves of mugs")
    upload(browser, "mark", sample_files.photo(400, 400))
    upload_helpers.run_jobs()
    assert shop_images(browser)["cover_alt"] == "Shelves of mugs"
    upload(browser, "cover", sample_files.photo(900, 600))
    upload_helpers.run_jobs()
    assert (shop_images(browser)["cover"] != once, shop_images(browser)["cover_alt"]) == (True, "")


def test_a_removed_image_is_not_shown_and_its_files_are_swept(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(browser, "mark", sample_files.photo(400, 400))
    upload_helpers.run_jobs()
    logo = shop_images(browser)["mark"]
    late = upload(browser, "cover", sample_files.photo(900, 600))
    removed = browser.delete(f"{SHOP}/faces/cover")
    assert (removed.status_code, removed.json()["cover"]) == (200, None)
    upload_helpers.run_jobs()
    assert (browser.get(late).json()["state"], shop_images(browser)["cover"]) == ("ready", None)
    monkeypatch.setattr(rules, "ORPHAN_FILE_AGE", timedelta(minutes=-1))
    sweep()
    assert upload_helpers.files() == [rules.picture_key(logo, 400)]
    assert browser.delete(f"{SHOP}/faces/mark").json()["mark"] is None
    sweep()
    assert upload_helpers.files() == []


@pytest.mark.parametrize(
    ("kind", "body", "reason"),
    [
        ("mark", sample_files.photo(90, 400), "is too small (90 x 400 pixels); use at least 100 x 100"),
        ("cover", sample_files.photo(799, 600), "is too small (799 x 600 pixels); use at least 800 x 266"),
        ("cover", b"<svg/>", "can't be read as a picture; use JPEG, PNG, WebP, AVIF or GIF"),
    ],
)
def test_an_invalid_image_is_refused_with_the_reason_and_the_old_one_stays(
    browser: TestClient, kind: str, body: bytes, reason: str
) -> None:
    upload(browser, kind, sample_files.photo(1200, 900))
    upload_helpers.run_jobs()
    before = shop_images(browser)
    at = upload(browser, kind, body)
    upload_helpers.run_jobs()
    found = browser.get(at).json()
    assert (found["state"], found["reason"]) == ("refused", reason)
    assert shop_images(browser) == before


def test_an_upload_for_one_image_cannot_be_completed_as_another(browser: TestClient) -> None:
    declared = {"content_type": "image/jpeg", "size": 5}
    logo = browser.post(f"{SHOP}/faces/mark/uploads", json=declared).json()["id"]
    picture = browser.post(f"{SHOP}/uploads", json=declared).json()["id"]
    tries = (f"faces/cover/uploads/{logo}", f"uploads/{logo}", f"faces/mark/uploads/{picture}")
    assert [browser.post(f"{SHOP}/{at}/complete").status_code for at in tries] == [404, 404, 404]
    assert browser.get(f"{SHOP}/faces/cover/uploads/{logo}").status_code == 404


def test_only_staff_with_the_shop_permission_change_images(browser: TestClient) -> None:
    upload(browser, "mark", sample_files.photo(400, 400))
    upload_helpers.run_jobs()
    before, declared = shop_images(browser), {"content_type": "image/jpeg", "size": 5}
    with db.writing() as session:
        (ada,) = shops.members(session, shop_id=open_shop().id)
        given = invitations.invite(
            session, user_id=ada.user_id, shop="clay-and-co", email="hugo@example.com",
            permissions=(Permission.LISTINGS, Permission.STAFF), now=utc_now(),
        )  # fmt: skip
    user_id = signed_in(browser, email="hugo@example.com").id
    values = {"cover_alt": "Mine"}
    answers = [404, 403]
    for status in answers:
        assert browser.post(f"{SHOP}/faces/mark/uploads", json=declared).status_code == status
        assert browser.delete(f"{SHOP}/faces/mark").status_code == status
        assert browser.patch(SHOP, json=values).status_code == status
        if status == 404:
            with db.writing() as session:
                invitations.accept(session, user_id=user_id, invitation_id=given.id, now=utc_now())
    assert shop_images(browser) == before


def sweep() -> None:
    with db.writing() as session:
        outbox.add(session, "workers.media.sweep")
    upload_helpers.run_jobs()
