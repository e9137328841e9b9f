"""Picture jobs: the network and the pixels first, then a transaction a picture with what became of it."""

from uuid import UUID

import structlog
from PIL.Image import Image
from rq.timeouts import BaseTimeoutException

from platform_app.domain.catalog import service as catalog
from platform_app.domain.media import queries, rules, service
from platform_app.domain.media.errors import UnreachablePicture, UnusablePicture
from platform_app.domain.media.schemas import StoredPicture, WantedPicture
from platform_app.domain.shared.tables import utc_now
from platform_app.infra import db, jobs, pictures, storage
from platform_app.infra import fetch as web
from platform_app.infra.errors import Outage
from platform_app.infra.settings import settings

Missed = UnreachablePicture | UnusablePicture

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


def store(original: bytes) -> StoredPicture:
    """Keep what somebody sent as a picture that is safe to show; UnusablePicture says why it is none."""
    try:
        picture = pictures.open_safely(original, max_pixels=rules.MAX_PIXELS)
        return keep(picture, content=pictures.content_of(original))
    except pictures.NotAPicture as error:
        raise UnusablePicture(str(error)) from error


def keep(picture: Image, *, content: str) -> StoredPicture:
    """Store a picture's sizes under the name of its content; storing it twice changes nothing."""
    made = pictures.make(picture, content=content, widths=rules.widths(picture.width))
    place = storage.from_settings(settings())
    for width, body in made.sizes.items():
        place.put(rules.key(content, width), body, content_type="image/webp")
    return StoredPicture(content=content, width=made.width, height=made.height, colour=made.colour)


def _fetch_one(picture: WantedPicture) -> StoredPicture | Missed:
    try:
        return store(web.get(picture.source, max_bytes=rules.MAX_BYTES))
    except web.FetchFailed as error:
        return (UnusablePicture if error.final else UnreachablePicture)(str(error))
    except UnusablePicture as error:
        return error
    except (Outage, BaseTimeoutException):  # not this picture's fault: the job is tried again
        raise
    except Exception:
        log.exception("picture could not be read", **{"picture.id": str(picture.id)})
        return UnusablePicture("could not be read")


def _record(picture: WantedPicture, end: StoredPicture | Missed) -> None:
    shop, one = picture.shop_id, picture.id
    with db.writing() as session:
        if isinstance(end, StoredPicture):
            service.store(session, shop_id=shop, picture_id=one, picture=end)
        else:
            final = isinstance(end, UnusablePicture)
            service.miss(session, shop_id=shop, picture_id=one, reason=str(end), final=final, now=utc_now())
