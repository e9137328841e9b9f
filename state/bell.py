"""The bell: how much a tab's viewer has not read, the latest of it, and that a lost poke is made up for."""

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
from platform_app.domain.shared.tables import utc_now
from platform_app.infra import cache, db, pokes
from platform_app.infra.db import DatabaseUnavailable
from state import identity, live, views
from state.assigning import assign
from state.keeping import Unwritten

CHECK_SECONDS = 30.0  # between two looks at what everybody has not read: a poke that was lost costs no more

log = structlog.get_logger()


@dataclass(frozen=True)
class NotificationView:
    """Something the viewer was told; `kind` says how it is drawn."""

    id: str
    kind: str
    title: str
    text: str
    href: str
    when: str
    is_new: bool


class BellState(Unwritten, rx.State):
    """What the bell of a tab shows. `status` is "" until its panel was opened, then "ready" or "down"."""

    unread: rx.Field[str] = rx.field("")
    label: rx.Field[str] = rx.field("Notifications")
    said: rx.Field[str] = rx.field("")  # to whoever listens: that something has come
    status: rx.Field[str] = rx.field("")
    latest: rx.Field[list[NotificationView]] = rx.field(default_factory=list)
    _count: int = -1  # that was shown last

    @rx.event
    async def open(self) -> None:
        """Show the latest."""
        await self._show(await identity.signed_in(self))

    @rx.event
    async def read(self, notification_id: str) -> None:
        """Mark one as read, as whoever follows it does."""
        user = await identity.writing(self)
        one = _parsed(notification_id)
        unread = await db.write(service.read, user_id=user.user_id, notification_ids=[one], now=utc_now())
        await self._turn(user, unread)

    @rx.event
    async def read_all(self) -> None:
        """Mark everything as read."""
        user = await identity.writing(self)
        await self._turn(user, await db.write(service.read_all, user_id=user.user_id, now=utc_now()))

    @rx.event
    async def refresh(self) -> None:
        """Something has come, or was read, maybe elsewhere."""
        user = await identity.viewer(self)
        if user is None:
            return
        await self._turn(user, await cache.read(queries.unread, user_id=user.user_id))

    async def _turn(self, user: Viewer, unread: int) -> None:
        """Show that so many are unread, and the latest as they are now where they have been shown already."""
        self._show_count(user, unread)
        if self.status:
            await self._show(user)

    async def _show(self, user: Viewer) -> None:
        try:
            found = await db.read(queries.of_user, user_id=user.user_id)
        except DatabaseUnavailable:
            self.status = "down"
            return
        assign(self, latest=listed(found.items), status="ready")

    def _show_count(self, user: Viewer, unread: int) -> None:
        """A state just made says it anyway, for the browser may still show an earlier one's; one that grows is announced."""
        if self._count < 0:
            self.unread, self.label = counted(unread), labelled(unread)
        elif unread != self._count:
            self.said = labelled(unread) if unread > self._count else ""
        assign(self, unread=counted(unread), label=labelled(unread), _count=unread)
        _told[user.user_id] = unread


async def show_bell(state: rx.State, user: Viewer | None) -> None:
    """Count what whoever is looking has not read, and follow it from now on; in an outage it stays as it is."""
    if user is None:
        return
    # Before it is read, so that nothing comes unseen in between.
    tags = (rules.tag(user.user_id),)
    live.watch(state, tags=tags, refresh=BellState.refresh, part=live.Part.BELL, shown=(str(user.user_id),))
    bell = await state.get_state(BellState)
    try:
        bell._show_count(user, await cache.read(queries.unread, user_id=user.user_id))
    except DatabaseUnavailable:
        return


async def make_up_for_lost_pokes() -> None:
    """Until cancelled, now and then: poke anew for those of whom the database knows another count than their tabs show."""
    while True:
        await asyncio.sleep(CHECK_SECONDS)
        watching = {UUID(user_id) for shown in live.watching(live.Part.BELL) for user_id in shown}
        for gone in set(_told) - watching:
            del _told[gone]
        try:
            unread = await db.read(queries.unread_of, user_ids=watching) if watching else {}
        except Exception as error:  # one that nobody foresaw must not be the last look
            log.warning("notifications are not looked at", error=str(error))
            continue
        late = [rules.tag(each) for each in watching if unread.get(each, 0) != _told.get(each, 0)]
        if late:
            log.info("notifications had not arrived", users=len(late))
            await to_thread.run_sync(pokes.publish, late)


def listed(found: tuple[Notification, ...]) -> list[NotificationView]:
    """Notifications as lists show them."""
    now = utc_now()
    return [
        NotificationView(
            id=str(each.id),
            kind=each.kind,
            title=each.title,
            text=each.text,
            href=each.href,
            when=views.when(each.created_at, now=now),
            is_new=each.read_at is None,
        )
        for each in found
    ]


def counted(unread: int) -> str:
    """The number at the bell; none when everything is read."""
    return f"{rules.MANY}+" if unread > rules.MANY else str(unread or "")


def labelled(unread: int) -> str:
    """The bell's name."""
    return f"Notifications, {counted(unread)} unread" if unread else "Notifications"


_told: dict[UUID, int] = {}  # how many are unread, as this process has shown each of its users last


def _parsed(notification_id: object) -> UUID:
    try:
        return UUID(str(notification_id))
    except ValueError:
        raise NotificationNotFound from None
