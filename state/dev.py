"""What only a development Plaza shows."""

from dataclasses import dataclass

import reflex as rx

from platform_app.infra import db, mail
from platform_app.infra.db import DatabaseUnavailable
from platform_app.infra.settings import Environment, settings
from state.keeping import Unwritten
from state.shell import show_menu


@dataclass(frozen=True)
class LetterView:
    """A mail that was kept instead of sent."""

    recipient: str
    at: str
    subject: str
    html: str


class MailState(Unwritten, rx.State):
    """The outbox; empty anywhere but in development, whoever asks."""

    is_read: rx.Field[bool] = rx.field(False)
    letters: rx.Field[list[LetterView]] = rx.field(default_factory=list)

    @rx.event
    async def load(self) -> None:
        """Show the newest mail."""
        if settings().env is not Environment.DEVELOPMENT:
            return
        await show_menu(self)
        try:
            found = await db.read(mail.kept, limit=20)
        except DatabaseUnavailable:
            return
        self.letters = [
            LetterView(each.to, f"{each.created_at:%H:%M:%S} UTC", each.subject, _leading(each.html)) for each in found
        ]
        self.is_read = True


def _leading(html: str) -> str:
    """The letter in a frame: its links lead the whole page on, not a new window with the frame's restrictions."""
    return '<base target="_top">' + html.replace('target="_blank"', 'target="_top"')
