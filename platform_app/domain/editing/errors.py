"""Errors of editing listings."""

from platform_app.domain.shared.errors import Conflict, Invalid, NotFound


class EditedElsewhere(Conflict):
    """The edit was changed in another tab; those changes are not overwritten."""

    message = "This listing was changed in another tab. Load those changes, or keep yours as a copy."


class ListingChanged(Conflict):
    """The published listing has changed since the edit started, for example by an import."""

    message = "This listing has changed since you started editing. Load the current version, or keep yours as a copy."


class StillForSale(Conflict):
    """A listing that is for sale is not deleted."""

    message = "This listing is for sale. Take it down or archive it first."


class InvalidEdit(Invalid):
    """The listing cannot be saved; `fields` names each problem."""


class BulkChangeNotFound(NotFound):
    """The shop has no such bulk change, or it was made too long ago."""

    message = "This change can't be undone any more."


class AlreadyUndone(Conflict):
    """The bulk change was undone before."""

    message = "This change has already been undone."


class TooManyEdits(Conflict):
    """The shop has the maximum number of unsaved new listings."""

    message = "This shop has 500 unsaved new listings. Finish or delete some of them first."
