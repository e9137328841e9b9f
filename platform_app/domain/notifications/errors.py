"""Errors of notifications."""

from collections.abc import Iterable

from platform_app.domain.shared.errors import Invalid, NotFound


class NotificationNotFound(NotFound):
    """The user has no notification with this id."""

    message = "This notification no longer exists."


class UnknownMailKind(Invalid):
    """No noun declares this kind of mail."""

    def __init__(self, known: Iterable[str]) -> None:
        """Name the known kinds."""
        super().__init__(f"Unknown kind of mail. Choose from {', '.join(sorted(known))}.")
