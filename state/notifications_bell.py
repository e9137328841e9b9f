"""The bell: the viewer's number of unread notifications, the latest ones, and a resync after lost invalidations."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

import reflex as rx
import structlog
from anyio import to_thread

from platform_app.domain.accounts.schemas import Viewer
from platform_app.domain.notifications import queries, rules, service
from platform_app.domain.notifications.errors import NotificationNotFound
from platform_app.domain.notifications.schemas import Notification
from platform_app.domain.notifications.tags import notifications_tag
from platform_app.domain.shared.model_base import utc_now
from platform_app.infra import cache, db, invalidation
from platform_app.infra.db import DatabaseUnavailable
from platform_app.presenters.shared import relative_time
from state.core import identity, live_updates
from state.core.set_if_changed import set_if_changed
from state.core.state_manager import EphemeralState

RESYNC_INTERVAL_SECONDS = 30.0  # a lost invalidation delays the bell by at most this

log = structlog.get_logger()


@dataclass(frozen=True)
class NotificationView:
    """A notification; `kind` selects its icon."""

    id: str
    kind: str
    title: str
    text: str
    href: str
    when: str
    is_new: bool


class NotificationBellState(EphemeralState, rx.State):
    """The bell of a tab. `status` is "" until the panel is opened, then "ready" or "down"."""

    unread: rx.Field[str] = rx.field("")
    label: rx.Field[str] = rx.field("Notifications")
    announcement: rx.Field[str] = rx.field("")  # for screen readers: that a notification has arrived
    status: rx.Field[str] = rx.field("")
    latest: rx.Field[list[NotificationView]] = rx.field(default_factory=list)
    _shown_count: int = -1  # the last shown number; -1 if none was shown

    @rx.event
    async def open(self) -> None:
        """Show the latest notifications."""
        await self._show_latest(await identity.require_user(self))

    @rx.event
    async def mark_read(self, notification_id: str) -> None:
        """Mark a notification as read when its link is followed."""
        user = await identity.require_writer(self)
        parsed_id = _parse_id(notification_id)
        unread = await db.write(service.mark_read, user_id=user.user_id, notification_ids=[parsed_id], now=utc_now())
        await self._set_unread(user, unread)

    @rx.event
    async def mark_all_read(self) -> None:
        """Mark all notifications as read."""
        user = await identity.require_writer(self)
        await self._set_unread(user, await db.write(service.mark_all_read, user_id=user.user_id, now=utc_now()))

    @rx.event
    async def refresh(self) -> None:
        """Update the bell after a notification has arrived or was read, perhaps in another tab."""
        user = await identity.viewer(self)
        if user is None:
            return
        await self._set_unread(user, await cache.read(queries.unread_count, user_id=user.user_id))

    async def _set_unread(self, user: Viewer, unread: int) -> None:
        """Show the number of unread notifications; update the panel if it was opened."""
        self._set_count(user, unread)
        if self.status:
            await self._show_latest(user)

    async def _show_latest(self, user: Viewer) -> None:
        try:
            found = await db.read(queries.of_user, user_id=user.user_id)
        except DatabaseUnavailable:
            self.status = "down"
            return
        set_if_changed(self, latest=notification_views(found.items), status="ready")

    def _set_count(self, user: Viewer, unread: int) -> None:
        """Show the number, and announce an increase. A new state always sends it: the browser may show an old one."""
        if self._shown_count < 0:
            self.unread, self.label = unread_badge(unread), bell_label(unread)
        elif unread != self._shown_count:
            self.announcement = bell_label(unread) if unread > self._shown_count else ""
        set_if_changed(self, unread=unread_badge(unread), label=bell_label(unread), _shown_count=unread)
        _shown_counts[user.user_id] = unread


async def update_bell(state: rx.State, user: Viewer | None) -> None:
    """Show the user's unread notifications and subscribe to changes; in an outage the bell stays as it is."""
    if user is None:
        return
    # Subscribe before reading, so that no notification in between is missed.
    tags = (notifications_tag(user.user_id),)
    live_updates.subscribe(
        state,
        tags=tags,
        refresh=NotificationBellState.refresh,
        region=live_updates.Region.BELL,
        keys=(str(user.user_id),),
    )
    bell_state = await state.get_state(NotificationBellState)
    try:
        bell_state._set_count(user, await cache.read(queries.unread_count, user_id=user.user_id))
    except DatabaseUnavailable:
        return


async def resync_unread() -> None:
    """Until cancelled, invalidate the users whose tabs show another unread count than the database, at intervals."""
    while True:
        await asyncio.sleep(RESYNC_INTERVAL_SECONDS)
        user_ids = {
            UUID(user_id) for keys in live_updates.all_subscribed_keys(live_updates.Region.BELL) for user_id in keys
        }
        for disconnected in set(_shown_counts) - user_ids:
            del _shown_counts[disconnected]
        try:
            unread = await db.read(queries.unread_counts, user_ids=user_ids) if user_ids else {}
        except Exception as error:  # the resync must go on after any error
            log.warning("unread counts not checked", error=str(error))
            continue
        out_of_sync = [
            notifications_tag(each) for each in user_ids if unread.get(each, 0) != _shown_counts.get(each, 0)
        ]
        if out_of_sync:
            log.info("unread counts were out of sync", users=len(out_of_sync))
            await to_thread.run_sync(invalidation.publish, out_of_sync)


def notification_views(found: tuple[Notification, ...]) -> list[NotificationView]:
    """Notifications as lists show them."""
    now = utc_now()
    return [
        NotificationView(
            id=str(each.id),
            kind=each.kind,
            title=each.title,
            text=each.text,
            href=each.href,
            when=relative_time(each.created_at, now=now),
            is_new=each.read_at is None,
        )
        for each in found
    ]


def unread_badge(unread: int) -> str:
    """The number on the bell; empty if everything is read."""
    return f"{rules.UNREAD_LIMIT}+" if unread > rules.UNREAD_LIMIT else str(unread or "")


def bell_label(unread: int) -> str:
    """The bell's accessible name."""
    return f"Notifications, {unread_badge(unread)} unread" if unread else "Notifications"


_shown_counts: dict[UUID, int] = {}  # the unread count that this process last showed to each user


def _parse_id(notification_id: object) -> UUID:
    try:
        return UUID(str(notification_id))
    except ValueError:
        raise NotificationNotFound from None
