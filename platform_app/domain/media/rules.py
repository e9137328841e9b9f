"""How pictures are named, sized and retried."""

from datetime import timedelta
from enum import StrEnum

WIDTHS = (400, 800, 1600)
MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 60_000_000
MAX_ATTEMPTS = 5
LOST_AFTER = timedelta(days=1)  # a picture that still waits for its job by then waits for one that failed for good
CONTENT_SOURCE = "content:"


class PictureState(StrEnum):
    """A picture is wanted, shown, or given up on."""

    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"


def key(content: str, width: int) -> str:
    """The storage key of one size of a picture: named by its content, so it never changes."""
    return f"pictures/{content[:2]}/{content}/{width}.webp"


def widths(width: int) -> tuple[int, ...]:
    """The sizes made of a picture this wide; never wider than it is, at least one."""
    fitting = tuple(step for step in WIDTHS if step <= width)
    return fitting if fitting and (fitting[-1] >= width * 0.8 or fitting[-1] == WIDTHS[-1]) else (*fitting, width)


def retry_after(attempts: int) -> timedelta | None:
    """How long to wait before fetching again; None when it has been tried often enough."""
    return timedelta(seconds=30 * 4**attempts) if attempts < MAX_ATTEMPTS else None
