"""What users are told of, in what words, and for how long."""

from datetime import timedelta
from enum import StrEnum

UNREAD_LIMIT = 99  # unread ones that are counted; the bell says that there are more
DROPDOWN_LIMIT = 20  # that the bell shows
MAX_READ_IDS = 100  # that are marked as read by their ids at once
READ_RETENTION = timedelta(days=90)
MAX_TEXT_LENGTH = 300


class Kind(StrEnum):
    """What happened."""

    IMPORT_FINISHED = "import_finished"
    IMPORT_FAILED = "import_failed"
    IMPORT_UNDONE = "import_undone"
    PICTURE_REJECTED = "picture_rejected"
    PRICE_DROP = "price_drop"
    INVITATION = "invitation"
    NEW_DEVICE = "new_device"

    @property
    def headline(self) -> str:
        """What happened, for people."""
        return _HEADLINES[self]


_HEADLINES = {
    Kind.IMPORT_FINISHED: "Your import is finished",
    Kind.IMPORT_FAILED: "Your import did not work",
    Kind.IMPORT_UNDONE: "Your import is taken back",
    Kind.PICTURE_REJECTED: "A picture could not be used",
    Kind.PRICE_DROP: "Something you like costs less",
    Kind.INVITATION: "You are invited to help run a shop",
    Kind.NEW_DEVICE: "A new sign-in to your account",
}
