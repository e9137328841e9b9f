"""Queries for notifications and mail preferences."""

from collections.abc import Collection
from uuid import UUID

from pydantic import JsonValue
from sqlmodel import col, func, select

from platform_app.domain.notifications import models, rules
from platform_app.domain.notifications.schemas import Notification
from platform_app.domain.notifications.tags import notifications_tag
from platform_app.domain.shared import paging
from platform_app.domain.shared.kinds import MailKind
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


def mail_preferences(session: ReadSession, *, user_id: UUID) -> dict[str, bool]:
    """Whether the user wants each kind of mail, by the kind's name."""
    table = models.MailPreference
    choices = dict(session.exec(select(table.kind, table.is_wanted).where(table.user_id == user_id)).all())
    return {name: kind.is_wanted(choices.get(name)) for name, kind in rules.mail_kinds().items()}


def wants_mail(session: ReadSession, *, user_id: UUID, kind: MailKind) -> bool:
    """Whether the user wants this kind of mail."""
    return mail_preferences(session, user_id=user_id)[kind.name]


def export_data(session: ReadSession, *, user_id: UUID) -> JsonValue:
    """All the user's stored notifications and mail preferences, for their own download."""
    notification, preference = models.Notification, models.MailPreference
    received = session.exec(
        select(notification).where(notification.user_id == user_id).order_by(col(notification.id))
    ).all()
    chosen = session.exec(select(preference).where(preference.user_id == user_id).order_by(preference.kind)).all()
    return {
        "notifications": [row.model_dump(mode="json", exclude={"user_id", "about"}) for row in received],
        "mail_preferences": [row.model_dump(mode="json", exclude={"user_id"}) for row in chosen],
    }


def _decode_position(scope: str, cursor: str) -> UUID:
    (notification_id,) = paging.decode(scope, cursor, str)
    try:
        return UUID(str(notification_id))
    except ValueError:
        raise paging.InvalidCursor from None
