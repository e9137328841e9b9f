"""Limits, storage keys, sizes and retries of pictures and uploads."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from platform_app.domain.shops.rules import ShopImage

WIDTHS = (400, 800, 1600)
MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 60_000_000
MAX_ATTEMPTS = 5
JOB_LOST_AFTER = timedelta(days=1)  # a picture pending this long has lost its job
CONTENT_SOURCE_PREFIX = "content:"
DEMO_SOURCE = "demo:"  # source prefix of files that ship with Plaza
PICTURE_PREFIX = "pictures/"
QUARANTINE_PREFIX = "quarantine/"
UPLOAD_TYPES = ("image/jpeg", "image/png", "image/webp", "image/avif", "image/gif")
CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_KNOWN_TYPES = {
    "image/heic": "a HEIC picture",
    "image/heif": "a HEIF picture",
    "image/svg+xml": "an SVG drawing",
    "image/tiff": "a TIFF picture",
    "image/bmp": "a BMP picture",
    "application/pdf": "a PDF",
    "video/mp4": "a video",
    "video/quicktime": "a video",
}
SPREADSHEET_TYPES = (CSV, XLSX)
MAX_SPREADSHEET_BYTES = 100 * 1024 * 1024
MAX_OPEN_UPLOADS = 200  # per shop
UPLOAD_FORM_LIFETIME = timedelta(minutes=15)  # validity of a signed upload form
UPLOAD_GRACE_PERIOD = timedelta(minutes=15)  # for transfers that started in time
UPLOAD_RETENTION = timedelta(days=7)  # after they ended
ORPHAN_FILE_AGE = timedelta(days=1)  # unreferenced files younger than this may still be in use


REJECTION_SHOWN_FOR = timedelta(hours=1)  # for a refused logo or banner


class PictureState(StrEnum):
    """The state of a picture: to be fetched, ready, or failed for good."""

    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"


class UploadPurpose(StrEnum):
    """What an uploaded file is for."""

    PICTURE = "picture"
    IMPORT = "import"
    LOGO = ShopImage.LOGO.value
    BANNER = ShopImage.BANNER.value

    @property
    def shop_image(self) -> ShopImage | None:
        """The shop image that the upload is for; None for other purposes."""
        return ShopImage(self.value) if self in (UploadPurpose.LOGO, UploadPurpose.BANNER) else None


class UploadState(StrEnum):
    """The state of an upload: waiting for its file, then for its job, then ready or refused."""

    WAITING = "waiting"
    RECEIVED = "received"
    READY = "ready"
    REFUSED = "refused"

    @property
    def is_open(self) -> bool:
        """Whether the upload is unfinished, so that its file is still needed."""
        return self in (UploadState.WAITING, UploadState.RECEIVED)


@dataclass(frozen=True)
class CropSpec:
    """The centred crop of a shop image: aspect ratio, output widths and minimum width."""

    ratio_width: int
    ratio_height: int
    widths: tuple[int, ...]
    min_width: int


CROPS = {
    ShopImage.LOGO: CropSpec(ratio_width=1, ratio_height=1, widths=(400,), min_width=100),
    ShopImage.BANNER: CropSpec(ratio_width=3, ratio_height=1, widths=(800, 1600), min_width=800),
}


def describe_type(content_type: str) -> str:
    """What an unusable file is, as a sentence; empty for a type that people would not know."""
    name = _KNOWN_TYPES.get(content_type)
    return f"This file is {name}. " if name else ""


def megabytes(size: int) -> str:
    """A size in MB with one decimal if it needs one, rounded up so that it never looks within a limit that it exceeds."""
    tenths = -(-size * 10 // 1024**2)
    return f"{tenths // 10:,}.{tenths % 10}" if tenths % 10 else f"{tenths // 10:,}"


def picture_key(content: str, width: int) -> str:
    """The storage key of one size of a picture; it contains the content digest, so the file never changes."""
    return f"{PICTURE_PREFIX}{content[:2]}/{content}/{width}.webp"


def content_from_key(key: str) -> str:
    """The content digest in a picture's storage key."""
    return key.split("/")[2]


def quarantine_key(shop_id: UUID, upload_id: UUID) -> str:
    """The storage key of an upload's unprocessed file; keys in quarantine are never served."""
    return f"{QUARANTINE_PREFIX}{shop_id}/{upload_id}"


def upload_from_key(key: str) -> tuple[UUID, UUID] | None:
    """The shop id and upload id in a quarantine key; None if it is not one."""
    try:
        shop_id, upload_id = key.removeprefix(QUARANTINE_PREFIX).split("/")
        return UUID(shop_id), UUID(upload_id)
    except ValueError:
        return None


def widths(width: int) -> tuple[int, ...]:
    """The output widths for a picture this wide: at least one, never wider than the original."""
    sizes = tuple(step for step in WIDTHS if step <= width)
    return sizes if sizes and (sizes[-1] >= width * 0.8 or sizes[-1] == WIDTHS[-1]) else (*sizes, width)


def retry_after(attempts: int) -> timedelta | None:
    """The delay before the next attempt; None after MAX_ATTEMPTS."""
    return timedelta(seconds=30 * 4**attempts) if attempts < MAX_ATTEMPTS else None
