"""What can be wrong with a notification."""

from platform_app.domain.shared.errors import NotFound


class NotificationNotFound(NotFound):
    """There is none with this id, or it is somebody else's."""

    message = "This notification is not there any more."
