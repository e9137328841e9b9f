"""Pages that exist only in development."""

from dataclasses import dataclass

import reflex as rx

from platform_app.infra import db, mail
from platform_app.infra.db import DatabaseUnavailable
from platform_app.infra.settings import Environment, settings
from state.core.state_manager import EphemeralState
from state.layout import update_layout


@dataclass(frozen=True)
class EmailView:
    """A mail that was stored instead of sent."""

    recipient: str
    sent_at: str
    subject: str
    html: str


class MailState(EphemeralState, rx.State):
    """The outbox; always empty outside development."""

    is_loaded: rx.Field[bool] = rx.field(False)
    emails: rx.Field[list[EmailView]] = rx.field(default_factory=list)

    @rx.event
    async def load(self) -> None:
        """Show the newest mail."""
        if settings().env is not Environment.DEVELOPMENT:
            return
        await update_layout(self)
        try:
            found = await db.read(mail.stored_mails, limit=20)
        except DatabaseUnavailable:
            return
        self.emails = [
            EmailView(each.to, f"{each.created_at:%H:%M:%S} UTC", each.subject, _retarget_links(each.html))
            for each in found
        ]
        self.is_loaded = True


def _retarget_links(html: str) -> str:
    """The mail's HTML with links that open in this tab: a new window would inherit the frame's restrictions."""
    return '<base target="_top">' + html.replace('target="_blank"', 'target="_top"')
