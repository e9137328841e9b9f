"""What counts as a view, where views are stored until they are counted, and the figures derived from them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import IntEnum, StrEnum
from hashlib import blake2b
from uuid import UUID

from pydantic import JsonValue

COLLECTION = "views"  # in the document store
SHARDS = 16  # partitions of a day
RETENTION = timedelta(days=3)  # how long views are stored after their day, in case counting is delayed
LATE_WINDOW = timedelta(hours=2)  # after midnight, the previous day is still counted

# User agents of programs. "CUBOT" is a phone brand, not a bot.
_BOT = re.compile(
    r"(?<!cu)bot\b|crawl|spider|slurp|headless|lighthouse|facebookexternalhit|preview|monitor|archive"
    r"|scrap|curl|wget|python|java/|go-http|node-fetch|axios|okhttp|httpx",
    re.IGNORECASE,
)


class Period(IntEnum):
    """The number of days that statistics cover, up to and including today."""

    WEEK = 7
    MONTH = 30
    QUARTER = 90


class ListingSort(StrEnum):
    """The sort key of listing statistics, highest first."""

    VIEWS = "views"
    FAVOURITES = "favourites"
    SAVED = "saved"


@dataclass(frozen=True)
class View:
    """A visitor opened a listing on a day; repeated visits on that day are the same view."""

    shop_id: UUID
    listing_id: UUID
    day: date
    visitor: str

    @property
    def partition(self) -> str:
        """The view's partition in the document store."""
        return partition(self.day, self.shop_id.int % SHARDS)

    @property
    def sort_key(self) -> str:
        """The view's key within the partition; equal for repeated views, so that they are stored once."""
        return f"{self.listing_id}/{self.visitor}"

    @property
    def value(self) -> dict[str, JsonValue]:
        """The stored value."""
        return {"shop_id": str(self.shop_id)}

    @property
    def expires_at(self) -> datetime:
        """When the stored view expires."""
        return datetime.combine(self.day + timedelta(days=1), time(), UTC) + RETENTION


def partition(day: date, shard: int) -> str:
    """The partition for a day's views in one shard of shops."""
    return f"{day}/{shard:02d}"


def view_target(sort_key: str, value: Mapping[str, JsonValue]) -> tuple[str, str]:
    """The shop id and listing id of a stored view, as strings."""
    return str(value["shop_id"]), sort_key.partition("/")[0]


def visitor_digest(name: str, *, day: date, key: bytes) -> str:
    """A visitor's pseudonym for one day; it cannot be traced to a person or linked across days."""
    return blake2b(f"{day}/{name}".encode(), key=key, digest_size=12).hexdigest()


def is_bot(user_agent: str) -> bool:
    """Whether the user agent is clearly a program; an empty one counts too, since browsers always send one."""
    return not user_agent.strip() or _BOT.search(user_agent) is not None


def date_range(days: Period, *, today: date) -> tuple[date, date]:
    """The first and last day of a period."""
    return today - timedelta(days=days - 1), today


def days_to_count(now: datetime) -> tuple[date, ...]:
    """The days for which views may still arrive."""
    today = now.date()
    return (today, today - timedelta(days=1)) if now - LATE_WINDOW < datetime.combine(today, time(), UTC) else (today,)


def saved_percent(views: int, favourites: int) -> Decimal | None:
    """The percentage of views that became favourites, rounded down to a tenth; None without views.

    Visitors can also favourite a listing from a list, without a view, so the result is capped at 100.
    """
    return Decimal(min(1000, 1000 * favourites // views)).scaleb(-1) if views else None


def percent_change(current: int, previous: int) -> int | None:
    """The change in per cent; None if the previous figure is zero."""
    return round(100 * (current - previous) / previous) if previous else None
