"""The page of all that the viewer was told."""

import reflex as rx

from platform_app.domain.accounts.schemas import Viewer
from platform_app.domain.notifications import queries, rules
from platform_app.domain.notifications.schemas import Notification
from platform_app.domain.shared.paging import Page
from platform_app.infra import db
from state import bell, live
from state.accounts import Paged
from state.bell import NotificationView


class NotificationsState(Paged, rx.State):
    """All notifications, newest first."""

    notifications: rx.Field[list[NotificationView]] = rx.field(default_factory=list)

    async def _append(self, user: Viewer, cursor: str) -> None:
        found = await db.read(queries.of_user, user_id=user.user_id, cursor=cursor)
        self._turn([*self.notifications, *bell.listed(found.items)], found)

    async def _read(self, user: Viewer) -> None:
        limit = live.length(len(self.notifications), page=rules.LATEST, has_more=self.has_more)
        found = await db.read(queries.of_user, user_id=user.user_id, limit=limit)
        self._turn(bell.listed(found.items), found)

    def _turn(self, shown: list[NotificationView], found: Page[Notification]) -> None:
        self._cursor = found.next_cursor or ""
        self._tell(notifications=shown, has_more=found.next_cursor is not None, more_failed=False)

    def _tags(self, user: Viewer) -> tuple[str, ...]:
        return (*super()._tags(user), rules.tag(user.user_id))
