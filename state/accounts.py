"""The account pages: what they show. What they change goes through REST, as everybody else's changes do."""

import asyncio
from collections.abc import Iterable

import reflex as rx

from platform_app.domain.accounts import queries as accounts
from platform_app.domain.accounts.schemas import Viewer
from platform_app.domain.accounts.tags import user_tag
from platform_app.domain.favourites import queries as favourites
from platform_app.domain.following import queries as following
from platform_app.domain.shared.errors import Unauthenticated
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shared.paging import InvalidCursor
from platform_app.infra import db
from platform_app.infra.db import DatabaseUnavailable
from state import accounts_presenters
from state.accounts_presenters import PostalAddressView, ProfileView, SessionView
from state.core import browser, identity, live_updates, page_url
from state.core.set_if_changed import set_if_changed
from state.core.state_manager import EphemeralState
from state.layout import update_layout

# What the pages that sign in say first, by the word that led there.
SIGN_IN_MESSAGES = {
    "verified": "Your e-mail address is confirmed. Sign in to continue.",
    "reset": "Your password is changed, and you are signed out everywhere. Sign in with the new one.",
}
FLASH_MESSAGES = {
    "email": "Your new e-mail address is confirmed.",
    "changed": "Your password is changed. Everywhere else you are signed out.",
    "verified": "Welcome to Plaza. Your e-mail address is confirmed.",
}


class SignInState(rx.State):
    """The sign-in page."""

    message: rx.Field[str] = rx.field("")

    @rx.event
    async def load(self) -> browser.BoundEvent | None:
        """Whoever is signed in already goes on."""
        await update_layout(self)
        url = page_url.current(self)
        set_if_changed(self, message=_message_for(SIGN_IN_MESSAGES, url.query))
        try:
            viewer = await identity.viewer(self)
        except DatabaseUnavailable:
            return None
        return rx.redirect(identity.safe_path(url.query.get("next", "")) or "/account") if viewer else None


class PrivatePage(EphemeralState, mixin=True):
    """A page of somebody's own; `status` is "", "ready" or "down", `flash` what has just been done."""

    status: rx.Field[str] = rx.field("")
    flash: rx.Field[str] = rx.field("")

    @rx.event
    async def load(self) -> None:
        """Show it to whoever is signed in; others sign in first."""
        await update_layout(self)
        self._set_values(flash=_message_for(FLASH_MESSAGES, page_url.current(self).query))
        await self._show()

    @rx.event
    async def refresh(self) -> None:
        """Something of the account has changed."""
        await update_layout(self)
        await self._show()

    async def _show(self) -> None:
        try:
            user = await identity.require_user(self)
            # Before it is read, so that nothing changes unseen in between; and anew, for it may depend on what was read.
            live_updates.subscribe(self, tags=self._tags(user), refresh=type(self).refresh)
            await self._read(user)
            live_updates.subscribe(self, tags=self._tags(user), refresh=type(self).refresh)
        except DatabaseUnavailable:
            self.status = "down"
            return
        set_if_changed(self, status="ready")

    def _tags(self, user: Viewer) -> tuple[str, ...]:
        return (user_tag(user.user_id),)

    async def _read(self, user: Viewer) -> None:
        raise NotImplementedError

    def _set_values(self, **values: object) -> None:
        """Give these variables these values; a state just made sends all, for the browser may still show an earlier one's."""
        if self.status:
            set_if_changed(self, **values)
            return
        for name, value in values.items():
            setattr(self, name, value)


class PaginatedPage(PrivatePage, mixin=True):
    """One of these with a list that grows a page at a time."""

    has_more: rx.Field[bool] = rx.field(False)
    load_more_failed: rx.Field[bool] = rx.field(False)
    _cursor: str = ""

    @rx.event
    async def show_more(self) -> None:
        """Append the next page; when the place in the list is lost, start again."""
        user = await identity.require_user(self)
        try:
            if self._cursor:
                await self._append(user, self._cursor)
                return
        except DatabaseUnavailable:
            self.load_more_failed = True
            return
        except InvalidCursor:
            pass
        await self._show()

    async def _append(self, user: Viewer, cursor: str) -> None:
        """Read what comes after this place, and show it too."""
        raise NotImplementedError


class AccountState(PrivatePage, rx.State):
    """Name, e-mail address, and which mail goes to it."""

    profile: ProfileView = ProfileView()
    wants_price_drop_mail: rx.Field[bool] = rx.field(True)
    wants_new_listings_mail: rx.Field[bool] = rx.field(True)

    async def _read(self, user: Viewer) -> None:
        profile, price_drops, new_listings = await asyncio.gather(
            _read_profile(user),
            db.read(favourites.wants_mail, user_id=user.user_id),
            db.read(following.wants_mail, user_id=user.user_id),
        )
        self._set_values(profile=profile, wants_price_drop_mail=price_drops, wants_new_listings_mail=new_listings)


class SecurityState(PrivatePage, rx.State):
    """Password, two-factor sign-in, and where the account is signed in."""

    profile: ProfileView = ProfileView()
    sessions: rx.Field[list[SessionView]] = rx.field(default_factory=list)

    async def _read(self, user: Viewer) -> None:
        profile, found = await asyncio.gather(
            _read_profile(user), db.read(accounts.sessions, user_id=user.user_id, current=user.session_id)
        )
        self._set_values(profile=profile, sessions=accounts_presenters.sessions(found, now=utc_now()))


class PostalAddressesState(PrivatePage, rx.State):
    """The address book."""

    postal_addresses: rx.Field[list[PostalAddressView]] = rx.field(default_factory=list)

    async def _read(self, user: Viewer) -> None:
        self._set_values(
            postal_addresses=accounts_presenters.postal_addresses(
                await db.read(accounts.addresses, user_id=user.user_id)
            )
        )


class PersonalDataState(PrivatePage, rx.State):
    """What is known of the account, to take along or to delete."""

    async def _read(self, user: Viewer) -> None:
        """The page itself shows nothing of it."""


async def _read_profile(user: Viewer) -> ProfileView:
    found = await db.read(accounts.profile, user_id=user.user_id)
    if found is None:  # deleted a moment ago
        raise Unauthenticated
    return accounts_presenters.profile(found)


def _message_for(messages: dict[str, str], query: Iterable[str]) -> str:
    return next((message for param, message in messages.items() if param in query), "")
