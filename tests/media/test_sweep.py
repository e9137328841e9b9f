"""Abandoned uploads and unreferenced files are deleted, all others stay."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from platform_app.domain.media import rules
from platform_app.domain.media.errors import (
    UploadNotFound,
)
from platform_app.domain.media.rules import UploadState
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shops.schemas import Shop
from platform_app.infra import db, outbox
from tests.factories import NOW, make_shop
from tests.media import sample_files, upload_helpers
from workers import media, schedule

pytestmark = pytest.mark.usefixtures("clean")


def test_an_abandoned_upload_expires_and_its_file_is_deleted(shop: Shop) -> None:
    late = rules.UPLOAD_FORM_LIFETIME + rules.UPLOAD_GRACE_PERIOD
    old = upload_helpers.create_upload(shop, size=3, now=utc_now() - late - timedelta(seconds=1))
    slow = upload_helpers.create_upload(shop, size=3, now=utc_now() - late + timedelta(minutes=1))
    done = upload_helpers.upload_file(shop, sample_files.photo())
    upload_helpers.put_in_quarantine(old, b"ab")
    upload_helpers.put_in_quarantine(slow, b"abc")
    schedule.expire_overdue_uploads()
    schedule.expire_overdue_uploads()
    assert (upload_helpers.state(old).state, upload_helpers.state(old).reason) == (
        UploadState.REFUSED,
        "did not arrive in time",
    )
    assert (upload_helpers.state(slow), upload_helpers.state(done)) == (slow, done)
    assert upload_helpers.run_jobs() == 2
    assert [key for key in upload_helpers.files() if key.startswith(rules.QUARANTINE_PREFIX)] == [slow.key]
    assert upload_helpers.complete_upload(old).state is UploadState.REFUSED
    assert upload_helpers.complete_upload(slow).state is UploadState.RECEIVED


def test_an_upload_whose_job_was_given_up_is_refused_and_its_file_deleted(shop: Shop) -> None:
    upload, other = (
        upload_helpers.upload_file(shop, sample_files.photo()),
        upload_helpers.upload_file(shop, sample_files.photo()),
    )
    with db.writing() as session:
        session.execute(
            outbox.outbox.update()
            .where(outbox.outbox.c.arguments["upload_id"].astext == str(upload.id))
            .values(failed_at=NOW, error="killed")
        )
    schedule.expire_overdue_uploads()
    assert (upload_helpers.state(upload).state, upload_helpers.state(upload).reason) == (
        UploadState.REFUSED,
        "could not be read",
    )
    assert upload_helpers.state(other) == other
    assert upload_helpers.run_jobs() == 2
    assert [key for key in upload_helpers.files() if key.startswith(rules.QUARANTINE_PREFIX)] == []


def test_uploads_are_deleted_a_week_after_they_ended_and_their_pictures_stay(shop: Shop) -> None:
    ended, recent = (
        upload_helpers.process_file(shop, sample_files.photo(seed=1)),
        upload_helpers.process_file(shop, sample_files.photo(seed=2)),
    )
    waiting = upload_helpers.create_upload(shop, size=1, now=utc_now() - timedelta(days=30))
    with db.writing() as session:
        session.execute(
            text("UPDATE upload SET ended_at = ended_at - interval '8 days' WHERE id = :id"), {"id": ended.id}
        )
    schedule.sweep_uploads()
    with pytest.raises(UploadNotFound):
        upload_helpers.state(ended)
    assert (upload_helpers.state(recent), upload_helpers.state(waiting)) == (recent, waiting)
    assert {one[0] for one in upload_helpers.pictures(shop)} == {ended.picture_id, recent.picture_id}


def test_unreferenced_files_are_deleted_and_all_others_stay(
    each_storage: None, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = upload_helpers.process_file(shop, sample_files.photo())
    waiting = upload_helpers.create_upload(shop, size=3)
    upload_helpers.put_in_quarantine(waiting, b"abc")
    logo, banner, unreferenced = "1" * 64, "2" * 64, "3" * 64
    with db.writing() as session:
        make_shop(session, slug="wool-and-co", mark=logo, cover=banner)
    referenced = [
        *upload_helpers.files(),
        *(rules.picture_key(content, 400) for content in (logo, banner)),
        "imports/a.csv",
    ]
    lost = [
        rules.picture_key(unreferenced, 400),
        rules.picture_key(unreferenced, 800),
        rules.quarantine_key(shop.id, uuid4()),
        rules.quarantine_key(shop.id, ended.id),
    ]
    for key in [*referenced[-3:], *lost]:
        upload_helpers.file_storage().put(key, b"a file", content_type="image/webp")
    sweep()
    assert sorted(upload_helpers.files()) == sorted([*referenced, *lost])  # all are younger than a day
    monkeypatch.setattr(rules, "ORPHAN_FILE_AGE", timedelta(minutes=-1))
    monkeypatch.setattr(media, "SWEEP_BATCH_SIZE", 2)
    sweep()
    assert sorted(upload_helpers.files()) == sorted(referenced)


def sweep() -> None:
    with db.writing() as session:
        outbox.add(session, "workers.media.sweep")
    assert upload_helpers.run_jobs() == 1


def test_a_sweep_is_queued_once_a_day_and_not_while_a_plaza_starts() -> None:
    schedule.enqueue_file_sweep()
    schedule.enqueue_file_sweep()
    assert (upload_helpers.due_job_count(), upload_helpers.run_jobs()) == (0, 0)
    queued = text("SELECT job, due_at - created_at FROM outbox")
    with db.writing() as session:
        assert session.execute(queued).all() == [("workers.media.sweep", timedelta(hours=1))]
        session.execute(text("UPDATE outbox SET created_at = created_at - interval '1 day', done_at = now()"))
    schedule.enqueue_file_sweep()
    with db.reading() as session:
        assert len(session.execute(queued).all()) == 2


def test_a_file_that_is_stored_again_during_a_sweep_stays(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    key = rules.picture_key("3" * 64, 400)
    upload_helpers.file_storage().put(key, b"a file", content_type="image/webp")
    monkeypatch.setattr(rules, "ORPHAN_FILE_AGE", timedelta(minutes=-1))

    def named(keys: object) -> set[str]:
        upload_helpers.file_storage().put(key, b"the same file", content_type="image/webp")
        return set()

    media._sweep(rules.PICTURE_PREFIX, named)
    assert upload_helpers.content(key) == b"the same file"
