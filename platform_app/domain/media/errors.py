"""Errors of pictures and uploads."""

from platform_app.domain.shared.errors import Conflict, Invalid, NotFound


class UnusablePicture(Invalid):
    """The file is not a picture that we can show; the message says why."""


class UnreachablePicture(Invalid):
    """The picture could not be fetched; the message says why."""


class UnusableUpload(Invalid):
    """The file's type or size is not accepted; `fields` says why."""


class TooManyUploads(Conflict):
    """The shop has the maximum number of unfinished uploads."""

    message = "This shop has too many unfinished uploads. Wait until some have finished, then try again."


class UploadNotFound(NotFound):
    """The shop has no such upload."""

    message = "This upload doesn't exist."


class UploadIncomplete(Conflict):
    """The file is missing or incomplete; it may be sent again."""

    message = "The file didn't upload completely. Please try again."


class UploadOver(Conflict):
    """The upload has ended and accepts no file."""

    message = "This upload has ended. Start a new one."
