"""What may be written, how many at a time, and how a price changes by a percentage."""

import re
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from math import prod

from platform_app.domain.catalog.rules import MAX_VARIANTS
from platform_app.domain.shops.rules import Permission

MAX_OPTION_VALUES = 100  # of one option
MAX_UNSAVED_LISTINGS = 500  # listings that a shop has begun and not saved
MAX_BULK_LISTINGS = 100  # listings that are changed by one command
MAX_NUMBER_LENGTH = 20  # letters of a number as it is typed
MAX_ALT = 300
BLANK_DRAFT_RETENTION = timedelta(days=1)  # listings that were begun, and nothing was written
PRICE_HISTORY_PERIOD = timedelta(days=365)
VIEW_PERMISSIONS = frozenset({Permission.LISTINGS, Permission.STOCK})
PERCENT_RANGE = (Decimal(-90), Decimal(500))

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


class BulkAction(StrEnum):
    """What can be done to many listings at once."""

    PUBLISH = "publish"
    UNPUBLISH = "unpublish"
    ARCHIVE = "archive"
    PRICE = "price"
    STOCK = "stock"


def strip_unprintable(text: str) -> str:
    """What was typed, without characters that cannot be shown or kept."""
    return _UNPRINTABLE.sub("", text)


def single_line(text: str) -> str:
    """The same as one line."""
    return " ".join(strip_unprintable(text).split())


def is_within_variant_limit(sizes: list[int]) -> bool:
    """Whether every combination of options with so many values can be offered."""
    return prod(sizes) <= MAX_VARIANTS


def apply_percent(amount: int, percent: Decimal) -> int:
    """An amount after a change by so many per cent, rounded half up to a minor unit, and never below one."""
    changed = (Decimal(amount) * (100 + percent) / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return max(1, int(changed))
