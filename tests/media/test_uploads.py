"""Uploads: created within limits, completed when the file is complete, processed once even concurrently."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import text

from platform_app.domain.media import queries, rules, service
from platform_app.domain.media.errors import (
    TooManyUploads,
    UnusableUpload,
    UploadIncomplete,
    UploadNotFound,
)
from platform_app.domain.media.rules import UploadState
from platform_app.domain.media.tags import shop_uploads_tag
from platform_app.domain.shops import service as shops
from platform_app.domain.shops.errors import ShopNotFound
from platform_app.domain.shops.schemas import Shop
from platform_app.infra import db, invalidation, pictures, storage
from tests.factories import NOW, make_listing
from tests.imports import helpers
from tests.media import sample_files, upload_helpers
from workers import media

pytestmark = pytest.mark.usefixtures("clean")


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
def test_a_file_of_a_wrong_type_or_size_is_refused_before_it_is_uploaded(
    shop: Shop, content_type: str, size: int, fields: set[str]
) -> None:
    with pytest.raises(UnusableUpload) as refused:
        upload_helpers.create_upload(shop, size=size, content_type=content_type)
    assert set(refused.value.fields) == fields
    with db.reading() as session:
        assert session.execute(text("SELECT count(*) FROM upload")).scalar_one() == 0


@pytest.mark.parametrize(
    ("content_type", "size", "message"),
    [
        ("image/heic", 1, "This file is a HEIC picture. Choose a JPEG, PNG, WebP, AVIF or GIF picture."),
        ("image/odd", 1, "Choose a JPEG, PNG, WebP, AVIF or GIF picture."),
        ("image/png", 0, "This file is empty. Choose another one."),
        (
            "image/png",
            rules.MAX_BYTES + 1,
            "This file has 20.1 MB; the limit is 20 MB. Save a smaller copy and choose that.",
        ),
    ],
)
def test_a_refused_file_is_told_its_own_size_or_type_and_what_to_do(
    shop: Shop, content_type: str, size: int, message: str
) -> None:
    with pytest.raises(UnusableUpload) as refused:
        upload_helpers.create_upload(shop, size=size, content_type=content_type)
    assert list(refused.value.fields.values()) == [message]


def test_an_upload_needs_an_existing_shop() -> None:
    with db.writing() as session, pytest.raises(ShopNotFound):
        service.create_upload(
            session, shop_id=uuid4(), user_id=upload_helpers.USER, content_type="image/png", size=1, now=NOW
        )


def test_the_number_of_open_uploads_of_a_shop_is_limited_even_concurrently(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MAX_OPEN_UPLOADS", 12)
    other = upload_helpers.shop("wool-and-co")
    upload_helpers.process_file(shop, sample_files.SCRIPT)  # an ended upload does not count
    at_once = threading.Barrier(4)

    def create_five() -> int:
        at_once.wait()
        created = 0
        for _ in range(5):
            try:
                upload_helpers.create_upload(shop, size=1)
                created += 1
            except TooManyUploads:
                pass
        return created

    with ThreadPoolExecutor(4) as threads:
        created = [one.result() for one in [threads.submit(create_five) for _ in range(4)]]
    assert sum(created) == 12
    assert upload_helpers.create_upload(other, size=1).state is UploadState.WAITING
    with db.writing() as session:
        session.execute(
            text(
                "UPDATE upload SET state = 'refused', ended_at = now() WHERE id = (SELECT min(id::text)::uuid FROM upload WHERE state = 'waiting' AND shop_id = :shop)"
            ),
            {"shop": shop.id},
        )
    assert upload_helpers.create_upload(shop, size=1).state is UploadState.WAITING
    with pytest.raises(TooManyUploads):
        upload_helpers.create_upload(shop, size=1)


@pytest.mark.parametrize("stored", [None, 0, 99, 101])
def test_an_upload_without_its_complete_file_keeps_waiting(shop: Shop, stored: int | None) -> None:
    upload = upload_helpers.create_upload(shop, size=100)
    with pytest.raises(UploadIncomplete), db.writing() as session:
        service.complete_upload(session, shop_id=shop.id, upload_id=upload.id, stored_bytes=stored)
    assert upload_helpers.state(upload) == upload
    assert upload_helpers.due_job_count() == 0


def test_completing_twice_queues_one_job_and_makes_one_picture(shop: Shop) -> None:
    upload = upload_helpers.upload_file(shop, sample_files.photo())
    assert upload_helpers.complete_upload(upload) == upload
    assert upload_helpers.run_jobs() == 1
    ended = upload_helpers.state(upload)
    assert upload_helpers.complete_upload(upload) == ended  # its file is deleted by now
    assert upload_helpers.run_jobs() == 0
    assert [one[0] for one in upload_helpers.pictures(shop)] == [ended.picture_id]


def test_an_upload_of_another_shop_is_not_found_and_stays_unchanged(shop: Shop) -> None:
    other = upload_helpers.shop("wool-and-co")
    upload = upload_helpers.create_upload(shop, size=3)
    upload_helpers.put_in_quarantine(upload, b"abc")
    with db.reading() as session:
        for query in (queries.upload, queries.require_waiting):
            with pytest.raises(UploadNotFound):
                query(session, shop_id=other.id, upload_id=upload.id)
    with pytest.raises(UploadNotFound), db.writing() as session:
        service.complete_upload(session, shop_id=other.id, upload_id=upload.id, stored_bytes=3)
    with pytest.raises(UploadNotFound), db.writing() as session:
        service.reject_upload(session, shop_id=other.id, upload_id=upload.id, reason="mine", now=NOW)
    assert upload_helpers.state(upload) == upload
    assert (upload_helpers.due_job_count(), upload_helpers.files()) == (0, [upload.key])


def test_two_concurrent_jobs_make_one_picture(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = upload_helpers.upload_file(shop, sample_files.photo())
    (job,) = helpers.take_jobs("media")
    both_have_read = threading.Barrier(2)
    store = media.store_picture

    def store_together(original: bytes) -> object:
        both_have_read.wait(30)
        return store(original)

    monkeypatch.setattr(media, "store_picture", store_together)
    with ThreadPoolExecutor(2) as threads:
        for run in [threads.submit(job.perform) for _ in range(2)]:
            run.result()
    ended = upload_helpers.state(upload)
    assert [one[0] for one in upload_helpers.pictures(shop)] == [ended.picture_id]
    assert ended.state is UploadState.READY
    assert [key for key in upload_helpers.files() if key.startswith(rules.QUARANTINE_PREFIX)] == []


def test_a_late_copy_of_the_job_changes_nothing(shop: Shop) -> None:
    upload = upload_helpers.upload_file(shop, sample_files.photo())
    (job,) = helpers.take_jobs("media")
    job.perform()
    ended = upload_helpers.state(upload)
    job.perform()
    assert upload_helpers.state(upload) == ended
    media._record_upload(upload, media._read_upload(upload))  # this copy read the row before the first one had ended
    assert upload_helpers.state(upload) == ended


def test_the_next_run_finishes_the_cleanup_of_an_interrupted_one(shop: Shop) -> None:
    body = sample_files.photo()
    upload = upload_helpers.upload_file(shop, body)
    media._record_upload(upload, media._read_upload(upload))
    assert upload.key in upload_helpers.files()
    assert upload_helpers.run_jobs() == 1
    assert (upload_helpers.state(upload).state, upload_helpers.due_job_count()) == (UploadState.READY, 0)
    assert upload.key not in upload_helpers.files()


def test_an_outage_leaves_the_upload_to_the_next_run(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = upload_helpers.upload_file(shop, sample_files.photo())
    (job,) = helpers.take_jobs("media")
    with monkeypatch.context() as broken:
        broken.setattr(storage.LocalStorage, "put", lambda *_, **__: unavailable())
        with pytest.raises(storage.StorageUnavailable):
            job.perform()
    assert (upload_helpers.state(upload), upload_helpers.due_job_count()) == (upload, 1)
    job.perform()
    assert upload_helpers.state(upload).state is UploadState.READY


def unavailable() -> None:
    raise storage.StorageUnavailable("The disk is full.")


def test_the_same_file_is_one_picture_per_shop(shop: Shop) -> None:
    other = upload_helpers.shop("wool-and-co")
    first, second = (
        upload_helpers.process_file(shop, sample_files.photo()),
        upload_helpers.process_file(shop, sample_files.photo()),
    )
    elsewhere = upload_helpers.process_file(other, sample_files.photo())
    assert first.picture_id == second.picture_id
    assert (first.content, len(upload_helpers.pictures(shop))) == (elsewhere.content, 1)
    assert [one[0] for one in upload_helpers.pictures(other)] == [elsewhere.picture_id] != [first.picture_id]


def test_a_listing_shows_a_picture_that_arrives_after_it_was_saved(shop: Shop) -> None:
    body = sample_files.photo()
    source = f"content:{pictures.content_hash(body)}"
    with db.writing() as session:
        listing = make_listing(session, shop=shop, pictures=({"source": source},))
        (wanted,) = listing.pictures
        service.record_failure(session, shop_id=shop.id, picture_id=wanted.id, reason="no address", final=True, now=NOW)
    upload_helpers.run_jobs()  # the fetch, which has nothing left to do
    before = upload_helpers.due_job_count()
    ended = upload_helpers.process_file(shop, body)
    assert (ended.state, ended.picture_id) == (UploadState.READY, wanted.id)
    assert upload_helpers.due_job_count() == before + 1  # the listing is indexed again
    with db.reading() as session:
        # The relay has turned the event into its job.
        jobs = session.execute(
            text("SELECT arguments FROM outbox WHERE job = 'workers.search.reindex' ORDER BY due_at DESC LIMIT 1")
        )
        assert jobs.scalars().all() == [{"shop_id": str(shop.id), "listing_ids": [str(listing.id)]}]


def test_the_end_of_an_upload_invalidates_its_page(shop: Shop) -> None:
    upload_helpers.upload_file(shop, sample_files.SCRIPT)
    (job,) = helpers.take_jobs("media")
    redis = invalidation.work_redis()
    generation = invalidation.GENERATION_PREFIX + shop_uploads_tag(shop.id)
    assert redis.get(generation) is None
    job.perform()
    assert redis.get(generation) == b"1"


def test_an_upload_that_was_changed_after_completion_is_refused(shop: Shop) -> None:
    upload = upload_helpers.upload_file(shop, sample_files.photo())
    upload_helpers.put_in_quarantine(upload, sample_files.photo() + b"more")
    upload_helpers.run_jobs()
    ended = upload_helpers.state(upload)
    assert (ended.state, ended.reason) == (UploadState.REFUSED, "was changed after the upload; please upload it again")
    assert upload_helpers.files() == []


def test_an_upload_whose_file_was_lost_is_refused(shop: Shop) -> None:
    upload = upload_helpers.upload_file(shop, sample_files.photo())
    upload_helpers.file_storage().delete(upload.key)
    upload_helpers.run_jobs()
    ended = upload_helpers.state(upload)
    assert (ended.state, ended.reason) == (UploadState.REFUSED, "no longer exists; please upload it again")


def test_closing_the_shop_deletes_its_uploads(shop: Shop) -> None:
    upload = upload_helpers.upload_file(shop, sample_files.photo())
    with db.writing() as session:
        shops.delete_shop(session, shop=shop)
    assert upload_helpers.run_jobs() == 1
    assert (upload_helpers.files(), upload_helpers.due_job_count()) == ([], 0)
    with pytest.raises(UploadNotFound):
        upload_helpers.state(upload)
