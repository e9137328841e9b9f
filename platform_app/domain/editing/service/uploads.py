"""Pictures on their way into a shop, for those who write its listings."""

from datetime import datetime
from uuid import UUID

from platform_app.domain.editing import queries
from platform_app.domain.media import queries as media_queries
from platform_app.domain.media import service as media
from platform_app.domain.media.schemas import Upload
from platform_app.domain.notifications import service as notifications
from platform_app.domain.notifications.rules import Kind
from platform_app.domain.notifications.schemas import News
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.rules import Permission
from platform_app.infra.db import ReadSession, WriteSession


def begin(session: WriteSession, *, user_id: UUID, shop: str, content_type: str, size: int, now: datetime) -> Upload:
    """Let the caller's browser send one picture; whoever asks signs the form for its key."""
    shop_id = _shop_id(session, user_id, shop)
    return media.begin_upload(session, shop_id=shop_id, user_id=user_id, content_type=content_type, size=size, now=now)


def complete(session: WriteSession, *, user_id: UUID, shop: str, upload_id: UUID, stored: int | None) -> Upload:
    """The picture is there, of which `stored` bytes were found."""
    shop_id = _shop_id(session, user_id, shop)
    return media.complete_upload(session, shop_id=shop_id, upload_id=upload_id, stored=stored)


def upload(session: ReadSession, *, user_id: UUID, shop: str, upload_id: UUID) -> Upload:
    """One of the shop's uploads; UploadNotFound."""
    return media_queries.upload(session, shop_id=_shop_id(session, user_id, shop), upload_id=upload_id)


def tell_rejected(session: WriteSession, *, upload: Upload, now: datetime) -> None:
    """Tell whoever sent a picture that it could not be used, as long as a listing that is being written waits for it."""
    waiting = queries.waiting_for(session, shop_id=upload.shop_id, upload_id=upload.id)
    if waiting is None:
        return
    listing_id, title = waiting
    shop = shops.by_id(session, shop_id=upload.shop_id)
    news = News(
        kind=Kind.PICTURE_REJECTED,
        about=str(upload.id),
        text=f"{title or 'A new listing'}: the file {upload.reason}.",
        href=f"/sell/{shop.slug}/listings/{listing_id}",
    )
    notifications.tell(session, user_id=upload.user_id, news=news, now=now)


def _shop_id(session: ReadSession, user_id: UUID, shop: str) -> UUID:
    return shops.require(session, user_id=user_id, shop=shop, permission=Permission.LISTINGS).shop_id
