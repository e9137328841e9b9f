"""Quotas of a shop: how much of the work that all shops share may be done for it in an hour or a day."""

from datetime import datetime, timedelta
from enum import StrEnum


class Resource(StrEnum):
    """What is counted: the pixels of pictures before they are decoded, and the rows of imported files."""

    PIXELS = "pixels"
    IMPORT_ROWS = "import_rows"

    @property
    def period(self) -> timedelta:
        """The time after which the count starts again."""
        return timedelta(hours=1) if self is Resource.PIXELS else timedelta(days=1)

    def amount_text(self, amount: int) -> str:
        """An amount for people: a count with its noun."""
        if self is Resource.PIXELS:
            megapixels = -(-amount // 1_000_000)
            return f"{megapixels:,} megapixel{'s'[: megapixels != 1]} of pictures"
        return f"{amount:,} imported row{'s'[: amount != 1]}"


def period_start(resource: Resource, now: datetime) -> datetime:
    """The start of the hour or day, in UTC, that `now` is in."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    return hour if resource is Resource.PIXELS else hour.replace(hour=0)


def time_text(moment: datetime) -> str:
    """A moment as messages name it, such as `15:00 UTC on 3 May`."""
    return f"{moment:%H:%M} UTC on {moment.day} {moment:%B}"
