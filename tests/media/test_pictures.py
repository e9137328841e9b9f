"""Pictures: resized and stripped, or refused with the reason."""

import io
from datetime import timedelta

import pytest
from PIL import Image, ImageOps
from PIL.ExifTags import Base

from platform_app.domain.media import queries, rules, service
from platform_app.domain.media.errors import UnusablePicture
from platform_app.domain.media.schemas import StoredPicture
from platform_app.infra import outbox, pictures, storage
from platform_app.infra.db import WriteSession
from platform_app.infra.settings import settings
from tests.factories import NOW, make_shop
from tests.media import sample_files
from workers import media

STORED = StoredPicture(content="c" * 64, width=10, height=10, colour="#000000")


def jpeg(width: int, height: int, *, orientation: int = 1, colour: str = "red") -> bytes:
    picture = Image.new("RGB", (width, height), colour)
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "a camera that should not be named"
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif)
    return out.getvalue()


def test_a_picture_is_rotated_stripped_and_resized() -> None:
    stored = media.store_picture(jpeg(1300, 640, orientation=6))
    assert (stored.width, stored.height, stored.colour) == (640, 1300, "#fe0000")
    store = storage.from_settings(settings())
    for width in (400, 640):
        with store.open(rules.picture_key(stored.content, width)) as body:
            shown = Image.open(io.BytesIO(body.read()))
            assert (shown.format, shown.size) == ("WEBP", (width, round(width * 1300 / 640)))
            assert not shown.getexif()


def test_storing_the_same_bytes_twice_gives_the_same_name() -> None:
    assert media.store_picture(jpeg(50, 50)) == media.store_picture(jpeg(50, 50))


@pytest.mark.parametrize(
    ("width", "widths"),
    [(10, (10,)), (400, (400,)), (450, (400,)), (640, (400, 640)), (1600, (400, 800, 1600)), (9000, (400, 800, 1600))],
)
def test_no_size_is_wider_than_the_original(width: int, widths: tuple[int, ...]) -> None:
    assert rules.widths(width) == widths


