"""What can be wrong with an import."""

from platform_app.domain.shared.errors import Conflict, Invalid, NotFound


class FileRefused(Invalid):
    """The file as a whole cannot be read; nothing of it was imported."""


class ImportNotFound(NotFound):
    """No import has this id."""

    message = "There is no import with this id."


class ImportStillRunning(Conflict):
    """The import has not ended yet."""

    message = "This import is still running. Wait for it to end, then try again."


class NothingToUndo(Conflict):
    """The import changed nothing, or was undone before."""

    message = "There is nothing to undo: this import changed nothing, or has been undone before."
