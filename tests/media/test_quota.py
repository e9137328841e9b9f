"""A shop's pictures use its quota of pixels, and other shops' pictures do not wait for them."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image
from sqlalchemy import text

from platform_app.domain.media import queries, service
from platform_app.domain.media.rules import UploadState
from platform_app.domain.shops.errors import QuotaUsed
from platform_app.domain.shops.rules.quotas import Resource
from platform_app.domain.shops.schemas import Shop
from platform_app.domain.shops.service import quotas
from platform_app.infra import db
from platform_app.infra import fetch as web
from platform_app.infra.settings import settings
from tests.factories import make_shop
from tests.imports import helpers
from tests.media import upload_helpers
from workers import media

NOON = datetime(2026, 5, 3, 12, 30, tzinfo=UTC)
SIDE = 100  # pixels; the rule counts 10,000 as it would count 59 million


@pytest.fixture(autouse=True)
def limit(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A quota of five pictures an hour, and an hour that does not end during a test."""
    monkeypatch.setattr(media, "utc_now", lambda: NOON)
    monkeypatch.setenv("PLAZA_SHOP_PIXELS_PER_HOUR", str(5 * SIDE * SIDE))
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


def png(number: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (SIDE, SIDE), (number, 0, 0)).save(out, "PNG")
    return out.getvalue()


def used(shop: Shop) -> int:
    with db.reading() as session:
        return quotas.allowance(session, shop_id=shop.id, resource=Resource.PIXELS, now=NOON).used


def test_fifteen_large_pictures_of_a_shop_leave_another_shop_waiting_for_one_of_them(shop: Shop) -> None:
    large = [upload_helpers.upload_file(shop, png(number), content_type="image/png") for number in range(15)]
    other = upload_helpers.shop("other")
    small = upload_helpers.upload_file(other, png(200), content_type="image/png")
    turn = helpers.take_jobs("media")
    assert len(turn) == 2  # of each shop its first
    for job in turn:
        job.perform()
    assert upload_helpers.state(small).state is UploadState.READY
    states = [upload_helpers.state(upload).state for upload in large]
    assert states == [UploadState.READY] + [UploadState.RECEIVED] * 14
    upload_helpers.run_jobs()
    ended = [upload_helpers.state(upload) for upload in large]
    assert [upload.state for upload in ended] == [UploadState.READY] * 5 + [UploadState.REFUSED] * 10
    assert str(ended[5].reason).startswith(
        "was not processed. This takes 1 megapixel of pictures. The shop has 0 megapixels of pictures left of 1 an hour"
    )
    assert (used(shop), used(other)) == (5 * SIDE * SIDE, SIDE * SIDE)


def test_no_upload_begins_once_the_quota_is_used(shop: Shop) -> None:
    for number in range(5):
        assert upload_helpers.process_file(shop, png(number), content_type="image/png").state is UploadState.READY
    with pytest.raises(QuotaUsed):
        upload_helpers.create_upload(shop, size=10, now=NOON)
    assert upload_helpers.create_upload(upload_helpers.shop("other"), size=10, now=NOON).state is UploadState.WAITING


def test_what_is_no_picture_uses_nothing(shop: Shop) -> None:
    assert upload_helpers.process_file(shop, b"no picture at all").state is UploadState.REFUSED
    assert used(shop) == 0


def test_pictures_beyond_the_quota_are_fetched_in_a_later_hour(clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = [f"https://a/{number}.png" for number in range(7)]
    monkeypatch.setattr(web, "get", lambda url, *, max_bytes: png(sources.index(url)))
    created = NOON - timedelta(days=2)  # postponing counts as no attempt, however old a picture is
    with db.writing() as session:
        shop = make_shop(session)
        service.request(session, shop_id=shop.id, sources=sources, now=created)
    upload_helpers.run_jobs()
    with db.reading() as session:
        counts = queries.picture_counts(session, shop_id=shop.id, sources=sources)
        reasons = {reason for _, reason in queries.unavailable_sources(session, shop_id=shop.id, sources=sources)}
        retries = session.execute(text("SELECT retry_at FROM picture WHERE state = 'pending'")).scalars().all()
    assert (counts.ready, counts.pending, counts.failed) == (5, 2, 0)
    assert [reason[:22] for reason in reasons] == ["will be fetched later."]
    for due in range(1, 10):
        with db.writing() as session:
            assert service.enqueue_due_retries(session, now=max(retries) + timedelta(minutes=due)) == 2
        upload_helpers.run_jobs()
        with db.reading() as session:
            retries = session.execute(text("SELECT retry_at FROM picture WHERE state = 'pending'")).scalars().all()
    monkeypatch.setenv("PLAZA_SHOP_PIXELS_PER_HOUR", str(7 * SIDE * SIDE))
    settings.cache_clear()
    with db.writing() as session:
        service.enqueue_due_retries(session, now=max(retries))
    upload_helpers.run_jobs()
    with db.reading() as session:
        assert queries.picture_counts(session, shop_id=shop.id, sources=sources).ready == 7
