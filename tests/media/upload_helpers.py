"""Uploading pictures as a seller's browser does: create, post the signed form, complete, and run the job."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import text

from platform_app.domain.media import queries, service
from platform_app.domain.media.schemas import Upload
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shops.schemas import Shop
from platform_app.infra import db, outbox, storage
from platform_app.infra.settings import settings
from tests.factories import make_shop
from tests.imports import helpers

USER = uuid4()


def shop(slug: str = "clay-and-co") -> Shop:
    """A committed shop."""
    with db.writing() as session:
        return make_shop(session, slug=slug)


def create_upload(shop: Shop, *, size: int, content_type: str = "image/jpeg", now: datetime | None = None) -> Upload:
    """An upload that waits for its file."""
    with db.writing() as session:
        return service.create_upload(
            session, shop_id=shop.id, user_id=USER, content_type=content_type, size=size, now=now or utc_now()
        )


def signed_form(upload: Upload) -> storage.PresignedPost:
    """The form with which the browser posts the file."""
    return file_storage().presign_post(
        upload.key, content_type=upload.content_type, max_bytes=upload.size, expires=upload.expires_at - utc_now()
    )


def put_in_quarantine(upload: Upload, body: bytes) -> None:
    """Put the file into quarantine, as a posted form does."""
    file_storage().put(upload.key, body, content_type=upload.content_type)


def complete_upload(upload: Upload) -> Upload:
    """Complete the upload, as the browser does."""
    try:
        stored = file_storage().size(upload.key)
    except storage.ObjectMissing:
        stored = None
    with db.writing() as session:
        return service.complete_upload(session, shop_id=upload.shop_id, upload_id=upload.id, stored_bytes=stored)


def upload_file(shop: Shop, body: bytes, *, content_type: str = "image/jpeg") -> Upload:
    """An upload whose file is there and whose job is queued."""
    upload = create_upload(shop, size=len(body), content_type=content_type)
    put_in_quarantine(upload, body)
    return complete_upload(upload)


def process_file(shop: Shop, body: bytes, *, content_type: str = "image/jpeg") -> Upload:
    """An upload of this file, after its real job."""
    upload = upload_file(shop, body, content_type=content_type)
    run_jobs()
    return state(upload)


def run_jobs() -> int:
    """Run the due media jobs, and those that a shop's finished ones make room for; returns how many."""
    count = 0
    while jobs := helpers.take_jobs("media"):
        for job in jobs:
            job.perform()
        count += len(jobs)
    return count


def state(upload: Upload) -> Upload:
    """The upload as stored now."""
    with db.reading() as session:
        return queries.upload(session, shop_id=upload.shop_id, upload_id=upload.id)


def files(prefix: str = "") -> list[str]:
    """The keys of all stored files."""
    return [stored.key for stored in file_storage().list(prefix)]


def content(key: str) -> bytes:
    """The stored file."""
    with file_storage().open(key) as body:
        return body.read()


def file_storage() -> storage.Storage:
    """The storage of this run."""
    return storage.from_settings(settings())


def pictures(shop: Shop) -> list[tuple[UUID, str, str]]:
    """The id, source and state of each picture of the shop."""
    with db.reading() as session:
        rows = session.execute(
            text("SELECT id, source, state FROM picture WHERE shop_id = :shop ORDER BY id"), {"shop": shop.id}
        )
        return [(row[0], row[1], row[2]) for row in rows]


def due_job_count() -> int:
    """The number of due and unfinished jobs."""
    with db.reading() as session:
        return outbox.backlog(session).waiting
