"""How pictures are named, sized and retried."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from platform_app.domain.shops.rules import Face

WIDTHS = (400, 800, 1600)
MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 60_000_000
MAX_ATTEMPTS = 5
LOST_AFTER = timedelta(days=1)  # a picture that still waits for its job by then waits for one that failed for good
CONTENT_SOURCE = "content:"
DEMO_SOURCE = "demo:"  # a file that ships with Plaza
DEMO = "demo"  # the tag of how far the demo's pictures are
PICTURES = "pictures/"
QUARANTINE = "quarantine/"
UPLOAD_TYPES = ("image/jpeg", "image/png", "image/webp", "image/avif", "image/gif")
CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TABLE_TYPES = (CSV, XLSX)
MAX_TABLE_BYTES = 100 * 1024 * 1024
MAX_OPEN_UPLOADS = 200  # in a shop
UPLOAD_TIME = timedelta(minutes=15)  # in which a signed form may be posted
LATE_BY = timedelta(minutes=15)  # what was begun in time may take so long to arrive
UPLOADS_KEPT = timedelta(days=7)  # after they have ended
FILES_KEPT = timedelta(days=1)  # by when whoever stores a file has named it


REFUSAL_TOLD = timedelta(hours=1)  # so long a shop is told that its new mark or cover could not be used


class PictureState(StrEnum):
    """A picture is wanted, shown, or given up on."""

    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"


class UploadPurpose(StrEnum):
    """What an uploaded file is to become."""

    PICTURE = "picture"
    IMPORT = "import"
    MARK = Face.MARK.value
    COVER = Face.COVER.value

    @property
    def face(self) -> Face | None:
        """What of the shop itself the file is to show, if any."""
        return Face(self.value) if self in (UploadPurpose.MARK, UploadPurpose.COVER) else None


class UploadState(StrEnum):
    """An upload waits for its file, then for its job, then it is a picture or was refused."""

    WAITING = "waiting"
    RECEIVED = "received"
    READY = "ready"
    REFUSED = "refused"

    @property
    def is_open(self) -> bool:
        """Whether its file may still be needed."""
        return self in (UploadState.WAITING, UploadState.RECEIVED)


@dataclass(frozen=True)
class Cut:
    """How a picture of a shop itself is cut, from the middle: its proportions, its sizes, and how wide it is at least."""

    across: int
    down: int
    widths: tuple[int, ...]
    at_least: int


CUTS = {
    Face.MARK: Cut(across=1, down=1, widths=(400,), at_least=100),
    Face.COVER: Cut(across=3, down=1, widths=(800, 1600), at_least=800),
}


def key(content: str, width: int) -> str:
    """The storage key of one size of a picture: named by its content, so it never changes."""
    return f"{PICTURES}{content[:2]}/{content}/{width}.webp"


def content_in(key: str) -> str:
    """The content of a picture that has this storage key."""
    return key.split("/")[2]


def quarantine_key(shop_id: UUID, upload_id: UUID) -> str:
    """Where an upload's file waits to be looked at; nothing below is ever served."""
    return f"{QUARANTINE}{shop_id}/{upload_id}"


def upload_in(key: str) -> tuple[UUID, UUID] | None:
    """The shop and the upload whose file has this storage key."""
    try:
        shop_id, upload_id = key.removeprefix(QUARANTINE).split("/")
        return UUID(shop_id), UUID(upload_id)
    except ValueError:
        return None


def widths(width: int) -> tuple[int, ...]:
    """The sizes made of a picture this wide; never wider than it is, at least one."""
    fitting = tuple(step for step in WIDTHS if step <= width)
    return fitting if fitting and (fitting[-1] >= width * 0.8 or fitting[-1] == WIDTHS[-1]) else (*fitting, width)


def retry_after(attempts: int) -> timedelta | None:
    """How long to wait before fetching again; None when it has been tried often enough."""
    return timedelta(seconds=30 * 4**attempts) if attempts < MAX_ATTEMPTS else None
