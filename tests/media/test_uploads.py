"""Uploads: begun within limits, completed when all is there, taken once, refused with the reason, ended by themselves."""

import io
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pytest
from PIL import Image
from sqlalchemy import text

from platform_app.domain.media import queries, rules, service
from platform_app.domain.media.errors import (
    TooManyUploads,
    UnusableUpload,
    UploadIncomplete,
    UploadNotFound,
)
from platform_app.domain.media.rules import UploadState
from platform_app.domain.media.schemas import Upload
from platform_app.domain.shared.tables import utc_now
from platform_app.domain.shops import service as shops
from platform_app.domain.shops.errors import ShopNotFound
from platform_app.domain.shops.schemas import Shop
from platform_app.infra import db, outbox, pictures, pokes, storage
from platform_app.infra.settings import settings
from tests.factories import NOW, make_listing, make_shop
from tests.imports import running
from tests.infra.servers import Server, swift
from tests.media import files, uploading
from workers import media, schedule

pytestmark = pytest.mark.usefixtures("clean")


@pytest.fixture(scope="module")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with swift(tmp_path_factory.mktemp("swift")) as server:
        yield server


@pytest.fixture(params=["local disk", "s3"])
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Files live on the disk, then in a bucket."""
    if request.param == "local disk":
        yield
        return
    server: Server = request.getfixturevalue("s3_server")
    given = {"BUCKET": "plaza", "ENDPOINT": server.endpoint, "REGION": server.region}
    keys = {"ACCESS_KEY": server.access_key, "SECRET_KEY": server.secret_key}
    for name, value in (given | keys).items():
        monkeypatch.setenv(f"PLAZA_S3_{name}", value)
    settings.cache_clear()
    store = uploading.place()
    assert isinstance(store, storage.S3Storage)
    with suppress(store._client.exceptions.BucketAlreadyOwnedByYou):
        store._client.create_bucket(Bucket="plaza")
    yield
    for key in uploading.files():
        store.delete(key)
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def shop(clean: None) -> Shop:
    """A shop, and no file of any other test."""
    shutil.rmtree(settings().data / "objects", ignore_errors=True)
    return uploading.shop()


def shown(upload: Upload, width: int) -> Image.Image:
    """One size of what an upload has become."""
    assert upload.content is not None
    return Image.open(io.BytesIO(uploading.content(rules.key(upload.content, width))))


def test_a_photo_is_turned_upright_and_nothing_of_who_took_it_or_where_is_kept(place: None, shop: Shop) -> None:
    body = files.photo(orientation=files.TURNED)
    ended = uploading.taken(shop, body)
    assert (ended.state, ended.reason, ended.content) == (UploadState.READY, None, pictures.content_of(body))
    assert uploading.pictures(shop) == [(ended.picture_id, f"content:{ended.content}", "ready")]
    keys = [rules.key(str(ended.content), width) for width in (400, 800)]
    assert uploading.files() == keys
    for width, key in zip((400, 800), keys, strict=True):
        made = uploading.content(key)
        picture = Image.open(io.BytesIO(made))
        assert (picture.format, picture.size) == ("WEBP", (width, round(width * 1200 / 900)))
        assert (dict(picture.getexif()), picture.info.keys() & {"exif", "icc_profile", "xmp", "comment"}) == ({}, set())
        for secret in (files.CAMERA, files.PLACE, "Exif", "ICCP", "XMP "):
            assert secret.encode() not in made
        # Turned by a quarter, what was above stands on the right.
        left, right = picture.convert("RGB").getpixel((20, 200)), picture.convert("RGB").getpixel((width - 20, 200))
        assert (left, right) == (pytest.approx((0, 0, 255), abs=6), pytest.approx((255, 0, 0), abs=6))


@pytest.mark.parametrize(
    ("body", "declared", "size", "pixels"),
    [
        (files.transparent_png(), "image/png", (60, 40), {(5, 20): (255, 255, 255), (50, 20): (0, 128, 0)}),
        (files.animated_gif(), "image/gif", (50, 40), {(25, 20): (255, 0, 0)}),
        (files.cmyk_jpeg(), "image/jpeg", (60, 40), {(30, 20): (0, 255, 255)}),
        (files.deep_png(), "image/png", (60, 40), {(30, 20): (128, 128, 128)}),
        (files.transparent_png(), "image/jpeg", (60, 40), {(50, 20): (0, 128, 0)}),
    ],
    ids=["transparent PNG", "animated GIF", "CMYK JPEG", "16-bit PNG", "PNG declared as JPEG"],
)
def test_whatever_can_be_shown_is_made_into_one_still_picture(
    shop: Shop, body: bytes, declared: str, size: tuple[int, int], pixels: dict[tuple[int, int], tuple[int, ...]]
) -> None:
    ended = uploading.taken(shop, body, content_type=declared)
    assert ended.state is UploadState.READY
    picture = shown(ended, size[0])
    assert (picture.format, picture.size, getattr(picture, "n_frames", 1)) == ("WEBP", size, 1)
    for at, colour in pixels.items():
        assert picture.convert("RGB").getpixel(at) == pytest.approx(colour, abs=8)
    assert [key for key in uploading.files() if key.startswith(rules.QUARANTINE)] == []


@pytest.mark.parametrize(("made", "size"), [(files.jpeg_and_zip, 80), (files.jpeg_and_html, 80)])
def test_what_is_a_picture_and_something_else_is_only_a_picture_afterwards(shop: Shop, made: object, size: int) -> None:
    body: bytes = made()  # type: ignore[operator]
    assert b"steal()" in body or b"payload.html" in body
    ended = uploading.taken(shop, body)
    assert ended.state is UploadState.READY
    (key,) = uploading.files()
    kept = uploading.content(key)
    assert key == rules.key(str(ended.content), size)
    assert all(part not in kept for part in (b"steal()", b"payload.html", b"PK\x03\x04", b"<html>"))


@pytest.mark.parametrize(
    ("body", "declared", "reason"),
    [
        (files.photo()[:-400], "image/jpeg", "is damaged: image file is truncated"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "image/png", "is not a picture in a format we show"),
        (files.SCRIPT, "image/jpeg", "is not a picture in a format we show"),
        (b"%PDF-1.7 " + files.photo(60, 40), "image/jpeg", "is not a picture in a format we show"),
        (files.png_that_claims(20_000, 15_000), "image/png", "has too many pixels"),
        (files.png_that_claims(10_000, 6_001), "image/png", "has 10000 x 6001 pixels, which is too large"),
        (files.png_that_claims(6_000, 9_000), "image/png", "is damaged: "),
        (b"\xff\xd8\xff" + b"\0" * 200, "image/jpeg", "is not a picture in a format we show"),
    ],
    ids=["truncated", "SVG", "HTML", "PDF with a JPEG in it", "300 megapixels", "60 megapixels and some",
         "less than it claims", "a JPEG's first bytes"],
)  # fmt: skip
def test_what_is_no_picture_is_refused_with_the_reason_and_not_kept(
    shop: Shop, body: bytes, declared: str, reason: str
) -> None:
    ended = uploading.taken(shop, body, content_type=declared)
    assert (ended.state, ended.picture_id, ended.content) == (UploadState.REFUSED, None, None)
    assert str(ended.reason).startswith(reason)
    assert (uploading.files(), uploading.pictures(shop), uploading.waiting_jobs()) == ([], [], 0)


def test_a_refused_file_leaves_nothing_in_a_bucket_either(place: None, shop: Shop) -> None:
    assert uploading.taken(shop, files.SCRIPT).state is UploadState.REFUSED
    assert uploading.files() == []


@pytest.mark.parametrize(
    ("content_type", "size", "fields"),
    [
        ("image/svg+xml", 1, {"content_type"}),
        ("image/heic", 1, {"content_type"}),
        ("image/jpeg; charset=x", 1, {"content_type"}),
        ("image/jpeg", 0, {"size"}),
        ("image/jpeg", -1, {"size"}),
        ("image/jpeg", rules.MAX_BYTES + 1, {"size"}),
        ("", rules.MAX_BYTES * 1000, {"content_type", "size"}),
    ],
)
def test_a_file_that_could_not_be_shown_is_refused_before_it_is_sent(
    shop: Shop, content_type: str, size: int, fields: set[str]
) -> None:
    with pytest.raises(UnusableUpload) as refused:
        uploading.begun(shop, size=size, content_type=content_type)
    assert set(refused.value.fields) == fields
    with db.reading() as session:
        assert session.execute(text("SELECT count(*) FROM upload")).scalar_one() == 0


def test_an_upload_belongs_to_a_shop_that_is_there() -> None:
    with db.writing() as session, pytest.raises(ShopNotFound):
        service.begin_upload(
            session, shop_id=uuid4(), user_id=uploading.USER, content_type="image/png", size=1, now=NOW
        )


def test_a_shop_has_at_most_so_many_unfinished_uploads_even_when_two_begin_at_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MAX_OPEN_UPLOADS", 12)
    other = uploading.shop("wool-and-co")
    uploading.taken(shop, files.SCRIPT)  # what is over does not count
    at_once = threading.Barrier(4)

    def begin_five() -> int:
        at_once.wait()
        begun = 0
        for _ in range(5):
            try:
                uploading.begun(shop, size=1)
                begun += 1
            except TooManyUploads:
                pass
        return begun

    with ThreadPoolExecutor(4) as threads:
        begun = [one.result() for one in [threads.submit(begin_five) for _ in range(4)]]
    assert sum(begun) == 12
    assert uploading.begun(other, size=1).state is UploadState.WAITING
    with db.writing() as session:
        session.execute(
            text(
                "UPDATE upload SET state = 'refused', ended_at = now() WHERE id = (SELECT min(id::text)::uuid FROM upload WHERE state = 'waiting' AND shop_id = :shop)"
            ),
            {"shop": shop.id},
        )
    assert uploading.begun(shop, size=1).state is UploadState.WAITING
    with pytest.raises(TooManyUploads):
        uploading.begun(shop, size=1)


@pytest.mark.parametrize("stored", [None, 0, 99, 101])
def test_an_upload_whose_file_is_not_there_in_full_goes_on_waiting(shop: Shop, stored: int | None) -> None:
    upload = uploading.begun(shop, size=100)
    with pytest.raises(UploadIncomplete), db.writing() as session:
        service.complete_upload(session, shop_id=shop.id, upload_id=upload.id, stored=stored)
    assert uploading.state(upload) == upload
    assert uploading.waiting_jobs() == 0


def test_completing_twice_queues_one_job_and_makes_one_picture(shop: Shop) -> None:
    upload = uploading.received(shop, files.photo())
    assert uploading.completed(upload) == upload
    assert uploading.work() == 1
    ended = uploading.state(upload)
    assert uploading.completed(upload) == ended  # its file is gone by now
    assert uploading.work() == 0
    assert [one[0] for one in uploading.pictures(shop)] == [ended.picture_id]


def test_another_shops_upload_cannot_be_found_and_stays_as_it_is(shop: Shop) -> None:
    other = uploading.shop("wool-and-co")
    upload = uploading.begun(shop, size=3)
    uploading.arrived(upload, b"abc")
    with db.reading() as session:
        for ask in (queries.upload, queries.require_waiting):
            with pytest.raises(UploadNotFound):
                ask(session, shop_id=other.id, upload_id=upload.id)
    with pytest.raises(UploadNotFound), db.writing() as session:
        service.complete_upload(session, shop_id=other.id, upload_id=upload.id, stored=3)
    with pytest.raises(UploadNotFound), db.writing() as session:
        service.refuse_upload(session, shop_id=other.id, upload_id=upload.id, reason="mine", now=NOW)
    assert uploading.state(upload) == upload
    assert (uploading.waiting_jobs(), uploading.files()) == (0, [upload.key])


def test_two_jobs_at_once_make_one_picture(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = uploading.received(shop, files.photo())
    (job,) = running.sent("media")
    both_have_read = threading.Barrier(2)
    store = media.store

    def store_together(original: bytes) -> object:
        both_have_read.wait(30)
        return store(original)

    monkeypatch.setattr(media, "store", store_together)
    with ThreadPoolExecutor(2) as threads:
        for run in [threads.submit(job.perform) for _ in range(2)]:
            run.result()
    ended = uploading.state(upload)
    assert [one[0] for one in uploading.pictures(shop)] == [ended.picture_id]
    assert ended.state is UploadState.READY
    assert [key for key in uploading.files() if key.startswith(rules.QUARANTINE)] == []


def test_a_copy_of_the_job_that_comes_after_the_file_is_gone_changes_nothing(shop: Shop) -> None:
    upload = uploading.received(shop, files.photo())
    (job,) = running.sent("media")
    job.perform()
    ended = uploading.state(upload)
    job.perform()
    assert uploading.state(upload) == ended
    media._end(upload, media._take_one(upload))  # a copy that had read the row before the first had ended
    assert uploading.state(upload) == ended


def test_a_run_that_was_cut_off_before_it_tidied_up_is_finished_by_the_next(shop: Shop) -> None:
    body = files.photo()
    upload = uploading.received(shop, body)
    media._end(upload, media._take_one(upload))
    assert upload.key in uploading.files()
    assert uploading.work() == 1
    assert (uploading.state(upload).state, uploading.waiting_jobs()) == (UploadState.READY, 0)
    assert upload.key not in uploading.files()


def test_an_outage_leaves_the_upload_to_the_next_run(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = uploading.received(shop, files.photo())
    (job,) = running.sent("media")
    with monkeypatch.context() as broken:
        broken.setattr(storage.LocalStorage, "put", lambda *_, **__: unavailable())
        with pytest.raises(storage.StorageUnavailable):
            job.perform()
    assert (uploading.state(upload), uploading.waiting_jobs()) == (upload, 1)
    job.perform()
    assert uploading.state(upload).state is UploadState.READY


def unavailable() -> None:
    raise storage.StorageUnavailable("The disk is full.")


def test_the_same_file_sent_twice_is_one_picture_of_the_shop_and_another_of_the_next_shop(shop: Shop) -> None:
    other = uploading.shop("wool-and-co")
    first, second = uploading.taken(shop, files.photo()), uploading.taken(shop, files.photo())
    elsewhere = uploading.taken(other, files.photo())
    assert first.picture_id == second.picture_id
    assert (first.content, len(uploading.pictures(shop))) == (elsewhere.content, 1)
    assert [one[0] for one in uploading.pictures(other)] == [elsewhere.picture_id] != [first.picture_id]


def test_a_listing_that_named_the_picture_before_it_was_there_shows_it(shop: Shop) -> None:
    body = files.photo()
    source = f"content:{pictures.content_of(body)}"
    with db.writing() as session:
        listing = make_listing(session, shop=shop, pictures=({"source": source},))
        (wanted,) = listing.pictures
        service.miss(session, shop_id=shop.id, picture_id=wanted.id, reason="no address", final=True, now=NOW)
    uploading.work()  # the fetch, which has nothing left to do
    before = uploading.waiting_jobs()
    ended = uploading.taken(shop, body)
    assert (ended.state, ended.picture_id) == (UploadState.READY, wanted.id)
    assert uploading.waiting_jobs() == before + 1  # the listing is indexed again
    with db.reading() as session:
        jobs = session.execute(
            text("SELECT arguments FROM outbox WHERE job = 'workers.search.reindex' AND done_at IS NULL")
        )
        assert {"listing_ids": [str(listing.id)]} in jobs.scalars().all()


def test_when_an_upload_ends_its_page_is_told(shop: Shop) -> None:
    upload = uploading.received(shop, files.SCRIPT)
    (job,) = running.sent("media")
    redis = pokes.work_redis()
    tags = [f"{pokes.GENERATION}upload:{upload.id}", f"{pokes.GENERATION}shop-uploads:{shop.id}"]
    assert redis.mget(tags) == [None, None]
    job.perform()
    assert redis.mget(tags) == [b"1", b"1"]


def test_an_upload_that_was_changed_after_it_was_completed_is_refused(shop: Shop) -> None:
    upload = uploading.received(shop, files.photo())
    uploading.arrived(upload, files.photo() + b"more")
    uploading.work()
    ended = uploading.state(upload)
    assert (ended.state, ended.reason) == (UploadState.REFUSED, "was changed after it had been sent: send it again")
    assert uploading.files() == []


def test_an_upload_whose_file_was_lost_is_refused(shop: Shop) -> None:
    upload = uploading.received(shop, files.photo())
    uploading.place().delete(upload.key)
    uploading.work()
    ended = uploading.state(upload)
    assert (ended.state, ended.reason) == (UploadState.REFUSED, "is not there any more: send it again")


def test_closing_the_shop_takes_its_uploads_along(shop: Shop) -> None:
    upload = uploading.received(shop, files.photo())
    with db.writing() as session:
        shops.close(session, shop=shop)
    assert uploading.work() == 1
    assert (uploading.files(), uploading.waiting_jobs()) == ([], 0)
    with pytest.raises(UploadNotFound):
        uploading.state(upload)


def test_an_upload_that_never_came_ends_by_itself_and_what_came_of_it_is_deleted(shop: Shop) -> None:
    late = rules.UPLOAD_TIME + rules.LATE_BY
    old = uploading.begun(shop, size=3, now=utc_now() - late - timedelta(seconds=1))
    slow = uploading.begun(shop, size=3, now=utc_now() - late + timedelta(minutes=1))
    done = uploading.received(shop, files.photo())
    uploading.arrived(old, b"ab")
    uploading.arrived(slow, b"abc")
    schedule.end_overdue_uploads()
    schedule.end_overdue_uploads()
    assert (uploading.state(old).state, uploading.state(old).reason) == (UploadState.REFUSED, "did not arrive in time")
    assert (uploading.state(slow), uploading.state(done)) == (slow, done)
    assert uploading.work() == 2
    assert [key for key in uploading.files() if key.startswith(rules.QUARANTINE)] == [slow.key]
    assert uploading.completed(old).state is UploadState.REFUSED
    assert uploading.completed(slow).state is UploadState.RECEIVED


def test_an_upload_whose_job_was_given_up_is_refused_and_its_file_deleted(shop: Shop) -> None:
    upload, other = uploading.received(shop, files.photo()), uploading.received(shop, files.photo())
    with db.writing() as session:
        session.execute(
            outbox.outbox.update()
            .where(outbox.outbox.c.arguments["upload_id"].astext == str(upload.id))
            .values(failed_at=NOW, error="killed")
        )
    schedule.end_overdue_uploads()
    assert (uploading.state(upload).state, uploading.state(upload).reason) == (UploadState.REFUSED, "could not be read")
    assert uploading.state(other) == other
    assert uploading.work() == 2
    assert [key for key in uploading.files() if key.startswith(rules.QUARANTINE)] == []


def test_uploads_are_forgotten_a_week_after_they_ended_and_their_pictures_stay(shop: Shop) -> None:
    ended, fresh = uploading.taken(shop, files.photo(seed=1)), uploading.taken(shop, files.photo(seed=2))
    waiting = uploading.begun(shop, size=1, now=utc_now() - timedelta(days=30))
    with db.writing() as session:
        session.execute(
            text("UPDATE upload SET ended_at = ended_at - interval '8 days' WHERE id = :id"), {"id": ended.id}
        )
    schedule.sweep_uploads()
    with pytest.raises(UploadNotFound):
        uploading.state(ended)
    assert (uploading.state(fresh), uploading.state(waiting)) == (fresh, waiting)
    assert {one[0] for one in uploading.pictures(shop)} == {ended.picture_id, fresh.picture_id}


def test_files_nobody_names_are_deleted_and_all_others_kept(
    place: None, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = uploading.taken(shop, files.photo())
    waiting = uploading.begun(shop, size=3)
    uploading.arrived(waiting, b"abc")
    mark, cover, nobodys = "1" * 64, "2" * 64, "3" * 64
    with db.writing() as session:
        make_shop(session, slug="wool-and-co", mark=mark, cover=cover)
    kept = [*uploading.files(), *(rules.key(content, 400) for content in (mark, cover)), "imports/a.csv"]
    lost = [
        rules.key(nobodys, 400),
        rules.key(nobodys, 800),
        rules.quarantine_key(shop.id, uuid4()),
        rules.quarantine_key(shop.id, ended.id),
    ]
    for key in [*kept[-3:], *lost]:
        uploading.place().put(key, b"a file", content_type="image/webp")
    sweep()
    assert sorted(uploading.files()) == sorted([*kept, *lost])  # all are younger than a day
    monkeypatch.setattr(rules, "FILES_KEPT", timedelta(minutes=-1))
    monkeypatch.setattr(media, "SWEPT_AT_ONCE", 2)
    sweep()
    assert sorted(uploading.files()) == sorted(kept)


def sweep() -> None:
    with db.writing() as session:
        outbox.add(session, schedule.SWEEP)
    assert uploading.work() == 1


def test_a_sweep_is_queued_once_a_day_and_not_while_a_plaza_starts() -> None:
    schedule.sweep_files()
    schedule.sweep_files()
    assert (uploading.waiting_jobs(), uploading.work()) == (0, 0)
    queued = text("SELECT job, due_at - created_at FROM outbox")
    with db.writing() as session:
        assert session.execute(queued).all() == [(schedule.SWEEP, timedelta(hours=1))]
        session.execute(text("UPDATE outbox SET created_at = created_at - interval '1 day', done_at = now()"))
    schedule.sweep_files()
    with db.reading() as session:
        assert len(session.execute(queued).all()) == 2


def test_a_file_that_is_stored_anew_while_files_are_swept_is_kept(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    key = rules.key("3" * 64, 400)
    uploading.place().put(key, b"a file", content_type="image/webp")
    monkeypatch.setattr(rules, "FILES_KEPT", timedelta(minutes=-1))

    def named(keys: object) -> set[str]:
        uploading.place().put(key, b"the same file", content_type="image/webp")
        return set()

    media._sweep(rules.PICTURES, named)
    assert uploading.content(key) == b"the same file"
