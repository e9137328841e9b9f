"""The page of all notifications."""

import reflex as rx

from platform_app.domain.accounts.schemas import Viewer
from platform_app.domain.notifications import queries, rules
from platform_app.domain.notifications.schemas import Notification
from platform_app.domain.notifications.tags import notifications_tag
from platform_app.domain.shared.paging import Page
from platform_app.infra import db
from state import notifications_bell
from state.accounts import PaginatedPage
from state.core import live_updates
from state.notifications_bell import NotificationView


class NotificationsState(PaginatedPage, rx.State):
    """All notifications, newest first."""

    notifications: rx.Field[list[NotificationView]] = rx.field(default_factory=list)

    async def _append(self, user: Viewer, cursor: str) -> None:
        found = await db.read(queries.of_user, user_id=user.user_id, cursor=cursor)
        self._set_page([*self.notifications, *notifications_bell.notification_views(found.items)], found)

    async def _read(self, user: Viewer) -> None:
        limit = live_updates.reload_limit(
            len(self.notifications), page_size=rules.DROPDOWN_LIMIT, has_more=self.has_more
        )
        found = await db.read(queries.of_user, user_id=user.user_id, limit=limit)
        self._set_page(notifications_bell.notification_views(found.items), found)

    def _set_page(self, notifications: list[NotificationView], found: Page[Notification]) -> None:
        self._cursor = found.next_cursor or ""
        self._set_values(notifications=notifications, has_more=found.next_cursor is not None, load_more_failed=False)

    def _tags(self, user: Viewer) -> tuple[str, ...]:
        return (*super()._tags(user), notifications_tag(user.user_id))
