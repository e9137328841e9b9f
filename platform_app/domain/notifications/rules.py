"""Kinds of notifications, their headlines, limits and retention."""

from datetime import timedelta
from enum import StrEnum

UNREAD_LIMIT = 99  # the bell shows "99+" above this
DROPDOWN_LIMIT = 20  # notifications in the bell's menu
MAX_READ_IDS = 100  # ids per request
READ_RETENTION = timedelta(days=90)
MAX_TEXT_LENGTH = 300


class Kind(StrEnum):
    """The kind of event that a notification is about."""

    IMPORT_FINISHED = "import_finished"
    IMPORT_FAILED = "import_failed"
    IMPORT_UNDONE = "import_undone"
    PICTURE_REJECTED = "picture_rejected"
    PRICE_DROP = "price_drop"
    INVITATION = "invitation"
    NEW_DEVICE = "new_device"
    NEW_LISTINGS = "new_listings"
    OTHER = "other"  # what only a later release knows; never written

    @property
    def headline(self) -> str:
        """The headline for this kind of event."""
        return _HEADLINES[self]


_HEADLINES = {
    Kind.IMPORT_FINISHED: "Your import has finished",
    Kind.IMPORT_FAILED: "Your import failed",
    Kind.IMPORT_UNDONE: "Your import was undone",
    Kind.PICTURE_REJECTED: "A picture couldn't be used",
    Kind.PRICE_DROP: "Price drop on one of your favourites",
    Kind.INVITATION: "You're invited to help run a shop",
    Kind.NEW_DEVICE: "New sign-in to your account",
    Kind.NEW_LISTINGS: "New in a shop you follow",
    Kind.OTHER: "News",
}
