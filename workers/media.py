"""Picture jobs: fetch and process outside transactions, then record each outcome in one."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import islice
from uuid import UUID

import structlog
from PIL.Image import Image
from rq.timeouts import BaseTimeoutException

from platform_app.demo import picture_files
from platform_app.domain.catalog import service as catalog
from platform_app.domain.editing.service import uploads
from platform_app.domain.media import queries, rules, service
from platform_app.domain.media.errors import UnreachablePicture, UnusablePicture, UploadNotFound
from platform_app.domain.media.rules import UploadState
from platform_app.domain.media.schemas import PendingPicture, StoredPicture, Upload
from platform_app.domain.media.service import branding
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shops.errors import QuotaUsed
from platform_app.domain.shops.rules import ShopImage
from platform_app.domain.shops.rules.quotas import Resource
from platform_app.domain.shops.service import quotas
from platform_app.infra import db, jobs, pictures, storage
from platform_app.infra import fetch as web
from platform_app.infra.errors import Outage
from platform_app.infra.settings import settings

PictureFailure = UnreachablePicture | UnusablePicture
SWEEP_BATCH_SIZE = 1000

log = structlog.get_logger()


def fetch(*, shop_id: str, picture_ids: list[str]) -> None:
    """Fetch a shop's pending pictures; a failed one is retried later and does not stop the others."""
    shop, ids = UUID(shop_id), [UUID(picture_id) for picture_id in picture_ids]
    with db.reading() as session:
        pending = queries.pending_pictures(session, shop_id=shop, picture_ids=ids)
    turn, waiting = jobs.Turn(), list(pending)
    while waiting:
        result = _fetch_one(waiting[0])
        if isinstance(result, QuotaUsed):
            _postpone(waiting, result)
            waiting = []
            break
        _record_picture(waiting.pop(0), result)
        if turn.is_over:
            break
    with db.writing() as session:
        if jobs.complete(session):
            service.enqueue_fetch(session, shop_id=shop, picture_ids=[picture.id for picture in waiting])
            # Includes pictures that an interrupted earlier run has stored.
            ready = queries.ready_picture_ids(session, shop_id=shop, picture_ids=ids)
            catalog.reindex_with_pictures(session, shop_id=shop, picture_ids=ready)


def attach(*, shop_id: str, upload_id: str) -> None:
    """Process an upload into a picture or refuse it; either way, delete its file from quarantine."""
    shop, upload_uuid = UUID(shop_id), UUID(upload_id)
    key = rules.quarantine_key(shop, upload_uuid)
    try:
        with db.reading() as session:
            upload = queries.upload(session, shop_id=shop, upload_id=upload_uuid)
    except UploadNotFound:  # the shop was deleted in the meantime
        upload = None
    if upload and upload.state is UploadState.RECEIVED:
        _record_upload(upload, _read_upload(upload))
    # After the row is updated, so that an interrupted run can be repeated.
    storage.from_settings(settings()).delete(key)
    with db.writing() as session:
        jobs.complete(session)


def discard(*, keys: list[str]) -> None:
    """Delete the files of ended uploads."""
    file_store = storage.from_settings(settings())
    for key in keys:
        file_store.delete(key)
    with db.writing() as session:
        jobs.complete(session)


def sweep() -> None:
    """Delete picture and quarantine files that nothing refers to a day after they were stored."""
    _sweep(rules.PICTURE_PREFIX, _referenced_picture_keys)
    _sweep(rules.QUARANTINE_PREFIX, _open_upload_keys)
    with db.writing() as session:
        jobs.complete(session)


def store_picture(original: bytes) -> StoredPicture:
    """Convert and store an untrusted picture; UnusablePicture."""
    try:
        picture = pictures.open_safely(original, max_pixels=rules.MAX_PIXELS, max_width=rules.WIDTHS[-1])
        return store_sizes(picture, content=pictures.content_hash(original))
    except pictures.NotAPicture as error:
        raise UnusablePicture(str(error)) from error


def store_branding(original: bytes, *, image: ShopImage) -> StoredPicture:
    """Crop and store an untrusted picture as a shop's logo or banner; UnusablePicture."""
    crop = rules.CROPS[image]
    try:
        whole = pictures.open_safely(original, max_pixels=rules.MAX_PIXELS, max_width=rules.WIDTHS[-1])
        picture = pictures.crop(
            whole, ratio_width=crop.ratio_width, ratio_height=crop.ratio_height, min_width=crop.min_width
        )
    except pictures.NotAPicture as error:
        raise UnusablePicture(str(error)) from error
    # A different digest, since the same file may also be an uncropped listing picture.
    return store_sizes(picture, content=pictures.content_hash(f"{image}:".encode() + original), widths=crop.widths)


def store_sizes(picture: Image, *, content: str, widths: Sequence[int] = ()) -> StoredPicture:
    """Store a picture's sizes under its content digest; storing it twice changes nothing."""
    rendered = pictures.render(picture, content=content, widths=widths or rules.widths(picture.width))
    file_store = storage.from_settings(settings())
    for width, body in rendered.sizes.items():
        file_store.put(rules.picture_key(content, width), body, content_type="image/webp")
    return StoredPicture(content=content, width=rendered.width, height=rendered.height, colour=rendered.colour)


