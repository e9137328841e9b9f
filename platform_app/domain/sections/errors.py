"""Errors of sections and pinned listings."""

from platform_app.domain.shared.errors import Conflict, Invalid, NotFound


class SectionNotFound(NotFound):
    """The shop has no section with this id."""

    message = "This section doesn't exist any more."


class SectionsChanged(Conflict):
    """The sections or pinned listings have another version than the caller has seen."""

    message = "Somebody has changed the sections in the meantime. They are shown as they are now."


class InvalidSection(Invalid):
    """The title is missing, too long or taken; `fields` says which."""


class TooManySections(Conflict):
    """The shop has the maximum number of sections."""

    def __init__(self, limit: int) -> None:
        """Name the limit."""
        super().__init__(f"Your shop has {limit:,} sections, which is the maximum.")


class TooManyPinned(Conflict):
    """More listings would be pinned than a shop may have."""

    def __init__(self, limit: int) -> None:
        """Name the limit."""
        super().__init__(f"You can pin up to {limit} listings. Unpin one first.")
