"""A shop's logo and banner: uploaded like pictures, cropped by a job, shown once ready."""

from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from platform_app.domain.media import models, service
from platform_app.domain.media.rules import UploadPurpose, UploadState
from platform_app.domain.media.schemas import StoredPicture, Upload
from platform_app.domain.media.tags import shop_uploads_tag
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.rules import Permission, ShopImage
from platform_app.domain.shops.schemas import Shop
from platform_app.domain.shops.service import settings
from platform_app.infra.db import WriteSession, invalidate


def create_upload(
    session: WriteSession, *, user_id: UUID, shop: str, image: ShopImage, content_type: str, size: int, now: datetime
) -> Upload:
    """Register an upload of a logo or banner; the caller signs the upload form for its key."""
    membership = shops.require_membership(session, user_id=user_id, shop=shop, permission=Permission.SHOP)
    return service.create_upload(
        session,
        shop_id=membership.shop_id,
        user_id=user_id,
        content_type=content_type,
        size=size,
        now=now,
        purpose=UploadPurpose(image),
    )


def complete_upload(
    session: WriteSession,
    *,
    user_id: UUID,
    shop: str,
    image: ShopImage,
    upload_id: UUID,
    stored_bytes: int | None,
    now: datetime,
) -> Upload:
    """Mark the upload as received, stored with `stored_bytes` bytes; it replaces uploads still waiting for a job."""
    membership = shops.require_membership(session, user_id=user_id, shop=shop, permission=Permission.SHOP)
    others = _open_uploads(session, shop_id=membership.shop_id, image=image)
    upload = service.complete_upload(
        session,
        shop_id=membership.shop_id,
        upload_id=upload_id,
        stored_bytes=stored_bytes,
        purpose=UploadPurpose(image),
    )
    for each in others:
        if each.state is UploadState.RECEIVED and each.id != upload_id:
            service.finish_upload(session, shop_id=membership.shop_id, upload_id=each.id, now=now)
    invalidate(session, shop_uploads_tag(membership.shop_id))
    return upload


def remove(session: WriteSession, *, user_id: UUID, shop: str, image: ShopImage, now: datetime) -> Shop:
    """Remove the image and cancel unfinished uploads of it; the file sweep deletes unused files."""
    membership = shops.require_membership(session, user_id=user_id, shop=shop, permission=Permission.SHOP)
    for each in _open_uploads(session, shop_id=membership.shop_id, image=image):
        service.finish_upload(session, shop_id=membership.shop_id, upload_id=each.id, now=now)
    return settings.set_shop_image(session, shop_id=membership.shop_id, image=image, content=None)


def attach(session: WriteSession, *, shop_id: UUID, upload_id: UUID, picture: StoredPicture, now: datetime) -> None:
    """Make the processed picture of a received upload the shop's image; does nothing if the upload has ended."""
    upload = service.lock_upload(session, shop_id=shop_id, upload_id=upload_id)
    image = upload.purpose.shop_image
    if upload.state is not UploadState.RECEIVED or image is None:
        return
    settings.set_shop_image(session, shop_id=shop_id, image=image, content=picture.content)
    upload.content = picture.content
    service.finish(session, upload, state=UploadState.READY, now=now)


def _open_uploads(session: WriteSession, *, shop_id: UUID, image: ShopImage) -> list[Upload]:
    """The unfinished uploads of the shop's logo or banner, locked until the transaction ends."""
    rows = session.exec(
        select(models.Upload)
        .where(
            models.Upload.shop_id == shop_id,
            models.Upload.purpose == UploadPurpose(image),
            col(models.Upload.state).in_([state for state in UploadState if state.is_open]),
        )
        .order_by(col(models.Upload.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return [Upload.model_validate(row) for row in rows]
