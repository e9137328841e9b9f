"""Picture uploads by members who may edit the shop's listings."""

from datetime import datetime
from uuid import UUID

from platform_app.domain.editing import queries
from platform_app.domain.editing.rules import PICTURE_REJECTED
from platform_app.domain.media import queries as media_queries
from platform_app.domain.media import service as media
from platform_app.domain.media.schemas import Upload
from platform_app.domain.notifications import service as notifications
from platform_app.domain.notifications.schemas import NotificationContent
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.rules import Permission
from platform_app.infra.db import ReadSession, WriteSession


def create_upload(
    session: WriteSession, *, user_id: UUID, shop: str, content_type: str, size: int, now: datetime
) -> Upload:
    """Register an upload of one picture; the caller signs the upload form for its key."""
    shop_id = _shop_id(session, user_id, shop)
    return media.create_upload(session, shop_id=shop_id, user_id=user_id, content_type=content_type, size=size, now=now)


def complete_upload(
    session: WriteSession, *, user_id: UUID, shop: str, upload_id: UUID, stored_bytes: int | None
) -> Upload:
    """Mark an upload as complete; `stored_bytes` is the stored size, None if the file is missing."""
    shop_id = _shop_id(session, user_id, shop)
    return media.complete_upload(session, shop_id=shop_id, upload_id=upload_id, stored_bytes=stored_bytes)


def upload(session: ReadSession, *, user_id: UUID, shop: str, upload_id: UUID) -> Upload:
    """One of the shop's uploads; UploadNotFound."""
    return media_queries.upload(session, shop_id=_shop_id(session, user_id, shop), upload_id=upload_id)


def notify_rejected(session: WriteSession, *, upload: Upload, now: datetime) -> None:
    """Notify the uploader of a rejected picture if an unsaved edit still includes it."""
    edit = queries.edit_for_upload(session, shop_id=upload.shop_id, upload_id=upload.id)
    if edit is None:
        return
    listing_id, title = edit
    shop = shops.by_id(session, shop_id=upload.shop_id)
    content = NotificationContent(
        kind=PICTURE_REJECTED,
        about=str(upload.id),
        text=f"{title or 'A new listing'}: the file {upload.reason}.",
        href=f"/sell/{shop.slug}/listings/{listing_id}",
    )
    notifications.notify(session, user_id=upload.user_id, content=content, now=now)


def _shop_id(session: ReadSession, user_id: UUID, shop: str) -> UUID:
    return shops.require_membership(session, user_id=user_id, shop=shop, permission=Permission.LISTINGS).shop_id