def _fetch_one(picture: PendingPicture) -> StoredPicture | PictureFailure | QuotaUsed:
    try:
        if picture.source.startswith(rules.DEMO_SOURCE):
            return _shipped(picture)
        original = web.get(picture.source, max_bytes=rules.MAX_BYTES)
    except web.FetchFailed as error:
        return (UnusablePicture if error.final else UnreachablePicture)(str(error))
    except (Outage, BaseTimeoutException):
        raise
    except Exception:
        log.exception("picture could not be fetched", **{"picture.id": str(picture.id)})
        return UnusablePicture("could not be read")
    return _process_counted(original, shop_id=picture.shop_id, id=picture.id)


def _shipped(picture: PendingPicture) -> StoredPicture | UnusablePicture:
    """A picture of the demo; many shops share it, so it is processed once."""
    original = picture_files.read(picture.source)
    with db.reading() as session:
        stored = queries.stored(session, content=pictures.content_hash(original))
    return stored or _process(original, id=picture.id)


def _read_upload(upload: Upload) -> StoredPicture | UnusablePicture:
    try:
        with storage.from_settings(settings()).open(upload.key) as body:
            original = body.read(upload.size + 1)
    except storage.ObjectMissing:
        return UnusablePicture("no longer exists; please upload it again")
    if len(original) != upload.size:
        return UnusablePicture("was changed after the upload; please upload it again")
    result = _process_counted(original, shop_id=upload.shop_id, id=upload.id, image=upload.purpose.shop_image)
    if isinstance(result, QuotaUsed):
        return UnusablePicture(f"was not processed. {result}".removesuffix("."))
    return result


def _process_counted(
    original: bytes, *, shop_id: UUID, id: UUID, image: ShopImage | None = None
) -> StoredPicture | UnusablePicture | QuotaUsed:
    """Count the picture's pixels, then process it."""
    try:
        pixels = pictures.count_pixels(original, max_pixels=rules.MAX_PIXELS)
    except pictures.NotAPicture as error:
        return UnusablePicture(str(error))
    try:
        with db.writing() as session:
            quotas.spend(session, shop_id=shop_id, resource=Resource.PIXELS, amount=pixels, now=utc_now())
    except QuotaUsed as used:
        return used
    return _process(original, id=id, image=image)


def _process(original: bytes, *, id: UUID, image: ShopImage | None = None) -> StoredPicture | UnusablePicture:
    try:
        return store_branding(original, image=image) if image else store_picture(original)
    except UnusablePicture as error:
        return error
    except (Outage, BaseTimeoutException):  # not the picture's fault; the job is retried
        raise
    except Exception:
        log.exception("picture could not be read", **{"picture.id": str(id)})
        return UnusablePicture("could not be read")


def _record_upload(upload: Upload, result: StoredPicture | UnusablePicture) -> None:
    shop, upload_id = upload.shop_id, upload.id
    with db.writing() as session:
        if isinstance(result, StoredPicture) and upload.purpose.shop_image:
            branding.attach(session, shop_id=shop, upload_id=upload_id, picture=result, now=utc_now())
        elif isinstance(result, StoredPicture):
            picture_id = service.attach_upload(
                session, shop_id=shop, upload_id=upload_id, picture=result, now=utc_now()
            )
            if picture_id is not None:  # listings may already refer to this content
                catalog.reindex_with_pictures(session, shop_id=shop, picture_ids=[picture_id])
        else:
            refused = service.reject_upload(
                session, shop_id=shop, upload_id=upload_id, reason=str(result), now=utc_now()
            )
            if refused:
                uploads.notify_rejected(session, upload=refused, now=utc_now())


def _sweep(prefix: str, referenced: Callable[[Sequence[str]], set[str]]) -> None:
    file_store, before = storage.from_settings(settings()), utc_now() - rules.ORPHAN_FILE_AGE
    old = (stored for stored in file_store.list(prefix) if stored.modified < before)
    while batch := list(islice(old, SWEEP_BATCH_SIZE)):
        in_use = referenced([stored.key for stored in batch])
        for stored in batch:
            # List it again, since the same content may have been stored again in the meantime.
            if stored.key not in in_use and stored in file_store.list(stored.key):
                file_store.delete(stored.key)


def _referenced_picture_keys(keys: Sequence[str]) -> set[str]:
    contents = {key: rules.content_from_key(key) for key in keys}
    with db.reading() as session:
        referenced = queries.referenced_contents(session, contents=sorted(set(contents.values())))
    return {key for key, content in contents.items() if content in referenced}


def _open_upload_keys(keys: Sequence[str]) -> set[str]:
    with db.reading() as session:
        return queries.open_upload_keys(session, keys=keys)


def _postpone(waiting: Sequence[PendingPicture], used: QuotaUsed) -> None:
    with db.writing() as session:
        service.postpone(
            session,
            shop_id=waiting[0].shop_id,
            picture_ids=[picture.id for picture in waiting],
            reason=f"will be fetched later. {used}",
            until=utc_now() + timedelta(seconds=used.retry_after),
            now=utc_now(),
        )


def _record_picture(picture: PendingPicture, result: StoredPicture | PictureFailure) -> None:
    shop, picture_id = picture.shop_id, picture.id
    with db.writing() as session:
        if isinstance(result, StoredPicture):
            service.mark_ready(session, shop_id=shop, picture_id=picture_id, picture=result)
        else:
            final = isinstance(result, UnusablePicture)
            service.record_failure(
                session, shop_id=shop, picture_id=picture_id, reason=str(result), final=final, now=utc_now()
            )
