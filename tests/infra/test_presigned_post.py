"""Presigned POST forms: the signed file is accepted, anything else is refused."""

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from platform_app.infra.presigned_post import UploadEmpty, UploadPolicy, UploadRefused, UploadTooLarge
from platform_app.infra.storage import LocalStorage, S3Storage

MINUTE = timedelta(minutes=1)


@pytest.fixture
def local(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path, secret="a secret of these tests", upload_url="http://127.0.0.1:8000/media/uploads")


def test_a_local_form_accepts_the_signed_file(local: LocalStorage) -> None:
    form = local.presign_post("media/one.png", content_type="image/png", max_bytes=10, expires=MINUTE)
    assert form.url == "http://127.0.0.1:8000/media/uploads"
    assert set(form.fields) == {"key", "Content-Type", "max_bytes", "expires", "signature"}
    assert local.check_upload(form.fields) == UploadPolicy("media/one.png", content_type="image/png", max_bytes=10)


@pytest.mark.parametrize(
    "changed",
    [{"key": "media/two.png"}, {"Content-Type": "text/html"}, {"max_bytes": "11"}, {"expires": "99999999999"},
     {"signature": "0" * 64}, {"signature": ""}, {"signature": "é\ud800"}, {"max_bytes": "ten"}],
)  # fmt: skip
def test_a_changed_form_is_refused(local: LocalStorage, changed: dict[str, str]) -> None:
    form = local.presign_post("media/one.png", content_type="image/png", max_bytes=10, expires=MINUTE)
    with pytest.raises(UploadRefused, match=r"^This upload form was changed after it was signed\.$"):
        local.check_upload({**form.fields, **changed})


@pytest.mark.parametrize("field", ["key", "Content-Type", "max_bytes", "expires", "signature"])
def test_a_form_without_one_of_its_fields_is_refused(local: LocalStorage, field: str) -> None:
    form = local.presign_post("media/one.png", content_type="image/png", max_bytes=10, expires=MINUTE)
    del form.fields[field]
    with pytest.raises(UploadRefused, match=r"^This upload form was changed after it was signed\.$"):
        local.check_upload(form.fields)


def test_a_form_signed_with_another_secret_is_refused(local: LocalStorage, tmp_path: Path) -> None:
    other = LocalStorage(tmp_path, secret="another secret", upload_url="http://127.0.0.1:8000/media/uploads")
    form = other.presign_post("media/one.png", content_type="image/png", max_bytes=10, expires=MINUTE)
    with pytest.raises(UploadRefused, match=r"^This upload form was changed after it was signed\.$"):
        local.check_upload(form.fields)


def test_a_file_of_another_size_than_signed_is_refused(local: LocalStorage) -> None:
    form = local.presign_post("media/one.png", content_type="image/png", max_bytes=10, expires=MINUTE)
    allowed = local.check_upload(form.fields)
    allowed.check_size(10)
    allowed.check_not_empty(1)
    with pytest.raises(UploadTooLarge, match=r"^This file is larger than the allowed 10 bytes\.$"):
        allowed.check_size(11)
    with pytest.raises(UploadEmpty, match=r"^This file is empty\. Choose another one\.$"):
        allowed.check_not_empty(0)


def test_an_unsigned_field_is_refused_as_in_s3(local: LocalStorage) -> None:
    form = local.presign_post("media/one.png", content_type="image/png", max_bytes=10, expires=MINUTE)
    with pytest.raises(UploadRefused, match=r"^This upload form was changed after it was signed\.$"):
        local.check_upload({**form.fields, "acl": "public-read"})


def test_an_expired_form_is_refused(local: LocalStorage) -> None:
    form = local.presign_post("media/one.png", content_type="image/png", max_bytes=10, expires=timedelta(0))
    with pytest.raises(UploadRefused, match=r"^This upload form has expired\. Please try again\.$"):
        local.check_upload(form.fields)


def test_an_s3_form_states_exactly_what_may_be_posted_and_until_when() -> None:
    """Swift accepts no browser forms, so the test compares the signed policy with what S3 must enforce."""
    bucket = S3Storage(
        bucket="pictures", endpoint="http://127.0.0.1:9000", region="us-east-1", access_key="key", secret_key="secret"
    )
    before = datetime.now(UTC).replace(microsecond=0)
    form = bucket.presign_post("media/one.png", content_type="image/png", max_bytes=10, expires=MINUTE)
    policy = json.loads(base64.b64decode(form.fields["policy"]))
    until = datetime.fromisoformat(policy["expiration"])
    signed = {name: form.fields[name] for name in ("x-amz-algorithm", "x-amz-credential", "x-amz-date")}
    assert form.url == "http://127.0.0.1:9000/pictures"
    assert set(form.fields) == {"key", "Content-Type", "policy", "x-amz-signature", *signed}
    assert (form.fields["key"], form.fields["Content-Type"]) == ("media/one.png", "image/png")
    assert before + MINUTE <= until <= datetime.now(UTC) + MINUTE
    assert sorted(map(repr, policy["conditions"])) == sorted(
        map(
            repr,
            [
                {"bucket": "pictures"},
                {"key": "media/one.png"},
                {"Content-Type": "image/png"},
                ["content-length-range", 1, 10],
                *({name: value} for name, value in signed.items()),
            ],
        )
    )
    assert form.fields["x-amz-signature"] == policy_signature(form.fields["policy"], signed, "secret")


def policy_signature(policy: str, signed: dict[str, str], secret_key: str) -> str:
    """Signature version 4 of a browser form, by its published steps."""
    day, region, service, end = signed["x-amz-credential"].split("/")[1:]
    key = f"AWS4{secret_key}".encode()
    for step in (day, region, service, end):
        key = hmac.digest(key, step.encode(), "sha256")
    return hmac.digest(key, policy.encode(), "sha256").hex()
