"""Queries for notifications."""

from collections.abc import Collection
from uuid import UUID

from pydantic import JsonValue
from sqlmodel import col, func, select

from platform_app.domain.notifications import models, rules
from platform_app.domain.notifications.schemas import Notification
from platform_app.domain.notifications.tags import notifications_tag
from platform_app.domain.shared import paging
from platform_app.domain.shared.model_base import in_array
from platform_app.domain.shared.paging import Page
from platform_app.infra import cache
from platform_app.infra.db import ReadSession


@cache.cached(int, tags=lambda user_id: (notifications_tag(user_id),), personal=True)
def unread_count(session: ReadSession, *, user_id: UUID) -> int:
    """The user's number of unread notifications, capped at UNREAD_LIMIT + 1, which means "more"."""
    table = models.Notification
    limited = (
        select(table.id).where(table.user_id == user_id, col(table.read_at).is_(None)).limit(rules.UNREAD_LIMIT + 1)
    )
    return session.exec(select(func.count()).select_from(limited.subquery())).one()


def unread_counts(session: ReadSession, *, user_ids: Collection[UUID]) -> dict[UUID, int]:
    """The capped unread counts of those users who have any, read without the cache."""
    table = models.Notification
    counted = (
        select(table.user_id, func.count())
        .where(in_array(table.user_id, user_ids), col(table.read_at).is_(None))
        .group_by(col(table.user_id))
    )
    return {user_id: min(count, rules.UNREAD_LIMIT + 1) for user_id, count in session.exec(counted)}


def of_user(
    session: ReadSession, *, user_id: UUID, cursor: str | None = None, limit: int = rules.DROPDOWN_LIMIT
) -> Page[Notification]:
    """One page of the user's notifications, newest first; InvalidCursor for another query's cursor."""
    table, scope = models.Notification, f"notifications of {user_id}"
    statement = select(table).where(table.user_id == user_id)
    if cursor is not None:
        statement = statement.where(col(table.id) < _decode_position(scope, cursor))
    rows = session.exec(statement.order_by(col(table.id).desc()).limit(limit + 1)).all()
    shown = rows[:limit]
    return Page[Notification](
        items=tuple(Notification.model_validate(row) for row in shown),
        next_cursor=paging.encode(scope, str(shown[-1].id)) if len(rows) > limit else None,
    )


def export_data(session: ReadSession, *, user_id: UUID) -> list[JsonValue]:
    """All the user's stored notifications, for their own download."""
    statement = select(models.Notification).where(models.Notification.user_id == user_id)
    rows = session.exec(statement.order_by(col(models.Notification.id)))
    return [row.model_dump(mode="json", exclude={"user_id", "about"}) for row in rows]


def _decode_position(scope: str, cursor: str) -> UUID:
    (notification_id,) = paging.decode(scope, cursor, str)
    try:
        return UUID(str(notification_id))
    except ValueError:
        raise paging.InvalidCursor from None