@pytest.mark.parametrize(
    ("original", "reason"),
    [
        (b"", "can't be read as a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "can't be read as a picture"),
        (b"GIF89a" + b"\x00" * 4, "can't be read as a picture|is damaged"),
        (jpeg(400, 400)[:500], "is damaged"),
        (b"%PDF-1.7", "can't be read as a picture"),
    ],
)
def test_a_file_that_is_no_picture_is_refused(original: bytes, reason: str) -> None:
    with pytest.raises(pictures.NotAPicture, match=reason):
        pictures.open_safely(original, max_pixels=1000_000, max_width=100)


def test_a_pixel_bomb_is_refused_before_it_is_decoded() -> None:
    out = io.BytesIO()
    Image.new("1", (20_000, 15_000)).save(out, "PNG")
    with pytest.raises(pictures.NotAPicture, match=r"too large|too many pixels"):
        pictures.open_safely(out.getvalue(), max_pixels=rules.MAX_PIXELS, max_width=100)


def test_a_picture_taller_than_webp_allows_is_refused() -> None:
    with pytest.raises(UnusablePicture, match="is too tall"):
        media.store_picture(jpeg(790, 20_000))


def test_a_tall_picture_is_stored_when_its_sizes_fit() -> None:
    assert media.store_picture(jpeg(40, 16_383)).height == 16_383


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_is_applied_in_every_format(kind: str, orientation: int) -> None:
    source_image = Image.new("RGB", (48, 32), "white")
    source_image.paste("red", (0, 0, 16, 8))
    exif = Image.Exif()
    exif[Base.Orientation] = orientation
    options = {"lossless": True} if kind == "WEBP" else {}
    original = sample_files.saved(source_image, kind, exif=exif, **options)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(original))).convert("RGB")
    opened = pictures.open_safely(original, max_pixels=10_000, max_width=100)
    assert (opened.size, opened.tobytes()) == (upright.size, upright.tobytes())
    assert upright.size == ((48, 32) if orientation < 5 else (32, 48))
    narrow = pictures.open_safely(original, max_pixels=10_000, max_width=16)
    assert narrow.size == ((16, 11) if orientation < 5 else (16, 24))


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_large_photo_is_decoded_no_larger_than_needed(orientation: int, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[tuple[int, int]] = []
    plain = pictures._to_resizable_mode
    monkeypatch.setattr(pictures, "_to_resizable_mode", lambda picture: decoded.append(picture.size) or plain(picture))
    stored = media.store_picture(sample_files.photo(4000, 3000, orientation=orientation))
    upright = (1600, 1200) if orientation == 1 else (1600, 2133)
    assert (stored.width, stored.height) == upright
    assert decoded == [(2000, 1500) if orientation == 1 else (4000, 3000)]  # half of the other one would be too narrow


@pytest.mark.parametrize("profile", [sample_files.COLOURS, b"no profile at all"])
def test_a_colour_profile_is_applied_and_a_broken_one_is_ignored(profile: bytes) -> None:
    original = sample_files.saved(Image.new("RGB", (20, 20), (200, 100, 50)), "PNG", icc_profile=profile)
    opened = pictures.open_safely(original, max_pixels=10_000, max_width=100)
    assert opened.getpixel((9, 9)) == pytest.approx((200, 100, 50), abs=1)
    assert opened.info == {}


def test_colours_are_converted_to_srgb() -> None:
    # A profile in which red is sRGB's green, and green is its red.
    swapped = sample_files.COLOURS.replace(b"rXYZ", b"????").replace(b"gXYZ", b"rXYZ").replace(b"????", b"gXYZ")
    for source_image in (Image.new("RGB", (20, 20), "red"), Image.new("RGBA", (20, 20), (255, 0, 0, 255))):
        original = sample_files.saved(source_image, "PNG", icc_profile=swapped)
        opened = pictures.open_safely(original, max_pixels=10_000, max_width=100)
        assert opened.getpixel((9, 9)) == pytest.approx((0, 255, 0), abs=2)


def test_transparency_becomes_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(out, "PNG")
    assert pictures.open_safely(out.getvalue(), max_pixels=100, max_width=100).getpixel((0, 0)) == (255, 255, 255)


def test_a_source_is_requested_and_fetched_once(session: WriteSession) -> None:
    shop = make_shop(session)
    before = outbox.backlog(session).waiting
    first = service.request(session, shop_id=shop.id, sources=["https://a/1.jpg", "https://a/2.jpg"], now=NOW)
    second = service.request(session, shop_id=shop.id, sources=["https://a/2.jpg", "https://a/1.jpg"], now=NOW)
    assert first == second
    assert outbox.backlog(session).waiting == before + 1


def test_an_unreachable_picture_is_retried_and_finally_reported(session: WriteSession) -> None:
    shop = make_shop(session)
    ids = service.request(session, shop_id=shop.id, sources=["https://a/1.jpg"], now=NOW)
    picture_id = ids["https://a/1.jpg"]
    for _ in range(rules.MAX_ATTEMPTS):
        service.record_failure(
            session, shop_id=shop.id, picture_id=picture_id, reason="cannot be reached", final=False, now=NOW
        )
        assert queries.picture_counts(session, shop_id=shop.id, sources=list(ids)).pending == 1
    assert service.enqueue_due_retries(session, now=NOW) == 0
    service.record_failure(
        session, shop_id=shop.id, picture_id=picture_id, reason="cannot be reached", final=False, now=NOW
    )
    assert queries.unavailable_sources(session, shop_id=shop.id, sources=list(ids)) == [
        ("https://a/1.jpg", "cannot be reached")
    ]
    assert queries.picture_counts(session, shop_id=shop.id, sources=list(ids)).failed == 1


def test_a_picture_that_arrived_is_not_marked_as_missing_later(session: WriteSession) -> None:
    shop = make_shop(session)
    ids = service.request(session, shop_id=shop.id, sources=["https://a/1.jpg"], now=NOW)
    picture_id = ids["https://a/1.jpg"]
    service.mark_ready(session, shop_id=shop.id, picture_id=picture_id, picture=STORED)
    service.record_failure(session, shop_id=shop.id, picture_id=picture_id, reason="late", final=True, now=NOW)
    assert queries.picture_counts(session, shop_id=shop.id, sources=list(ids)).ready == 1


def test_a_picture_with_a_lost_job_is_requeued_daily_and_finally_given_up(session: WriteSession) -> None:
    shop = make_shop(session)
    ids = service.request(session, shop_id=shop.id, sources=["https://a/1.jpg"], now=NOW)
    assert service.enqueue_due_retries(session, now=NOW + timedelta(hours=23)) == 0
    for day in range(1, rules.MAX_ATTEMPTS + 2):
        late = NOW + timedelta(days=day, minutes=day)
        assert service.enqueue_due_retries(session, now=late) == 1
        assert service.enqueue_due_retries(session, now=late + timedelta(hours=1)) == 0
        assert queries.picture_counts(session, shop_id=shop.id, sources=list(ids)).pending == 1
    assert service.enqueue_due_retries(session, now=NOW + timedelta(days=30)) == 0
    assert queries.unavailable_sources(session, shop_id=shop.id, sources=list(ids)) == [
        ("https://a/1.jpg", "could not be fetched")
    ]
    assert queries.picture_counts(session, shop_id=shop.id, sources=list(ids)).failed == 1


def test_a_picture_that_was_given_up_stays_missing_when_it_arrives_late(session: WriteSession) -> None:
    shop = make_shop(session)
    ids = service.request(session, shop_id=shop.id, sources=["https://a/1.jpg"], now=NOW)
    picture_id = ids["https://a/1.jpg"]
    service.record_failure(session, shop_id=shop.id, picture_id=picture_id, reason="gone", final=True, now=NOW)
    service.mark_ready(session, shop_id=shop.id, picture_id=picture_id, picture=STORED)
    assert queries.picture_counts(session, shop_id=shop.id, sources=list(ids)).failed == 1
