"""What the account pages show. Their changes go through the REST API."""

import asyncio
from collections.abc import Iterable

import reflex as rx

from platform_app.domain.accounts import queries as accounts
from platform_app.domain.accounts.schemas import Viewer
from platform_app.domain.accounts.tags import user_tag
from platform_app.domain.notifications import queries as notifications
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

# Messages on the sign-in page, by the query parameter that asks for them.
SIGN_IN_MESSAGES = {
    "confirmed": "Your e-mail address is already confirmed. Sign in to continue.",
    "verified": "Your e-mail address is confirmed. Sign in to continue.",
    "reset": "Your password has been changed, and you have been signed out everywhere. Sign in with the new one.",
}
SIGN_IN_REASONS = {
    "like": "Sign in to keep what you like. We add it to your favourites for you.",
    "stock_alert": "Sign in, and we'll tell you when it's back in stock.",
    "follow": "Sign in to follow shops and hear what is new in them.",
}
FLASH_MESSAGES = {
    "email": "Your new e-mail address is confirmed.",
    "changed": "Your password has been changed. You have been signed out everywhere else.",
    "closed": "Your shop is closed. You can reopen it here.",
    "left": "You are no longer a member of the shop.",
    "verified": "Welcome to Plaza. Your e-mail address is confirmed.",
}


class SignInState(rx.State):
    """The sign-in page."""

    message: rx.Field[str] = rx.field("")
    reason: rx.Field[str] = rx.field("")  # why the visitor is here
    suffix: rx.Field[str] = rx.field("")  # of the links between signing in and up: the page to go on with

    @rx.event
    async def load(self) -> browser.BoundEvent | None:
        """Show the page; redirect visitors who are already signed in."""
        await update_layout(self)
        url = page_url.current(self)
        next_path = identity.safe_path(url.query.get("next", ""))
        reason = next((name for name in SIGN_IN_REASONS if name in url.query), "")
        set_if_changed(
            self,
            message=_message_for(SIGN_IN_MESSAGES, url.query),
            reason=SIGN_IN_REASONS.get(reason, ""),
            suffix=identity.sign_in_url(next_path, reason=reason).removeprefix(identity.SIGN_IN_URL),
        )
        try:
            viewer = await identity.viewer(self)
        except DatabaseUnavailable:
            return None
        return rx.redirect(next_path or "/account") if viewer else None


class PrivatePage(EphemeralState, mixin=True):
    """A page for signed-in users; `status` is "", "ready" or "down", `flash` confirms the last action."""

    status: rx.Field[str] = rx.field("")
    flash: rx.Field[str] = rx.field("")

    @rx.event
    async def load(self) -> None:
        """Show the page to a signed-in user; others are led to sign in."""
        await update_layout(self)
        self._set_values(flash=_message_for(FLASH_MESSAGES, page_url.current(self).query))
        await self._show()

    @rx.event
    async def refresh(self) -> None:
        """Show the page again after a change of the account."""
        await update_layout(self)
        await self._show()

    async def _show(self) -> None:
        try:
            user = await identity.require_user(self)
            # Before reading, so that no change is missed; and again after it, because tags may depend on the data.
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
        """Set these variables. A new state sends all of them: the browser may still show an earlier state's values."""
        if self.status:
            set_if_changed(self, **values)
            return
        for name, value in values.items():
            setattr(self, name, value)


class PaginatedPage(PrivatePage, mixin=True):
    """A private page with a list that grows by one page at a time."""

    has_more: rx.Field[bool] = rx.field(False)
    load_more_failed: rx.Field[bool] = rx.field(False)
    _cursor: str = ""

    @rx.event
    async def show_more(self) -> None:
        """Append the next page; start again if the cursor is invalid."""
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
        """Read and show the items after this cursor."""
        raise NotImplementedError


class AccountState(PrivatePage, rx.State):
    """Name, e-mail address and mail preferences."""

    profile: ProfileView = ProfileView()
    wanted_mails: rx.Field[list[str]] = rx.field(default_factory=list)  # the kinds that can be turned off, by name

    async def _read(self, user: Viewer) -> None:
        profile, preferences = await asyncio.gather(
            _read_profile(user), db.read(notifications.mail_preferences, user_id=user.user_id)
        )
        wanted_mails = [kind for kind, is_wanted in preferences.items() if is_wanted]
        self._set_values(profile=profile, wanted_mails=wanted_mails)


class SecurityState(PrivatePage, rx.State):
    """Password, two-factor sign-in and sessions."""

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
    """Export and deletion of the account's data."""

    async def _read(self, user: Viewer) -> None:
        """Read nothing: the page shows no data."""


async def _read_profile(user: Viewer) -> ProfileView:
    found = await db.read(accounts.profile, user_id=user.user_id)
    if found is None:  # deleted a moment ago
        raise Unauthenticated
    return accounts_presenters.profile(found)


def _message_for(messages: dict[str, str], query: Iterable[str]) -> str:
    return next((message for param, message in messages.items() if param in query), "")
