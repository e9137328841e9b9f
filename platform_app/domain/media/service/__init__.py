"""Request pictures, accept uploads and record their outcomes."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import case, delete, or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from platform_app.domain.media import models, rules
from platform_app.domain.media.errors import TooManyUploads, UnusableUpload, UploadIncomplete, UploadNotFound
from platform_app.domain.media.models import Picture
from platform_app.domain.media.rules import PictureState, UploadPurpose, UploadState
from platform_app.domain.media.schemas import StoredPicture, Upload
from platform_app.domain.media.tags import DEMO, shop_uploads_tag
from platform_app.domain.shared.locking import lock_of_all_shops
from platform_app.domain.shared.model_base import in_array, new_id
from platform_app.domain.shops import service as shops
from platform_app.domain.shops.rules.quotas import Resource
from platform_app.domain.shops.service import quotas
from platform_app.infra import outbox
from platform_app.infra.db import WriteSession, invalidate

FETCHES_PER_JOB = 20
_OPEN = [state for state in UploadState if state.is_open]


def request(session: WriteSession, *, shop_id: UUID, sources: Iterable[str], now: datetime) -> dict[str, UUID]:
    """The picture ids by source; jobs fetch pictures that the shop does not have yet."""
    requested = sorted(set(sources))
    if not requested:
        return {}
    rows = [
        {
            "shop_id": shop_id,
            "id": new_id(),
            "source": source,
            "state": PictureState.PENDING,
            "attempts": 0,
            "created_at": now,
        }
        for source in requested
    ]
    added = session.execute(
        insert(Picture)
        .values(rows)
        .on_conflict_do_nothing(index_elements=["shop_id", "source"])
        .returning(col(Picture.id))
    )
    enqueue_fetch(session, shop_id=shop_id, picture_ids=sorted(added.scalars()))
    _invalidate_demo(session, requested)
    known = session.exec(
        select(Picture.source, Picture.id).where(Picture.shop_id == shop_id, col(Picture.source).in_(requested))
    )
    return dict(known.all())


def mark_ready(session: WriteSession, *, shop_id: UUID, picture_id: UUID, picture: StoredPicture) -> None:
    """Mark a pending picture as ready; the caller reindexes the listings that show it."""
    is_wanted = col(Picture.state) == PictureState.PENDING
    source = session.execute(
        update(Picture)
        .where(col(Picture.shop_id) == shop_id, col(Picture.id) == picture_id, is_wanted)
        .values(state=PictureState.READY, reason=None, retry_at=None, **picture.model_dump())
        .returning(col(Picture.source))
    ).scalar()
    _invalidate_demo(session, [source or ""])


def record_failure(
    session: WriteSession, *, shop_id: UUID, picture_id: UUID, reason: str, final: bool, now: datetime
) -> None:
    """Record a failed fetch: schedule a retry, or give up if `final` or after MAX_ATTEMPTS."""
    picture = session.exec(
        select(Picture).where(Picture.shop_id == shop_id, Picture.id == picture_id).with_for_update()
    ).one_or_none()
    if picture is None or picture.state is not PictureState.PENDING:
        return
    wait = None if final else rules.retry_after(picture.attempts)
    picture.attempts += 1
    picture.reason = reason[:500]
    picture.retry_at = now + wait if wait else None
    picture.state = PictureState.PENDING if wait else PictureState.FAILED
    session.add(picture)


def postpone(
    session: WriteSession, *, shop_id: UUID, picture_ids: Sequence[UUID], reason: str, until: datetime, now: datetime
) -> None:
    """Leave pending pictures to a later job, without counting an attempt."""
    is_old = col(Picture.created_at) < now - rules.JOB_LOST_AFTER  # then queuing it has counted one
    was_counted = is_old & (col(Picture.attempts) > 0)
    session.execute(
        update(Picture)
        .where(col(Picture.shop_id) == shop_id, in_array(Picture.id, picture_ids))
        .where(col(Picture.state) == PictureState.PENDING)
        .values(
            retry_at=until,
            reason=reason[:500],
            attempts=case((was_counted, col(Picture.attempts) - 1), else_=col(Picture.attempts)),
        )
    )


def enqueue_due_retries(session: WriteSession, *, now: datetime) -> int:
    """Queue pictures that are due for a retry or whose job was lost; return how many."""
    lost = col(Picture.retry_at).is_(None) & (col(Picture.created_at) < now - rules.JOB_LOST_AFTER)
    is_due = (col(Picture.state) == PictureState.PENDING, or_(col(Picture.retry_at) <= now, lost))
    due = lock_of_all_shops(session, Picture, *is_due, limit=500)
    by_shop: dict[UUID, list[UUID]] = defaultdict(list)
    for picture in due:
        _schedule_retry(picture, now=now)
        session.add(picture)
        if picture.state is PictureState.PENDING:
            by_shop[picture.shop_id].append(picture.id)
    for shop_id, picture_ids in by_shop.items():
        enqueue_fetch(session, shop_id=shop_id, picture_ids=picture_ids)
    return sum(map(len, by_shop.values()))


def create_upload(
    session: WriteSession,
    *,
    shop_id: UUID,
    user_id: UUID,
    content_type: str,
    size: int,
    now: datetime,
    purpose: UploadPurpose = UploadPurpose.PICTURE,
) -> Upload:
    """Register an upload of one file; the caller signs the upload form for its key. ShopNotFound, QuotaUsed."""
    _validate_upload(purpose, content_type=content_type, size=size)
    resource = Resource.IMPORT_ROWS if purpose is UploadPurpose.IMPORT else Resource.PIXELS
    quotas.require_some_left(session, shop_id=shop_id, resource=resource, now=now)
    shops.lock(session, shop_id=shop_id)  # so that concurrent uploads cannot exceed the limit
    unfinished = session.exec(
        select(func.count()).where(models.Upload.shop_id == shop_id, col(models.Upload.state).in_(_OPEN))
    ).one()
    if unfinished >= rules.MAX_OPEN_UPLOADS:
        raise TooManyUploads
    upload_id = new_id()
    upload = models.Upload(
        shop_id=shop_id,
        id=upload_id,
        user_id=user_id,
        purpose=purpose,
        key=rules.quarantine_key(shop_id, upload_id),
        content_type=content_type,
        size=size,
        created_at=now,
        expires_at=now + rules.UPLOAD_FORM_LIFETIME,
    )
    session.add(upload)
    return Upload.model_validate(upload)


def complete_upload(
    session: WriteSession,
    *,
    shop_id: UUID,
    upload_id: UUID,
    stored_bytes: int | None,
    purpose: UploadPurpose = UploadPurpose.PICTURE,
) -> Upload:
    """Mark an upload's file as received, stored with `stored_bytes` bytes; repeating it changes nothing.

    A job processes pictures. The file of an import stays until the import finishes the upload.
    """
    upload = lock_upload(session, shop_id=shop_id, upload_id=upload_id)
    if upload.purpose is not purpose:
        raise UploadNotFound
    if upload.state is UploadState.WAITING:
        if stored_bytes != upload.size:
            raise UploadIncomplete
        upload.state = UploadState.RECEIVED
        if purpose is not UploadPurpose.IMPORT:
            outbox.add(session, "workers.media.attach", owner=shop_id, shop_id=str(shop_id), upload_id=str(upload_id))
    return Upload.model_validate(upload)


def finish_upload(session: WriteSession, *, shop_id: UUID, upload_id: UUID, now: datetime) -> None:
    """End an upload and queue the deletion of its file; does nothing if it has ended or no longer exists."""
    upload = session.exec(_select_for_update(shop_id, upload_id)).one_or_none()
    if upload is not None and upload.state.is_open:
        finish(session, upload, state=UploadState.READY, now=now)
        _enqueue_discard(session, keys=[upload.key])


def attach_upload(
    session: WriteSession, *, shop_id: UUID, upload_id: UUID, picture: StoredPicture, now: datetime
) -> UUID | None:
    """Turn a received upload into this picture of the shop; return its id, None if the upload has ended."""
    upload = lock_upload(session, shop_id=shop_id, upload_id=upload_id)
    if upload.state is not UploadState.RECEIVED:
        return None
    source = rules.CONTENT_SOURCE_PREFIX + picture.content
    values = {"state": PictureState.READY, "reason": None, "retry_at": None, **picture.model_dump()}
    # The shop may already have this picture, ready or pending.
    picture_id: UUID = session.execute(
        insert(Picture)
        .values(shop_id=shop_id, id=new_id(), source=source, attempts=0, created_at=now, **values)
        .on_conflict_do_update(index_elements=["shop_id", "source"], set_=values)
        .returning(col(Picture.id))
    ).scalar_one()
    upload.picture_id, upload.content = picture_id, picture.content
    finish(session, upload, state=UploadState.READY, now=now)
    return picture_id


def reject_upload(
    session: WriteSession, *, shop_id: UUID, upload_id: UUID, reason: str, now: datetime
) -> Upload | None:
    """End a received upload as refused and return it; None, without changes, if it has already ended."""
    upload = lock_upload(session, shop_id=shop_id, upload_id=upload_id)
    if upload.state is not UploadState.RECEIVED:
        return None
    upload.reason = reason[:500]
    finish(session, upload, state=UploadState.REFUSED, now=now)
    return Upload.model_validate(upload)


def lock_upload(session: WriteSession, *, shop_id: UUID, upload_id: UUID) -> models.Upload:
    """The shop's upload, locked until the transaction ends; UploadNotFound."""
    upload = session.exec(_select_for_update(shop_id, upload_id)).one_or_none()
    if upload is None:
        raise UploadNotFound
    return upload


