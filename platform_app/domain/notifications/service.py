"""Telling users what has happened, and noting what they have read."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, text, update
from sqlmodel import col

from platform_app.domain.notifications import queries, rules
from platform_app.domain.notifications.models import Notification
from platform_app.domain.notifications.schemas import News
from platform_app.domain.shared.tables import among, new_id
from platform_app.infra.db import WriteSession, poke

# The user's row is held against deleting, so that whoever tells somebody something is never refused for that.
_TELL = text("""
INSERT INTO notification (user_id, id, kind, about, text, href, created_at)
SELECT id, :id, :kind, :about, :text, :href, :now FROM user_account WHERE id = :user_id FOR KEY SHARE
ON CONFLICT DO NOTHING RETURNING id""")


def tell(session: WriteSession, *, user_id: UUID, news: News, now: datetime) -> None:
    """Tell a user, once: the same event again changes nothing, nor does one of somebody who is no user any more."""
    said = news.model_dump() | {"text": _cut(news.text)}
    told = session.execute(_TELL, {**said, "user_id": user_id, "id": new_id(), "now": now})
    if told.scalar() is not None:
        poke(session, rules.tag(user_id))


def read(session: WriteSession, *, user_id: UUID, notification_ids: Collection[UUID], now: datetime) -> int:
    """Mark these of the user's as read; those that are nobody's or somebody else's change nothing. How many stay unread."""
    return _read(session, among(Notification.id, notification_ids), user_id=user_id, now=now)


def read_all(session: WriteSession, *, user_id: UUID, now: datetime) -> int:
    """Mark everything the user was told by now as read; how many stay unread."""
    return _read(session, col(Notification.created_at) <= now, user_id=user_id, now=now)


def sweep(session: WriteSession, *, now: datetime) -> None:
    """Delete what was read long ago."""
    session.execute(delete(Notification).where(col(Notification.read_at) < now - rules.KEPT_READ))


def _read(session: WriteSession, which: ColumnElement[bool], *, user_id: UUID, now: datetime) -> int:
    mine = (col(Notification.user_id) == user_id) & col(Notification.read_at).is_(None)
    changed = session.execute(
        update(Notification).where(mine, which).values(read_at=now).returning(col(Notification.id))
    )
    if changed.all():
        poke(session, rules.tag(user_id))
    return queries.unread(session, user_id=user_id)


def _cut(said: str) -> str:
    return said if len(said) <= rules.MAX_TEXT else said[: rules.MAX_TEXT - 1] + "…"
