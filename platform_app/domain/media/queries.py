"""Reading pictures."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, func, select

from platform_app.domain.media.models import Picture
from platform_app.domain.media.rules import PictureState
from platform_app.domain.media.schemas import PictureCounts, WantedPicture
from platform_app.domain.shared.tables import among
from platform_app.infra.db import ReadSession


def wanted(session: ReadSession, *, shop_id: UUID, picture_ids: Sequence[UUID]) -> list[WantedPicture]:
    """Those of the pictures that are still to be fetched."""
    rows = session.exec(
        select(Picture)
        .where(Picture.shop_id == shop_id, col(Picture.id).in_(picture_ids), Picture.state == PictureState.PENDING)
        .order_by(col(Picture.id))
    )
    return [WantedPicture.model_validate(row, from_attributes=True) for row in rows]


def ready(session: ReadSession, *, shop_id: UUID, picture_ids: Sequence[UUID]) -> list[UUID]:
    """Those of the pictures that can be shown."""
    rows = session.exec(
        select(Picture.id)
        .where(Picture.shop_id == shop_id, col(Picture.id).in_(picture_ids), Picture.state == PictureState.READY)
        .order_by(col(Picture.id))
    )
    return list(rows)


def counts(session: ReadSession, *, shop_id: UUID, sources: Sequence[str]) -> PictureCounts:
    """How many pictures from these sources are ready, pending and failed."""
    rows = session.execute(
        select(Picture.state, func.count())
        .where(Picture.shop_id == shop_id, among(Picture.source, sources))
        .group_by(col(Picture.state))
    )
    found = {row[0]: row[1] for row in rows}
    return PictureCounts(
        ready=found.get(PictureState.READY, 0),
        pending=found.get(PictureState.PENDING, 0),
        failed=found.get(PictureState.FAILED, 0),
    )


def missing(session: ReadSession, *, shop_id: UUID, sources: Sequence[str]) -> list[tuple[str, str]]:
    """The pictures from these sources that are not ready, each with the reason."""
    rows = session.exec(
        select(Picture.source, Picture.reason)
        .where(Picture.shop_id == shop_id, among(Picture.source, sources), Picture.state != PictureState.READY)
        .order_by(Picture.source)
    )
    return [(source, reason or "still to be fetched") for source, reason in rows]
