"""What can be wrong with a picture."""

from platform_app.domain.shared.errors import Conflict, Invalid, NotFound


class UnusablePicture(Invalid):
    """The bytes are not a picture we show; the message says why."""


class UnreachablePicture(Invalid):
    """The picture could not be fetched; the message says why."""


class UnusableUpload(Invalid):
    """A file like this is not taken; the fields say why."""


class TooManyUploads(Conflict):
    """The shop has as many unfinished uploads as it may have."""

    message = "This shop has too many unfinished uploads. Wait until some are done, then try again."


class UploadNotFound(NotFound):
    """The shop has no such upload."""

    message = "There is no such upload."


class UploadIncomplete(Conflict):
    """The file is not there, or not all of it; it may be sent again."""

    message = "The file has not arrived in full. Send it again."


class UploadOver(Conflict):
    """The upload takes no file any more."""

    message = "This upload is over. Begin a new one for another file."
