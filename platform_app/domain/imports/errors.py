"""What can be wrong with an import."""

from platform_app.domain.shared.errors import Conflict, Invalid, NotFound


class FileRefused(Invalid):
    """The file as a whole cannot be read; nothing of it was imported."""


class ImportNotFound(NotFound):
    """No import has this id."""

    message = "There is no import with this id."


class UnusableFile(Invalid):
    """A file like this is not taken; the fields say why."""


class UnusableMapping(Invalid):
    """What the columns are said to mean cannot be; the message says why."""


class TooManyImports(Conflict):
    """The shop has begun many imports and finished none of them."""

    message = "This shop has 10 imports that were begun and not finished. Finish or discard one of them first."


class NotToBeMapped(Conflict):
    """The columns of an import are chosen after its file was looked at and before it is run."""

    message = "The columns of this import cannot be chosen now. Upload the file again to import it another way."


class NotToBeRun(Conflict):
    """An import is run after it was checked."""

    message = "This import cannot be run now: check the file first, and look at what would change."


class ImportStillRunning(Conflict):
    """The import has not ended yet."""

    message = "This import is still running. Wait for it to end, then try again."


class NothingToUndo(Conflict):
    """The import changed nothing, or was undone before."""

    message = "There is nothing to undo: this import changed nothing, or has been undone before."
