"""Import errors."""

from platform_app.domain.shared.errors import Conflict, Invalid, NotFound


class FileRefused(Invalid):
    """The whole file is rejected; nothing was imported."""


class ImportNotFound(NotFound):
    """The shop has no import with this id."""

    message = "This import doesn't exist."


class UnusableFile(Invalid):
    """The file's name, type or size is not accepted; `fields` says why."""


class UnusableMapping(Invalid):
    """The column mapping is invalid; the message says why."""


class TooManyImports(Conflict):
    """The shop has the maximum number of unfinished imports."""

    message = "This shop has 10 unfinished imports. Finish or discard one of them first."


class NotToBeMapped(Conflict):
    """Columns can only be mapped after the file was analysed and before the import runs."""

    message = "The columns of this import can't be changed now. To import it differently, upload the file again."


class NotToBeRun(Conflict):
    """An import can only run after its file was checked."""

    message = "This import can't run yet. Check the file first and review the changes."


class ImportStillRunning(Conflict):
    """The import has not finished."""

    message = "This import is still running. Wait until it finishes, then try again."


class NothingToUndo(Conflict):
    """The import changed nothing, or was already undone."""

    message = "There is nothing to undo: this import changed nothing or was already undone."
