"""Account events that lead to a notification."""

from uuid import UUID

from pydantic import AwareDatetime

from platform_app.domain.accounts.rules import SecurityNotice
from platform_app.infra.events import Event


class SecurityChanged(Event):
    """A user has changed their password, two-factor sign-in or recovery codes."""

    user_id: UUID
    notice: SecurityNotice


class TwoFactorReset(Event):
    """An operator (`by`) has turned off a user's two-factor sign-in."""

    user_id: UUID
    by: str


class ChangedByOperator(Event):
    """An operator (`by`) has created, promoted, banned or unbanned a user."""

    user_id: UUID
    action: str
    by: str


class EmailReplaced(Event):
    """A user's account has a new e-mail address; `email` is the old one."""

    email: str


class AccountDeleted(Event):
    """A user has deleted their account, which had this e-mail address."""

    email: str


class SignedInFromNewDevice(Event):
    """A user has signed in from a new device or network; not published for their first sign-in."""

    user_id: UUID
    session_id: UUID
    device: str
    address: str
    at: AwareDatetime