def finish(session: WriteSession, upload: models.Upload, *, state: UploadState, now: datetime) -> None:
    """End an upload and update everyone who watches it."""
    upload.state, upload.ended_at = state, now
    session.add(upload)
    invalidate(session, shop_uploads_tag(upload.shop_id))


def expire_overdue_uploads(session: WriteSession, *, now: datetime) -> tuple[Upload, ...]:
    """End uploads whose file did not arrive in time or whose job failed for good, and return them."""
    upload_table = models.Upload
    is_late = (
        col(upload_table.state) == UploadState.WAITING,
        col(upload_table.expires_at) < now - rules.UPLOAD_GRACE_PERIOD,
    )
    late = lock_of_all_shops(session, upload_table, *is_late, limit=500)
    failed_ids = outbox.errors_of_failed_jobs(session, job_prefix="workers.media.attach", argument="upload_id")
    is_abandoned = (
        col(upload_table.state) == UploadState.RECEIVED,
        in_array(upload_table.id, [UUID(upload_id) for upload_id in failed_ids]),
    )
    abandoned = lock_of_all_shops(session, upload_table, *is_abandoned, limit=500) if failed_ids else []
    for upload in (*late, *abandoned):
        has_arrived = upload.state is not UploadState.WAITING
        upload.reason = "could not be read" if has_arrived else "did not arrive in time"
        finish(session, upload, state=UploadState.REFUSED, now=now)
    _enqueue_discard(session, keys=[upload.key for upload in (*late, *abandoned)])
    return tuple(Upload.model_validate(upload) for upload in (*late, *abandoned))


