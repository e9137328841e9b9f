"""The account pages: what they show. What they change goes through REST, as everybody else's changes do."""

import asyncio
from collections.abc import Iterable

import reflex as rx
from reflex.event import EventSpec

from platform_app.domain.accounts import queries as accounts
from platform_app.domain.accounts.schemas import Viewer
from platform_app.domain.favourites import queries as favourites
from platform_app.domain.shared.errors import Unauthenticated
from platform_app.domain.shared.paging import InvalidCursor
from platform_app.domain.shared.tables import utc_now
from platform_app.infra import db
from platform_app.infra.db import DatabaseUnavailable
from state import account_views, address, identity, live
from state.account_views import AddressView, ProfileView, SessionView
from state.assigning import assign
from state.keeping import Unwritten
from state.shell import show_menu

# What the pages that sign in say first, by the word that led there.
GREETINGS = {
    "verified": "Your e-mail address is confirmed. Sign in to continue.",
    "reset": "Your password is changed, and you are signed out everywhere. Sign in with the new one.",
}
NEWS = {
    "email": "Your new e-mail address is confirmed.",
    "changed": "Your password is changed. Everywhere else you are signed out.",
    "verified": "Welcome to Plaza. Your e-mail address is confirmed.",
}


class SignInState(rx.State):
    """The sign-in page."""

    greeting: rx.Field[str] = rx.field("")

    @rx.event
    async def load(self) -> EventSpec | None:
        """Whoever is signed in already goes on."""
        await show_menu(self)
        here = address.of(self)
        assign(self, greeting=_said(GREETINGS, here.query))
        try:
            known = await identity.viewer(self)
        except DatabaseUnavailable:
            return None
        return rx.redirect(identity.local(here.query.get("next", "")) or "/account") if known else None


class Private(Unwritten, mixin=True):
    """A page of somebody's own; `status` is "", "ready" or "down", `news` what has just been done."""

    status: rx.Field[str] = rx.field("")
    news: rx.Field[str] = rx.field("")

    @rx.event
    async def load(self) -> None:
        """Show it to whoever is signed in; others sign in first."""
        await show_menu(self)
        self._tell(news=_said(NEWS, address.of(self).query))
        await self._show()

    @rx.event
    async def refresh(self) -> None:
        """Something of the account has changed."""
        await show_menu(self)
        await self._show()

    async def _show(self) -> None:
        try:
            user = await identity.signed_in(self)
            # Before it is read, so that nothing changes unseen in between; and anew, for it may depend on what was read.
            live.watch(self, tags=self._tags(user), refresh=type(self).refresh)
            await self._read(user)
            live.watch(self, tags=self._tags(user), refresh=type(self).refresh)
        except DatabaseUnavailable:
            self.status = "down"
            return
        assign(self, status="ready")

    def _tags(self, user: Viewer) -> tuple[str, ...]:
        return (f"user:{user.user_id}",)

    async def _read(self, user: Viewer) -> None:
        raise NotImplementedError

    def _tell(self, **values: object) -> None:
        """Give these variables these values; a state just made sends all, for the browser may still show an earlier one's."""
        if self.status:
            assign(self, **values)
            return
        for name, value in values.items():
            setattr(self, name, value)


class Paged(Private, mixin=True):
    """One of these with a list that grows a page at a time."""

    has_more: rx.Field[bool] = rx.field(False)
    more_failed: rx.Field[bool] = rx.field(False)
    _cursor: str = ""

    @rx.event
    async def show_more(self) -> None:
        """Append the next page; when the place in the list is lost, start again."""
        user = await identity.signed_in(self)
        try:
            if self._cursor:
                await self._append(user, self._cursor)
                return
        except DatabaseUnavailable:
            self.more_failed = True
            return
        except InvalidCursor:
            pass
        await self._show()

    async def _append(self, user: Viewer, cursor: str) -> None:
        """Read what comes after this place, and show it too."""
        raise NotImplementedError


class AccountState(Private, rx.State):
    """Name, e-mail address, and which mail goes to it."""

    profile: ProfileView = ProfileView()
    hears_of_drops: rx.Field[bool] = rx.field(True)

    async def _read(self, user: Viewer) -> None:
        profile, hears = await asyncio.gather(_profile(user), db.read(favourites.wants_mail, user_id=user.user_id))
        self._tell(profile=profile, hears_of_drops=hears)


class SecurityState(Private, rx.State):
    """Password, two-factor sign-in, and where the account is signed in."""

    profile: ProfileView = ProfileView()
    sessions: rx.Field[list[SessionView]] = rx.field(default_factory=list)

    async def _read(self, user: Viewer) -> None:
        profile, found = await asyncio.gather(
            _profile(user), db.read(accounts.sessions, user_id=user.user_id, current=user.session_id)
        )
        self._tell(profile=profile, sessions=account_views.sessions(found, now=utc_now()))


class AddressesState(Private, rx.State):
    """The address book."""

    addresses: rx.Field[list[AddressView]] = rx.field(default_factory=list)

    async def _read(self, user: Viewer) -> None:
        self._tell(addresses=account_views.addresses(await db.read(accounts.addresses, user_id=user.user_id)))


class DataState(Private, rx.State):
    """What is known of the account, to take along or to delete."""

    async def _read(self, user: Viewer) -> None:
        """The page itself shows nothing of it."""


async def _profile(user: Viewer) -> ProfileView:
    found = await db.read(accounts.profile, user_id=user.user_id)
    if found is None:  # deleted a moment ago
        raise Unauthenticated
    return account_views.profile(found)


def _said(words: dict[str, str], query: Iterable[str]) -> str:
    return next((said for word, said in words.items() if word in query), "")
