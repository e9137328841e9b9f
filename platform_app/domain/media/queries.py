"""Queries for pictures and uploads."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col, func, select, union

from platform_app.domain.media import models
from platform_app.domain.media.errors import UploadNotFound, UploadOver
from platform_app.domain.media.models import Picture
from platform_app.domain.media.rules import DEMO_SOURCE, PictureState, UploadPurpose, UploadState
from platform_app.domain.media.schemas import (
    DemoProgress,
    PendingPicture,
    PictureCounts,
    ShopPicture,
    StoredPicture,
    Upload,
)
from platform_app.domain.media.tags import DEMO
from platform_app.domain.shared.model_base import in_array
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.models import Shop
from platform_app.domain.shops.rules import Permission, ShopImage
from platform_app.infra import cache
from platform_app.infra.db import ReadSession


def pending_pictures(session: ReadSession, *, shop_id: UUID, picture_ids: Sequence[UUID]) -> list[PendingPicture]:
    """The pictures among `picture_ids` that still have to be fetched."""
    rows = session.exec(
        select(Picture)
        .where(Picture.shop_id == shop_id, col(Picture.id).in_(picture_ids), Picture.state == PictureState.PENDING)
        .order_by(col(Picture.id))
    )
    return [PendingPicture.model_validate(row, from_attributes=True) for row in rows]


def ready_picture_ids(session: ReadSession, *, shop_id: UUID, picture_ids: Sequence[UUID]) -> list[UUID]:
    """The ids among `picture_ids` whose pictures are ready."""
    rows = session.exec(
        select(Picture.id)
        .where(Picture.shop_id == shop_id, col(Picture.id).in_(picture_ids), Picture.state == PictureState.READY)
        .order_by(col(Picture.id))
    )
    return list(rows)


def picture_sources(session: ReadSession, *, shop_id: UUID, picture_ids: Sequence[UUID]) -> list[str]:
    """The sources of the shop's pictures with these ids."""
    return list(
        session.exec(select(Picture.source).where(Picture.shop_id == shop_id, in_array(Picture.id, picture_ids)))
    )


def picture_counts(session: ReadSession, *, shop_id: UUID, sources: Sequence[str]) -> PictureCounts:
    """How many pictures from these sources are ready, pending and failed."""
    rows = session.execute(
        select(Picture.state, func.count())
        .where(Picture.shop_id == shop_id, in_array(Picture.source, sources))
        .group_by(col(Picture.state))
    )
    by_state = {row[0]: row[1] for row in rows}
    return PictureCounts(
        ready=by_state.get(PictureState.READY, 0),
        pending=by_state.get(PictureState.PENDING, 0),
        failed=by_state.get(PictureState.FAILED, 0),
    )


def unavailable_sources(session: ReadSession, *, shop_id: UUID, sources: Sequence[str]) -> list[tuple[str, str]]:
    """The pictures from these sources that are not ready, each with the reason."""
    rows = session.exec(
        select(Picture.source, Picture.reason)
        .where(Picture.shop_id == shop_id, in_array(Picture.source, sources), Picture.state != PictureState.READY)
        .order_by(Picture.source)
    )
    return [(source, reason or "not fetched yet") for source, reason in rows]


def stored(session: ReadSession, *, content: str) -> StoredPicture | None:
    """The processed picture with this content; None if there is none."""
    row = session.exec(select(Picture).where(Picture.content == content).limit(1)).first()
    return StoredPicture.model_validate(row, from_attributes=True) if row else None


@cache.cached(DemoProgress, tags=lambda: (DEMO,))
def demo_progress(session: ReadSession) -> DemoProgress:
    """How many of the demo's shops have all their pictures; zeros once all do."""
    shops_of = select(func.count(col(Picture.shop_id).distinct())).where(col(Picture.source).startswith(DEMO_SOURCE))
    pending = session.exec(shops_of.where(Picture.state == PictureState.PENDING)).one()
    # The total is only counted while pictures are pending.
    total = session.exec(shops_of).one() if pending else 0
    return DemoProgress(complete=total - pending, total=total)


def upload(session: ReadSession, *, shop_id: UUID, upload_id: UUID) -> Upload:
    """The shop's upload with this id; UploadNotFound."""
    row = session.get(models.Upload, (shop_id, upload_id))
    if row is None:
        raise UploadNotFound
    return Upload.model_validate(row)


def uploads(session: ReadSession, *, shop_id: UUID, upload_ids: Sequence[UUID]) -> list[Upload]:
    """The shop's uploads among `upload_ids`."""
    statement = select(models.Upload).where(models.Upload.shop_id == shop_id, in_array(models.Upload.id, upload_ids))
    rows = session.exec(statement.execution_options(populate_existing=True))
    return [Upload.model_validate(row) for row in rows]


def branding_upload(session: ReadSession, *, user_id: UUID, shop: str, image: ShopImage, upload_id: UUID) -> Upload:
    """An upload of the shop's logo or banner; UploadNotFound."""
    membership = shops.require_membership(session, user_id=user_id, shop=shop, permission=Permission.SHOP)
    branding = upload(session, shop_id=membership.shop_id, upload_id=upload_id)
    if branding.purpose.shop_image is not image:
        raise UploadNotFound
    return branding


def latest_branding_uploads(session: ReadSession, *, shop_id: UUID, since: datetime) -> dict[ShopImage, Upload]:
    """The latest upload of the shop's logo and banner: the one waiting for its job, else the last one that ended."""
    rows = session.exec(
        select(models.Upload)
        .distinct(col(models.Upload.purpose))
        .where(
            models.Upload.shop_id == shop_id,
            col(models.Upload.purpose).in_([UploadPurpose.LOGO, UploadPurpose.BANNER]),
            models.Upload.state != UploadState.WAITING,
            models.Upload.created_at > since,
        )
        .order_by(col(models.Upload.purpose), col(models.Upload.ended_at).desc().nulls_first())
    )
    return {ShopImage(row.purpose.value): Upload.model_validate(row) for row in rows}


def pictures(session: ReadSession, *, shop_id: UUID, picture_ids: Sequence[UUID]) -> list[ShopPicture]:
    """The shop's pictures among `picture_ids`."""
    statement = select(Picture).where(Picture.shop_id == shop_id, in_array(Picture.id, picture_ids))
    rows = session.exec(statement.execution_options(populate_existing=True))
    return [ShopPicture.model_validate(row) for row in rows]


def require_waiting(session: ReadSession, *, shop_id: UUID, upload_id: UUID) -> None:
    """Check that the upload still accepts its file; UploadOver, UploadNotFound."""
    if upload(session, shop_id=shop_id, upload_id=upload_id).state is not UploadState.WAITING:
        raise UploadOver


def open_upload_keys(session: ReadSession, *, keys: Sequence[str]) -> set[str]:
    """The quarantine keys among `keys` whose uploads are open."""
    open_now = col(models.Upload.state).in_([state for state in UploadState if state.is_open])
    return set(session.exec(select(models.Upload.key).where(in_array(models.Upload.key, keys), open_now)))


def referenced_contents(session: ReadSession, *, contents: Sequence[str]) -> set[str]:
    """The digests among `contents` that a picture or a shop uses."""
    of_shops = [select(column).where(in_array(column, contents)) for column in (Shop.mark, Shop.cover)]
    rows = session.execute(union(select(Picture.content).where(in_array(Picture.content, contents)), *of_shops))
    return set(rows.scalars())
