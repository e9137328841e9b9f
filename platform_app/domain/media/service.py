"""Wanting pictures, and recording what became of them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from platform_app.domain.media import rules
from platform_app.domain.media.models import Picture
from platform_app.domain.media.rules import PictureState
from platform_app.domain.media.schemas import StoredPicture
from platform_app.domain.shared.tables import new_id
from platform_app.infra import outbox
from platform_app.infra.db import WriteSession

FETCHES_A_JOB = 20


def want(session: WriteSession, *, shop_id: UUID, sources: Iterable[str], now: datetime) -> dict[str, UUID]:
    """The picture of each source, by its id; those the shop does not have yet are fetched by a job."""
    asked = sorted(set(sources))
    if not asked:
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
        for source in asked
    ]
    added = session.execute(
        insert(Picture)
        .values(rows)
        .on_conflict_do_nothing(index_elements=["shop_id", "source"])
        .returning(col(Picture.id))
    )
    _fetch(session, shop_id=shop_id, picture_ids=sorted(added.scalars()))
    known = session.exec(
        select(Picture.source, Picture.id).where(Picture.shop_id == shop_id, col(Picture.source).in_(asked))
    )
    return dict(known.all())


def keep(session: WriteSession, *, shop_id: UUID, pictures: Mapping[str, StoredPicture], now: datetime) -> None:
    """Record pictures that are stored already, by their source."""
    rows = [
        {
            "shop_id": shop_id,
            "id": new_id(),
            "source": source,
            "state": PictureState.READY,
            "attempts": 0,
            "created_at": now,
            **picture.model_dump(),
        }
        for source, picture in sorted(pictures.items())
    ]
    if rows:
        session.execute(insert(Picture).values(rows).on_conflict_do_nothing(index_elements=["shop_id", "source"]))


def store(session: WriteSession, *, shop_id: UUID, picture_id: UUID, picture: StoredPicture) -> None:
    """A wanted picture has arrived; the listings that show it are indexed again by the caller."""
    is_wanted = col(Picture.state) == PictureState.PENDING
    session.execute(
        update(Picture)
        .where(col(Picture.shop_id) == shop_id, col(Picture.id) == picture_id, is_wanted)
        .values(state=PictureState.READY, reason=None, retry_at=None, **picture.model_dump())
    )


def miss(session: WriteSession, *, shop_id: UUID, picture_id: UUID, reason: str, final: bool, now: datetime) -> None:
    """A wanted picture could not be had: try again later, or give up after several tries or a `final` reason."""
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


def retry_due(session: WriteSession, *, now: datetime) -> int:
    """Queue the pictures whose time to try again has come, and those whose job was lost; returns how many."""
    lost = col(Picture.retry_at).is_(None) & (col(Picture.created_at) < now - rules.LOST_AFTER)
    due = session.exec(
        select(Picture)
        .where(Picture.state == PictureState.PENDING, or_(col(Picture.retry_at) <= now, lost))
        .limit(500)
        .with_for_update(skip_locked=True)
    ).all()
    by_shop: dict[UUID, list[UUID]] = defaultdict(list)
    for picture in due:
        _retry(picture, now=now)
        session.add(picture)
        if picture.state is PictureState.PENDING:
            by_shop[picture.shop_id].append(picture.id)
    for shop_id, picture_ids in by_shop.items():
        _fetch(session, shop_id=shop_id, picture_ids=picture_ids)
    return sum(map(len, by_shop.values()))


def _retry(picture: Picture, *, now: datetime) -> None:
    """An old picture counts every try, and comes back by itself if this job is lost as well: a few times, then no more."""
    picture.retry_at = None
    if picture.created_at >= now - rules.LOST_AFTER:
        return
    if picture.attempts > rules.MAX_ATTEMPTS:
        picture.state, picture.reason = PictureState.FAILED, picture.reason or "could not be fetched"
    else:
        picture.attempts += 1
        picture.retry_at = now + rules.LOST_AFTER


def _fetch(session: WriteSession, *, shop_id: UUID, picture_ids: list[UUID]) -> None:
    for start in range(0, len(picture_ids), FETCHES_A_JOB):
        some: list[JsonValue] = [str(picture_id) for picture_id in picture_ids[start : start + FETCHES_A_JOB]]
        outbox.add(session, "workers.media.fetch", shop_id=str(shop_id), picture_ids=some)
