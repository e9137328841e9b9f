"""The caller's notifications and mail preferences."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from platform_app.domain.notifications import queries, rules, service
from platform_app.domain.notifications.schemas import Notification
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shared.paging import MAX_LIMIT, Page
from platform_app.infra import db
from platform_app.rest.dependencies import CurrentUser, GuardedRoute, WritingUser

router = APIRouter(prefix="/api/v1/notifications", tags=["notifications"], route_class=GuardedRoute)


class MarkReadBody(BaseModel):
    """The notifications to mark as read; all if `notification_ids` is omitted."""

    model_config = ConfigDict(frozen=True)

    notification_ids: Annotated[tuple[UUID, ...], Field(max_length=rules.MAX_READ_IDS)] | None = None


class UnreadCount(BaseModel):
    """The number of unread notifications; 100 means 100 or more."""

    model_config = ConfigDict(frozen=True)

    unread: int


@router.get("")
async def list_notifications(
    user: CurrentUser,
    cursor: Annotated[str | None, Query(max_length=500, description="`next_cursor` of the previous page.")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = rules.DROPDOWN_LIMIT,
) -> Page[Notification]:
    """The caller's notifications, newest first; `read_at` is null while one is unread."""
    return await db.read(queries.of_user, user_id=user.user_id, cursor=cursor, limit=limit)


@router.post("/read")
async def mark_read(body: MarkReadBody, user: WritingUser) -> UnreadCount:
    """Mark some or all of the caller's notifications as read. Unknown ids are ignored."""
    ids, now = body.notification_ids, utc_now()
    if ids is None:
        return UnreadCount(unread=await db.write(service.mark_all_read, user_id=user.user_id, now=now))
    return UnreadCount(unread=await db.write(service.mark_read, user_id=user.user_id, notification_ids=ids, now=now))


@router.get("/mail")
async def get_mail_preferences(user: CurrentUser) -> dict[str, bool]:
    """Whether the caller wants each kind of mail that can be turned off."""
    return await db.read(queries.mail_preferences, user_id=user.user_id)


@router.patch("/mail")
async def update_mail_preferences(body: dict[str, bool], user: WritingUser) -> dict[str, bool]:
    """Turn kinds of mail on or off; the others stay as they are. Returns all of them."""
    return await db.write(service.set_mail_preferences, user_id=user.user_id, is_wanted=body)
