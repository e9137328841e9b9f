"""A shop's mark and cover: sent as pictures are, cut by a job, and shown as soon as they are ready."""

from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from platform_app.domain.media import models, service
from platform_app.domain.media.rules import UploadPurpose, UploadState
from platform_app.domain.media.schemas import StoredPicture, Upload
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.rules import Face, Permission
from platform_app.domain.shops.schemas import Shop
from platform_app.domain.shops.service import settings
from platform_app.infra.db import WriteSession, poke


def begin(
    session: WriteSession, *, user_id: UUID, shop: str, face: Face, content_type: str, size: int, now: datetime
) -> Upload:
    """Let the caller's browser send one picture; whoever asks signs the form for its key."""
    mine = shops.require(session, user_id=user_id, shop=shop, permission=Permission.SHOP)
    return service.begin_upload(
        session,
        shop_id=mine.shop_id,
        user_id=user_id,
        content_type=content_type,
        size=size,
        now=now,
        purpose=UploadPurpose(face),
    )


def complete(
    session: WriteSession, *, user_id: UUID, shop: str, face: Face, upload_id: UUID, stored: int | None, now: datetime
) -> Upload:
    """The picture is there, of which `stored` bytes were found; one that still waits for its job gives way to it."""
    mine = shops.require(session, user_id=user_id, shop=shop, permission=Permission.SHOP)
    others = _open(session, shop_id=mine.shop_id, face=face)
    done = service.complete_upload(
        session, shop_id=mine.shop_id, upload_id=upload_id, stored=stored, purpose=UploadPurpose(face)
    )
    for each in others:
        if each.state is UploadState.RECEIVED and each.id != upload_id:
            service.end_upload(session, shop_id=mine.shop_id, upload_id=each.id, now=now)
    poke(session, f"shop-uploads:{mine.shop_id}")
    return done


def remove(session: WriteSession, *, user_id: UUID, shop: str, face: Face, now: datetime) -> Shop:
    """Show none, not even one that is still on its way; the files are swept like those of other pictures."""
    mine = shops.require(session, user_id=user_id, shop=shop, permission=Permission.SHOP)
    for each in _open(session, shop_id=mine.shop_id, face=face):
        service.end_upload(session, shop_id=mine.shop_id, upload_id=each.id, now=now)
    return settings.show_face(session, shop_id=mine.shop_id, face=face, content=None)


def take(session: WriteSession, *, shop_id: UUID, upload_id: UUID, picture: StoredPicture, now: datetime) -> None:
    """A received file has become this picture, which the shop shows from now on; an upload that was over changes nothing."""
    upload = service.locked(session, shop_id=shop_id, upload_id=upload_id)
    face = upload.purpose.face
    if upload.state is not UploadState.RECEIVED or face is None:
        return
    settings.show_face(session, shop_id=shop_id, face=face, content=picture.content)
    upload.content = picture.content
    service.end(session, upload, state=UploadState.READY, now=now)


def _open(session: WriteSession, *, shop_id: UUID, face: Face) -> list[Upload]:
    """The unfinished uploads of a mark or a cover, which nobody else changes until the transaction ends."""
    rows = session.exec(
        select(models.Upload)
        .where(
            models.Upload.shop_id == shop_id,
            models.Upload.purpose == UploadPurpose(face),
            col(models.Upload.state).in_([state for state in UploadState if state.is_open]),
        )
        .order_by(col(models.Upload.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return [Upload.model_validate(row) for row in rows]
