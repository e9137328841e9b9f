"""What an uploaded file becomes: one still picture without metadata, or a refusal without a file."""

import io

import pytest
from PIL import Image

from platform_app.domain.media import rules
from platform_app.domain.media.rules import UploadState
from platform_app.domain.media.schemas import Upload
from platform_app.domain.shops.schemas import Shop
from platform_app.infra import pictures
from tests.media import sample_files, upload_helpers

pytestmark = pytest.mark.usefixtures("clean")


def shown(upload: Upload, width: int) -> Image.Image:
    """One size of the picture of an upload."""
    assert upload.content is not None
    return Image.open(io.BytesIO(upload_helpers.content(rules.picture_key(upload.content, width))))


def test_a_photo_is_rotated_and_loses_camera_and_location(each_storage: None, shop: Shop) -> None:
    body = sample_files.photo(orientation=sample_files.ROTATED)
    ended = upload_helpers.process_file(shop, body)
    assert (ended.state, ended.reason, ended.content) == (UploadState.READY, None, pictures.content_hash(body))
    assert upload_helpers.pictures(shop) == [(ended.picture_id, f"content:{ended.content}", "ready")]
    keys = [rules.picture_key(str(ended.content), width) for width in (400, 800)]
    assert upload_helpers.files() == keys
    for width, key in zip((400, 800), keys, strict=True):
        body_of_size = upload_helpers.content(key)
        picture = Image.open(io.BytesIO(body_of_size))
        assert (picture.format, picture.size) == ("WEBP", (width, round(width * 1200 / 900)))
        assert (dict(picture.getexif()), picture.info.keys() & {"exif", "icc_profile", "xmp", "comment"}) == ({}, set())
        for secret in (sample_files.CAMERA, sample_files.LOCATION, "Exif", "ICCP", "XMP "):
            assert secret.encode() not in body_of_size
        # After a quarter turn, the top is on the right.
        left, right = picture.convert("RGB").getpixel((20, 200)), picture.convert("RGB").getpixel((width - 20, 200))
        assert (left, right) == (pytest.approx((0, 0, 255), abs=6), pytest.approx((255, 0, 0), abs=6))


@pytest.mark.parametrize(
    ("body", "declared", "size", "pixels"),
    [
        (sample_files.transparent_png(), "image/png", (60, 40), {(5, 20): (255, 255, 255), (50, 20): (0, 128, 0)}),
        (sample_files.animated_gif(), "image/gif", (50, 40), {(25, 20): (255, 0, 0)}),
        (sample_files.cmyk_jpeg(), "image/jpeg", (60, 40), {(30, 20): (0, 255, 255)}),
        (sample_files.deep_png(), "image/png", (60, 40), {(30, 20): (128, 128, 128)}),
        (sample_files.transparent_png(), "image/jpeg", (60, 40), {(50, 20): (0, 128, 0)}),
    ],
    ids=["transparent PNG", "animated GIF", "CMYK JPEG", "16-bit PNG", "PNG declared as JPEG"],
)
def test_every_readable_format_becomes_one_still_picture(
    shop: Shop, body: bytes, declared: str, size: tuple[int, int], pixels: dict[tuple[int, int], tuple[int, ...]]
) -> None:
    ended = upload_helpers.process_file(shop, body, content_type=declared)
    assert ended.state is UploadState.READY
    picture = shown(ended, size[0])
    assert (picture.format, picture.size, getattr(picture, "n_frames", 1)) == ("WEBP", size, 1)
    for at, colour in pixels.items():
        assert picture.convert("RGB").getpixel(at) == pytest.approx(colour, abs=8)
    assert [key for key in upload_helpers.files() if key.startswith(rules.QUARANTINE_PREFIX)] == []


@pytest.mark.parametrize(("make_body", "size"), [(sample_files.jpeg_and_zip, 80), (sample_files.jpeg_and_html, 80)])
def test_a_polyglot_file_becomes_a_plain_picture(shop: Shop, make_body: object, size: int) -> None:
    body: bytes = make_body()  # type: ignore[operator]
    assert b"steal()" in body or b"payload.html" in body
    ended = upload_helpers.process_file(shop, body)
    assert ended.state is UploadState.READY
    (key,) = upload_helpers.files()
    stored = upload_helpers.content(key)
    assert key == rules.picture_key(str(ended.content), size)
    assert all(part not in stored for part in (b"steal()", b"payload.html", b"PK\x03\x04", b"<html>"))


@pytest.mark.parametrize(
    ("body", "declared", "reason"),
    [
        (sample_files.photo()[:-400], "image/jpeg", "is damaged; open it, save a copy and choose that"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "image/png", "can't be read as a picture"),
        (sample_files.SCRIPT, "image/jpeg", "can't be read as a picture"),
        (b"%PDF-1.7 " + sample_files.photo(60, 40), "image/jpeg", "can't be read as a picture"),
        (sample_files.png_that_claims(20_000, 15_000), "image/png", "has too many pixels"),
        (sample_files.png_that_claims(10_000, 6_001), "image/png", "is too large (10000 x 6001 pixels, 61 megapixels); the limit is 60. Save a smaller copy and choose that"),
        (sample_files.png_that_claims(6_000, 9_000), "image/png", "is damaged; open it"),
        (b"\xff\xd8\xff" + b"\0" * 200, "image/jpeg", "can't be read as a picture"),
    ],
    ids=["truncated", "SVG", "HTML", "PDF with a JPEG in it", "300 megapixels", "60 megapixels and some",
         "less than it claims", "a JPEG's first bytes"],
)  # fmt: skip
def test_an_invalid_picture_is_refused_with_the_reason_and_deleted(
    shop: Shop, body: bytes, declared: str, reason: str
) -> None:
    ended = upload_helpers.process_file(shop, body, content_type=declared)
    assert (ended.state, ended.picture_id, ended.content) == (UploadState.REFUSED, None, None)
    assert str(ended.reason).startswith(reason)
    assert (upload_helpers.files(), upload_helpers.pictures(shop), upload_helpers.due_job_count()) == ([], [], 0)


def test_a_refused_file_leaves_nothing_in_a_bucket_either(each_storage: None, shop: Shop) -> None:
    assert upload_helpers.process_file(shop, sample_files.SCRIPT).state is UploadState.REFUSED
    assert upload_helpers.files() == []


@pytest.mark.parametrize(
    ("size", "shown"), [(20 * 1024**2, "20"), (20 * 1024**2 + 1, "20.1"), (1, "0.1"), (2500 * 1024**2, "2,500")]
)
def test_a_size_never_looks_within_a_limit_that_it_exceeds(size: int, shown: str) -> None:
    assert rules.megabytes(size) == shown
