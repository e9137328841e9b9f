"""Errors of notifications."""

from platform_app.domain.shared.errors import Conflict, NotFound


class RecipientDeleted(Conflict):
    """The user's account was deleted during the transaction, which is undone. A second attempt notifies nobody."""

    message = "An account was deleted at this moment. Please try again."


class NotificationNotFound(NotFound):
    """The user has no notification with this id."""

    message = "This notification no longer exists."
