"""Errors of notifications."""

from platform_app.domain.shared.errors import NotFound


class NotificationNotFound(NotFound):
    """The user has no notification with this id."""

    message = "This notification no longer exists."