def sweep_uploads(session: WriteSession, *, now: datetime) -> None:
    """Delete uploads that ended long ago; their pictures stay."""
    session.execute(delete(models.Upload).where(col(models.Upload.ended_at) < now - rules.UPLOAD_RETENTION))


def _validate_upload(purpose: UploadPurpose, *, content_type: str, size: int) -> None:
    is_picture = purpose is not UploadPurpose.IMPORT
    types, max_bytes = (
        (rules.UPLOAD_TYPES, rules.MAX_BYTES) if is_picture else (rules.SPREADSHEET_TYPES, rules.MAX_SPREADSHEET_BYTES)
    )
    problems = {}
    if content_type not in types:
        accepted = "a JPEG, PNG, WebP, AVIF or GIF picture" if is_picture else "a CSV file or an Excel workbook (XLSX)"
        problems["content_type"] = f"{rules.describe_type(content_type)}Choose {accepted}."
    if size < 1:
        problems["size"] = "This file is empty. Choose another one."
    if size > max_bytes:
        limit = f"This file has {rules.megabytes(size)} MB; the limit is {rules.megabytes(max_bytes)} MB."
        advice = "Save a smaller copy and choose that." if is_picture else "Split it into several files."
        problems["size"] = f"{limit} {advice}"
    if problems:
        raise UnusableUpload(fields=problems)


def _select_for_update(shop_id: UUID, upload_id: UUID) -> SelectOfScalar[models.Upload]:
    statement = select(models.Upload).where(models.Upload.shop_id == shop_id, models.Upload.id == upload_id)
    return statement.with_for_update().execution_options(populate_existing=True)


def _enqueue_discard(session: WriteSession, *, keys: Sequence[str]) -> None:
    if keys:
        outbox.add(session, "workers.media.discard", keys=list(keys))


def _schedule_retry(picture: Picture, *, now: datetime) -> None:
    """Limit the retries of a picture whose job was lost: count this one, schedule the next, or give up."""
    picture.retry_at = None
    if picture.created_at >= now - rules.JOB_LOST_AFTER:
        return
    if picture.attempts > rules.MAX_ATTEMPTS:
        picture.state, picture.reason = PictureState.FAILED, picture.reason or "could not be fetched"
    else:
        picture.attempts += 1
        picture.retry_at = now + rules.JOB_LOST_AFTER


def _invalidate_demo(session: WriteSession, sources: Iterable[str]) -> None:
    if any(source.startswith(rules.DEMO_SOURCE) for source in sources):
        invalidate(session, DEMO)


def enqueue_fetch(session: WriteSession, *, shop_id: UUID, picture_ids: list[UUID]) -> None:
    for start in range(0, len(picture_ids), FETCHES_PER_JOB):
        batch: list[JsonValue] = [str(picture_id) for picture_id in picture_ids[start : start + FETCHES_PER_JOB]]
        outbox.add(session, "workers.media.fetch", owner=shop_id, shop_id=str(shop_id), picture_ids=batch)
