"""How pictures are named, sized and retried."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from platform_app.domain.shops.rules import ShopImage

WIDTHS = (400, 800, 1600)
MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 60_000_000
MAX_ATTEMPTS = 5
JOB_LOST_AFTER = timedelta(days=1)  # a picture that still waits for its job by then waits for one that failed for good
CONTENT_SOURCE_PREFIX = "content:"
DEMO_SOURCE = "demo:"  # a file that ships with Plaza
PICTURE_PREFIX = "pictures/"
QUARANTINE_PREFIX = "quarantine/"
UPLOAD_TYPES = ("image/jpeg", "image/png", "image/webp", "image/avif", "image/gif")
CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SPREADSHEET_TYPES = (CSV, XLSX)
MAX_SPREADSHEET_BYTES = 100 * 1024 * 1024
MAX_OPEN_UPLOADS = 200  # in a shop
UPLOAD_FORM_LIFETIME = timedelta(minutes=15)  # in which a signed form may be posted
UPLOAD_GRACE_PERIOD = timedelta(minutes=15)  # what was begun in time may take so long to arrive
UPLOAD_RETENTION = timedelta(days=7)  # after they have ended
ORPHAN_FILE_AGE = timedelta(days=1)  # by when whoever stores a file has named it


REJECTION_SHOWN_FOR = timedelta(hours=1)  # so long a shop is told that its new mark or cover could not be used


class PictureState(StrEnum):
    """A picture is wanted, shown, or given up on."""

    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"


class UploadPurpose(StrEnum):
    """What an uploaded file is to become."""

    PICTURE = "picture"
    IMPORT = "import"
    LOGO = ShopImage.LOGO.value
    BANNER = ShopImage.BANNER.value

    @property
    def shop_image(self) -> ShopImage | None:
        """What of the shop itself the file is to show, if any."""
        return ShopImage(self.value) if self in (UploadPurpose.LOGO, UploadPurpose.BANNER) else None


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
class CropSpec:
    """How a picture of a shop itself is cut, from the middle: its proportions, its sizes, and how wide it is at least."""

    ratio_width: int
    ratio_height: int
    widths: tuple[int, ...]
    min_width: int


CROPS = {
    ShopImage.LOGO: CropSpec(ratio_width=1, ratio_height=1, widths=(400,), min_width=100),
    ShopImage.BANNER: CropSpec(ratio_width=3, ratio_height=1, widths=(800, 1600), min_width=800),
}


def picture_key(content: str, width: int) -> str:
    """The storage key of one size of a picture: named by its content, so it never changes."""
    return f"{PICTURE_PREFIX}{content[:2]}/{content}/{width}.webp"


def content_from_key(key: str) -> str:
    """The content of a picture that has this storage key."""
    return key.split("/")[2]


def quarantine_key(shop_id: UUID, upload_id: UUID) -> str:
    """Where an upload's file waits to be looked at; nothing below is ever served."""
    return f"{QUARANTINE_PREFIX}{shop_id}/{upload_id}"


def upload_from_key(key: str) -> tuple[UUID, UUID] | None:
    """The shop and the upload whose file has this storage key."""
    try:
        shop_id, upload_id = key.removeprefix(QUARANTINE_PREFIX).split("/")
        return UUID(shop_id), UUID(upload_id)
    except ValueError:
        return None


def widths(width: int) -> tuple[int, ...]:
    """The sizes made of a picture this wide; never wider than it is, at least one."""
    sizes = tuple(step for step in WIDTHS if step <= width)
    return sizes if sizes and (sizes[-1] >= width * 0.8 or sizes[-1] == WIDTHS[-1]) else (*sizes, width)


def retry_after(attempts: int) -> timedelta | None:
    """How long to wait before fetching again; None when it has been tried often enough."""
    return timedelta(seconds=30 * 4**attempts) if attempts < MAX_ATTEMPTS else None
