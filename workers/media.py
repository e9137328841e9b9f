"""Picture jobs: the network and the pixels first, then a transaction a picture with what became of it."""

from collections.abc import Callable, Sequence
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
from platform_app.domain.media.schemas import StoredPicture, Upload, WantedPicture
from platform_app.domain.media.service import faces
from platform_app.domain.shared.tables import utc_now
from platform_app.domain.shops.rules import Face
from platform_app.infra import db, jobs, pictures, storage
from platform_app.infra import fetch as web
from platform_app.infra.errors import Outage
from platform_app.infra.settings import settings

Missed = UnreachablePicture | UnusablePicture
SWEPT_AT_ONCE = 1000

log = structlog.get_logger()


def fetch(*, shop_id: str, picture_ids: list[str]) -> None:
    """Fetch a shop's wanted pictures; one that cannot be had is tried again later, then reported, and costs no other."""
    shop, asked = UUID(shop_id), [UUID(picture_id) for picture_id in picture_ids]
    with db.reading() as session:
        wanted = queries.wanted(session, shop_id=shop, picture_ids=asked)
    for picture in wanted:
        _record(picture, _fetch_one(picture))
    with db.writing() as session:
        if jobs.complete(session):
            # Also those that an earlier run of this job has stored, before it was cut off here.
            ready = queries.ready(session, shop_id=shop, picture_ids=asked)
            catalog.reindex_showing(session, shop_id=shop, picture_ids=ready)


def take(*, shop_id: str, upload_id: str) -> None:
    """Make a picture of what was uploaded, or say why it is none; either way nothing is left in quarantine."""
    shop, one = UUID(shop_id), UUID(upload_id)
    key = rules.quarantine_key(shop, one)
    try:
        with db.reading() as session:
            upload = queries.upload(session, shop_id=shop, upload_id=one)
    except UploadNotFound:  # the shop was closed in the meantime
        upload = None
    if upload and upload.state is UploadState.RECEIVED:
        _end(upload, _take_one(upload))
    # After the row, so that a run that is cut off here finds the row as it was or the upload ended, and goes on.
    storage.from_settings(settings()).delete(key)
    with db.writing() as session:
        jobs.complete(session)


def discard(*, keys: list[str]) -> None:
    """Delete what was sent for uploads that are over."""
    place = storage.from_settings(settings())
    for key in keys:
        place.delete(key)
    with db.writing() as session:
        jobs.complete(session)


def sweep() -> None:
    """Delete the files that nobody names a day after they were stored: pictures, and what waits in quarantine."""
    _sweep(rules.PICTURES, _shown)
    _sweep(rules.QUARANTINE, _awaited)
    with db.writing() as session:
        jobs.complete(session)


def store(original: bytes) -> StoredPicture:
    """Keep what somebody sent as a picture that is safe to show; UnusablePicture says why it is none."""
    try:
        picture = pictures.open_safely(original, max_pixels=rules.MAX_PIXELS, widest=rules.WIDTHS[-1])
        return keep(picture, content=pictures.content_of(original))
    except pictures.NotAPicture as error:
        raise UnusablePicture(str(error)) from error


def store_face(original: bytes, *, face: Face) -> StoredPicture:
    """Keep the middle of what somebody sent as a shop's mark or cover; UnusablePicture says why it is none."""
    wanted = rules.CUTS[face]
    try:
        whole = pictures.open_safely(original, max_pixels=rules.MAX_PIXELS, widest=rules.WIDTHS[-1])
        picture = pictures.cut(whole, across=wanted.across, down=wanted.down, at_least=wanted.at_least)
    except pictures.NotAPicture as error:
        raise UnusablePicture(str(error)) from error
    # By a name of its own: the same file may be a picture of a listing too, and stays whole there.
    return keep(picture, content=pictures.content_of(f"{face}:".encode() + original), widths=wanted.widths)


