"""Send notifications and mark them as read."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from psycopg.errors import ForeignKeyViolation
from sqlalchemy import ColumnElement, delete, text, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from platform_app.domain.notifications import queries, rules
from platform_app.domain.notifications.models import Notification
from platform_app.domain.notifications.schemas import NotificationContent
from platform_app.domain.notifications.tags import notifications_tag
from platform_app.domain.shared.model_base import in_array, new_id
from platform_app.infra import owner_locks
from platform_app.infra.db import WriteSession, invalidate

_INSERT = """
INSERT INTO notification (user_id, id, kind, about, text, href, created_at)
SELECT id, :id, :kind, :about, :text, :href, :now FROM user_account WHERE id = :user_id {lock}
ON CONFLICT DO NOTHING RETURNING id"""
# Locks the user's row against deletion, so that the insert cannot fail its foreign key.
_INSERT_LOCKING = text(_INSERT.format(lock="FOR KEY SHARE"))
# On a cluster, the lock would lock all users on all nodes.
_INSERT_UNLOCKED = text(_INSERT.format(lock=""))


def notify(session: WriteSession, *, user_id: UUID, content: NotificationContent, now: datetime) -> None:
    """Notify a user once per event; does nothing if they were already notified or no longer exist."""
    row = {**content.model_dump(), "text": _truncate(content.text), "user_id": user_id, "id": new_id(), "now": now}
    if _insert(session, row):
        invalidate(session, notifications_tag(user_id))


def mark_read(session: WriteSession, *, user_id: UUID, notification_ids: Collection[UUID], now: datetime) -> int:
    """Mark these of the user's notifications as read, ignoring other ids; return how many are still unread."""
    return _mark_read(session, in_array(Notification.id, notification_ids), user_id=user_id, now=now)


def mark_all_read(session: WriteSession, *, user_id: UUID, now: datetime) -> int:
    """Mark the user's notifications up to now as read; return how many are still unread."""
    return _mark_read(session, col(Notification.created_at) <= now, user_id=user_id, now=now)


def sweep(session: WriteSession, *, now: datetime) -> None:
    """Delete notifications that were read long ago."""
    session.execute(delete(Notification).where(col(Notification.read_at) < now - rules.READ_RETENTION))


def _mark_read(session: WriteSession, condition: ColumnElement[bool], *, user_id: UUID, now: datetime) -> int:
    is_unread = (col(Notification.user_id) == user_id) & col(Notification.read_at).is_(None)
    changed = session.execute(
        update(Notification).where(is_unread, condition).values(read_at=now).returning(col(Notification.id))
    )
    if changed.all():
        invalidate(session, notifications_tag(user_id))
    return queries.unread_count(session, user_id=user_id)


def _insert(session: WriteSession, row: dict[str, object]) -> bool:
    if not owner_locks.is_cluster(session):
        return session.execute(_INSERT_LOCKING, row).first() is not None
    try:
        with session.begin_nested():
            return session.execute(_INSERT_UNLOCKED, row).first() is not None
    except IntegrityError as error:
        if not isinstance(error.orig, ForeignKeyViolation):
            raise
        return False  # the account was deleted at this moment


def _truncate(message: str) -> str:
    return message if len(message) <= rules.MAX_TEXT_LENGTH else message[: rules.MAX_TEXT_LENGTH - 1] + "…"
