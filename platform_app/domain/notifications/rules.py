"""The kinds of notifications and mails, found in the rules of the nouns that declare them; limits and retention."""

from collections.abc import Mapping
from datetime import timedelta
from functools import cache

from platform_app.domain.nouns import declared
from platform_app.domain.shared.kinds import MailKind, NotificationKind

UNREAD_LIMIT = 99  # the bell shows "99+" above this
DROPDOWN_LIMIT = 20  # notifications in the bell's menu
MAX_READ_IDS = 100  # ids per request
READ_RETENTION = timedelta(days=90)
MAX_TEXT_LENGTH = 300

OTHER = NotificationKind("other", headline="News")  # what only a later release knows; never sent


@cache
def notification_kinds() -> Mapping[str, NotificationKind]:
    """All kinds by name."""
    return declared(NotificationKind)


def notification_kind(name: str) -> NotificationKind:
    """The kind of this name; OTHER if only a later release knows it."""
    return notification_kinds().get(name, OTHER)


def require_declared(kind: NotificationKind) -> NotificationKind:
    """The kind; ValueError if no noun's rules declare it, since the notification could not be shown."""
    if notification_kinds().get(kind.name) is not kind:
        raise ValueError(f'No noun declares the kind "{kind.name}" in its rules.')
    return kind


@cache
def mail_kinds() -> Mapping[str, MailKind]:
    """All kinds of mail that users can turn off, by name."""
    return declared(MailKind)