def keep(picture: Image, *, content: str, widths: Sequence[int] = ()) -> StoredPicture:
    """Store a picture's sizes under the name of its content; storing it twice changes nothing."""
    made = pictures.make(picture, content=content, widths=widths or rules.widths(picture.width))
    place = storage.from_settings(settings())
    for width, body in made.sizes.items():
        place.put(rules.key(content, width), body, content_type="image/webp")
    return StoredPicture(content=content, width=made.width, height=made.height, colour=made.colour)


def _fetch_one(picture: WantedPicture) -> StoredPicture | Missed:
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
    return _made(original, id=picture.id)


def _shipped(picture: WantedPicture) -> StoredPicture | UnusablePicture:
    """A picture of the demo, which many shops of a large one share: it is made once."""
    original = picture_files.read(picture.source)
    with db.reading() as session:
        stored = queries.stored(session, content=pictures.content_of(original))
    return stored or _made(original, id=picture.id)


def _take_one(upload: Upload) -> StoredPicture | UnusablePicture:
    try:
        with storage.from_settings(settings()).open(upload.key) as body:
            original = body.read(upload.size + 1)
    except storage.ObjectMissing:
        return UnusablePicture("is not there any more: send it again")
    if len(original) != upload.size:
        return UnusablePicture("was changed after it had been sent: send it again")
    return _made(original, id=upload.id, face=upload.purpose.face)


def _made(original: bytes, *, id: UUID, face: Face | None = None) -> StoredPicture | UnusablePicture:
    try:
        return store_face(original, face=face) if face else store(original)
    except UnusablePicture as error:
        return error
    except (Outage, BaseTimeoutException):  # not this picture's fault: the job is tried again
        raise
    except Exception:
        log.exception("picture could not be read", **{"picture.id": str(id)})
        return UnusablePicture("could not be read")


def _end(upload: Upload, end: StoredPicture | UnusablePicture) -> None:
    shop, one = upload.shop_id, upload.id
    with db.writing() as session:
        if isinstance(end, StoredPicture) and upload.purpose.face:
            faces.take(session, shop_id=shop, upload_id=one, picture=end, now=utc_now())
        elif isinstance(end, StoredPicture):
            made = service.take_upload(session, shop_id=shop, upload_id=one, picture=end, now=utc_now())
            if made is not None:  # listings may have named this content before it was there
                catalog.reindex_showing(session, shop_id=shop, picture_ids=[made])
        else:
            refused = service.refuse_upload(session, shop_id=shop, upload_id=one, reason=str(end), now=utc_now())
            if refused:
                uploads.tell_rejected(session, upload=refused, now=utc_now())


def _sweep(prefix: str, named: Callable[[Sequence[str]], set[str]]) -> None:
    place, before = storage.from_settings(settings()), utc_now() - rules.FILES_KEPT
    old = (stored for stored in place.list(prefix) if stored.modified < before)
    while some := list(islice(old, SWEPT_AT_ONCE)):
        kept = named([stored.key for stored in some])
        for stored in some:
            # Looked at once more: the same content may have been stored anew since it was listed.
            if stored.key not in kept and stored in place.list(stored.key):
                place.delete(stored.key)


def _shown(keys: Sequence[str]) -> set[str]:
    contents = {key: rules.content_in(key) for key in keys}
    with db.reading() as session:
        named = queries.named(session, contents=sorted(set(contents.values())))
    return {key for key, content in contents.items() if content in named}


def _awaited(keys: Sequence[str]) -> set[str]:
    with db.reading() as session:
        return queries.awaited(session, keys=keys)


def _record(picture: WantedPicture, end: StoredPicture | Missed) -> None:
    shop, one = picture.shop_id, picture.id
    with db.writing() as session:
        if isinstance(end, StoredPicture):
            service.store(session, shop_id=shop, picture_id=one, picture=end)
        else:
            final = isinstance(end, UnusablePicture)
            service.miss(session, shop_id=shop, picture_id=one, reason=str(end), final=final, now=utc_now())
