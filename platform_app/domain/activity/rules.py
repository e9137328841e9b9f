"""What counts as a view, where views wait until they are counted, and what figures are made of them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import IntEnum, StrEnum
from hashlib import blake2b
from uuid import UUID

from pydantic import JsonValue

COLLECTION = "views"  # of the documents
SHARDS = 16  # partitions of a day
RETENTION = timedelta(days=3)  # how long views stay after their day, should nobody come to count them
LATE_WINDOW = timedelta(hours=2)  # after midnight, the day before is counted once more

# Programs that say what they are. A CUBOT is a telephone.
_BOT = re.compile(
    r"(?<!cu)bot\b|crawl|spider|slurp|headless|lighthouse|facebookexternalhit|preview|monitor|archive"
    r"|scrap|curl|wget|python|java/|go-http|node-fetch|axios|okhttp|httpx",
    re.IGNORECASE,
)


class Period(IntEnum):
    """How many days figures are about; the last of them is today."""

    WEEK = 7
    MONTH = 30
    QUARTER = 90


class ListingSort(StrEnum):
    """What listings are ordered by, the most first."""

    VIEWS = "views"
    FAVOURITES = "favourites"
    SAVED = "saved"


@dataclass(frozen=True)
class View:
    """A visitor has opened a listing on a day; however often they do, it is this one view."""

    shop_id: UUID
    listing_id: UUID
    day: date
    visitor: str

    @property
    def partition(self) -> str:
        """Where it waits."""
        return partition(self.day, self.shop_id.int % SHARDS)

    @property
    def sort_key(self) -> str:
        """Its name there: the same view, noted again, is the same document."""
        return f"{self.listing_id}/{self.visitor}"

    @property
    def value(self) -> dict[str, JsonValue]:
        """What else is kept of it."""
        return {"shop_id": str(self.shop_id)}

    @property
    def expires_at(self) -> datetime:
        """When it is forgotten."""
        return datetime.combine(self.day + timedelta(days=1), time(), UTC) + RETENTION


def partition(day: date, shard: int) -> str:
    """The partition of a day's views of some shops."""
    return f"{day}/{shard:02d}"


def view_target(sort_key: str, value: Mapping[str, JsonValue]) -> tuple[str, str]:
    """Which shop's listing a stored view is of, by their ids as they are stored."""
    return str(value["shop_id"]), sort_key.partition("/")[0]


def visitor_digest(name: str, *, day: date, key: bytes) -> str:
    """What a visitor is known by for one day; it leads to nobody, and not from one day to the next."""
    return blake2b(f"{day}/{name}".encode(), key=key, digest_size=12).hexdigest()


def is_bot(user_agent: str) -> bool:
    """Whether this is obviously no person; a browser always says something."""
    return not user_agent.strip() or _BOT.search(user_agent) is not None


def date_range(days: Period, *, today: date) -> tuple[date, date]:
    """The first and the last day of what figures are about."""
    return today - timedelta(days=days - 1), today


def days_to_count(now: datetime) -> tuple[date, ...]:
    """The days whose views may still come in."""
    today = now.date()
    return (today, today - timedelta(days=1)) if now - LATE_WINDOW < datetime.combine(today, time(), UTC) else (today,)


def saved_percent(views: int, favourites: int) -> Decimal | None:
    """How many of a hundred visitors liked it, rounded down to a tenth; None where nobody came.

    Hearts can be pressed in lists too, by people who never open the listing: more than all is told as all.
    """
    return Decimal(min(1000, 1000 * favourites // views)).scaleb(-1) if views else None


def percent_change(current: int, previous: int) -> int | None:
    """By how many per cent a figure has changed; None where there was none."""
    return round(100 * (current - previous) / previous) if previous else None
