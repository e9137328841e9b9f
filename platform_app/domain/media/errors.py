"""What can be wrong with a picture."""

from platform_app.domain.shared.errors import Invalid


class UnusablePicture(Invalid):
    """The bytes are not a picture we show; the message says why."""


class UnreachablePicture(Invalid):
    """The picture could not be fetched; the message says why."""
