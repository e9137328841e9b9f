"""Posting a signed form to this server: accepted once as signed, and refused otherwise."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from platform_app.domain.media.rules import UploadState
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shops.schemas import Shop
from platform_app.infra.settings import settings
from platform_app.rest.media import uploads
from tests.media import sample_files, upload_helpers
from tests.media.upload_requests import URL, assert_refused, build_form, post_chunks, post_upload

pytestmark = pytest.mark.usefixtures("clean")


def test_a_signed_form_puts_its_file_into_quarantine_and_the_job_makes_a_picture(
    client: TestClient, shop: Shop
) -> None:
    body = sample_files.photo()
    upload = upload_helpers.create_upload(shop, size=len(body))
    form = upload_helpers.signed_form(upload)
    assert form.url.endswith(URL)
    answer = post_upload(client, upload, body)
    assert (answer.status_code, answer.content) == (204, b"")
    assert (upload_helpers.files(), upload_helpers.content(upload.key)) == ([upload.key], body)
    assert upload_helpers.complete_upload(upload).state is UploadState.RECEIVED
    assert upload_helpers.run_jobs() == 1
    ended = upload_helpers.state(upload)
    assert ended.state is UploadState.READY
    shown = client.get(f"/media/pictures/{ended.content}/400.webp")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/webp")


def test_a_file_may_be_posted_again_until_the_upload_is_completed(client: TestClient, shop: Shop) -> None:
    upload = upload_helpers.create_upload(shop, size=5)
    assert [post_upload(client, upload, body).status_code for body in (b"first", b"other")] == [204, 204]
    assert upload_helpers.content(upload.key) == b"other"


@pytest.mark.parametrize("path", ["/media/quarantine/{}", "/media/{}", "/media/uploads/{}", "/{}"])
def test_files_in_quarantine_are_not_served(client: TestClient, shop: Shop, path: str) -> None:
    upload = upload_helpers.create_upload(shop, size=5)
    post_upload(client, upload, b"photo")
    for name in (upload.key, upload.key.removeprefix("quarantine/")):
        assert client.get(path.format(name)).status_code == 404


@pytest.mark.parametrize(
    "changed",
    [
        {"key": "quarantine/another/one"},
        {"key": "pictures/aa/" + "a" * 64 + "/400.webp"},
        {"max_bytes": "99999999"},
        {"expires": "99999999999"},
        {"signature": "0" * 64},
        {"Content-Type": "text/html"},
        {"acl": "public-read"},
    ],
)
def test_a_changed_form_is_refused(client: TestClient, shop: Shop, changed: dict[str, str]) -> None:
    upload = upload_helpers.create_upload(shop, size=5)
    answer = post_upload(client, upload, b"photo", kind="image/jpeg", **changed)
    assert_refused(answer, 403, "upload_refused", r"^This upload form was changed after it was signed\.$")
    assert upload_helpers.state(upload) == upload


def test_a_form_for_another_upload_of_the_same_shop_is_refused(client: TestClient, shop: Shop) -> None:
    upload, other = upload_helpers.create_upload(shop, size=5), upload_helpers.create_upload(shop, size=5)
    answer = post_upload(client, upload, b"photo", key=other.key)
    assert_refused(answer, 403, "upload_refused", r"^This upload form was changed after it was signed\.$")


def test_an_expired_form_is_refused(client: TestClient, shop: Shop) -> None:
    upload = upload_helpers.create_upload(shop, size=5, now=utc_now() - timedelta(minutes=16))
    assert_refused(
        post_upload(client, upload, b"photo"),
        403,
        "upload_refused",
        r"^This upload form has expired\. Please try again\.$",
    )


def test_a_file_of_another_type_than_signed_is_refused(client: TestClient, shop: Shop) -> None:
    upload = upload_helpers.create_upload(shop, size=5)
    words = r"^This form was signed for image/jpeg, but its file is text/html\.$"
    assert_refused(post_upload(client, upload, b"photo", kind="text/html"), 415, "upload_of_wrong_type", words)
    assert post_upload(client, upload, b"photo", kind="IMAGE/JPEG; x=y").status_code == 204


@pytest.mark.parametrize("kind", ["application/json", "multipart/mixed; boundary=x", "multipart/form-data", ""])
def test_a_request_without_a_form_is_refused(client: TestClient, kind: str) -> None:
    answer = client.post(URL, content=b"photo", headers={"content-type": kind})
    assert_refused(answer, 415, "upload_of_wrong_type", r"^Post a multipart/form-data form")  # type: ignore[arg-type]


def test_an_empty_file_is_refused(client: TestClient, shop: Shop) -> None:
    assert_refused(
        post_upload(client, upload_helpers.create_upload(shop, size=5), b""),
        400,
        "upload_empty",
        r"^This file is empty",
    )


def test_a_file_of_the_signed_size_is_accepted_and_one_byte_more_is_refused(client: TestClient, shop: Shop) -> None:
    upload = upload_helpers.create_upload(shop, size=5)
    assert_refused(
        post_upload(client, upload, b"photos"),
        413,
        "upload_too_large",
        r"^This file is larger than the allowed 5 bytes",
    )
    assert post_upload(client, upload, b"photo").status_code == 204


@pytest.mark.parametrize("ended", ["completed", "taken", "refused"])
def test_a_form_cannot_be_used_after_its_upload_was_completed(client: TestClient, shop: Shop, ended: str) -> None:
    body = sample_files.SCRIPT if ended == "refused" else sample_files.photo()
    upload = upload_helpers.create_upload(shop, size=len(body))
    assert post_upload(client, upload, body).status_code == 204
    upload_helpers.complete_upload(upload)
    if ended != "completed":
        upload_helpers.run_jobs()
    before = upload_helpers.files(), upload_helpers.state(upload)
    answer = post_upload(client, upload, b"x" * len(body))
    assert (answer.status_code, answer.json()["code"]) == (409, "upload_over")
    assert (upload_helpers.files(), upload_helpers.state(upload)) == before


def test_a_second_file_that_arrives_after_completion_does_not_replace_the_first(shop: Shop) -> None:
    upload = upload_helpers.create_upload(shop, size=5)
    upload_helpers.put_in_quarantine(upload, b"photo")

    async def slow() -> AsyncIterator[bytes]:
        whole = build_form(upload_helpers.signed_form(upload).fields, b"other")
        yield whole[:-20]
        await asyncio.to_thread(upload_helpers.complete_upload, upload)
        yield whole[-20:]

    assert post_chunks(slow)[:2] == (409, "upload_over")
    assert upload_helpers.content(upload.key) == b"photo"


def test_a_form_of_an_unknown_upload_is_not_found(client: TestClient, shop: Shop) -> None:
    upload = upload_helpers.create_upload(shop, size=5)
    gone = upload.model_copy(update={"key": upload.key[:-12] + "0" * 12})
    assert_refused(post_upload(client, gone, b"photo"), 404, "upload_not_found", "^This upload doesn't exist")
    elsewhere = upload.model_copy(update={"key": "pictures/a/b"})
    assert_refused(post_upload(client, elsewhere, b"photo"), 404, "upload_not_found", "^This upload doesn't exist")


def test_with_a_bucket_this_server_accepts_no_files(
    client: TestClient, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = upload_helpers.create_upload(shop, size=5)
    fields = upload_helpers.signed_form(upload).fields
    for name in ("BUCKET", "ACCESS_KEY", "SECRET_KEY"):
        monkeypatch.setenv(f"PLAZA_S3_{name}", "plaza")
    settings.cache_clear()
    uploads._storage.cache_clear()
    try:
        answer = client.post(URL, data=fields, files={"file": ("a.jpg", b"photo", "image/jpeg")})
    finally:
        monkeypatch.undo()
        settings.cache_clear()
        uploads._storage.cache_clear()
    assert_refused(answer, 404, "not_found", "^Files are posted directly to the object store")  # type: ignore[arg-type]
