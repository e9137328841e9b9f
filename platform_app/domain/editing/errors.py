"""What can go wrong while a listing is written."""

from platform_app.domain.shared.errors import Conflict, Invalid


class EditedElsewhere(Conflict):
    """Somebody has written on in another tab; nothing of theirs is written over."""

    message = "This listing was changed in another tab. Load what is there now, or keep yours as a copy."


class ListingChanged(Conflict):
    """The listing itself has changed since this was begun, as by an import."""

    message = "The listing has changed since you began. Load it as it is now, or keep yours as a copy."


class InvalidEdit(Invalid):
    """The listing cannot be saved like this; the fields say why."""


class TooManyEdits(Conflict):
    """The shop has as many unfinished listings as it may have."""

    message = "This shop has 500 listings that were begun and never saved. Finish or delete some of them first."
