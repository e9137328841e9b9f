"""Limits of editing, text clean-up and percentage changes of prices."""

import re
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from math import prod

from platform_app.domain.catalog.rules import ITEM_UNIT, MAX_VARIANTS, MEASURE_UNITS, WEIGHT_UNITS
from platform_app.domain.shared.kinds import NotificationKind
from platform_app.domain.shops.rules import Permission

MAX_OPTION_VALUES = 100  # per option
MAX_UNSAVED_LISTINGS = 500  # new listings per shop
MAX_BULK_LISTINGS = 100  # listings per bulk command
MAX_BULK_DELETIONS = 200  # listings that a bulk command deletes
MAX_NUMBER_LENGTH = 30  # characters of a typed number
BLANK_DRAFT_RETENTION = timedelta(days=1)  # new listings without any content
PRICE_HISTORY_PERIOD = timedelta(days=365)
UNDO_PERIOD = timedelta(minutes=10)  # in which a bulk change of prices or stock can be undone
VIEW_PERMISSIONS = frozenset({Permission.LISTINGS, Permission.STOCK})
PERCENT_RANGE = (Decimal(-90), Decimal(500))
PICTURE_REJECTED = NotificationKind("picture_rejected", headline="A picture couldn't be used", icon="image-off")

_CODE_GAP = re.compile(r"[\s-]")
_WEIGHT = re.compile(r"([0-9]{1,9}(?:[.,][0-9]{1,6})?) ?([a-z]{1,2})s?")
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2},[0-9]{3}")  # or decimals: nothing says which
_MEASURE = re.compile(r"([0-9]{1,9}(?:[.,][0-9]{1,6})?) ?([a-z][a-z ]{0,10}[²³23]?)")
_UNIT_WORDS = {
    "m²": "m2", "m³": "m3", "ft²": "sqft", "ft2": "sqft", "kgs": "kg", "lbs": "lb", "litre": "l", "litres": "l", "liter": "l",
    "liters": "l", "item": ITEM_UNIT, "items": ITEM_UNIT, "piece": ITEM_UNIT, "pieces": ITEM_UNIT, "pcs": ITEM_UNIT,
}  # fmt: skip
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


class BulkAction(StrEnum):
    """An action on many listings at once."""

    PUBLISH = "publish"
    UNPUBLISH = "unpublish"
    ARCHIVE = "archive"
    PRICE = "price"
    STOCK = "stock"
    UNLIMITED = "unlimited"
    DELETE = "delete"

    @property
    def permission(self) -> Permission:
        """The permission that the action needs."""
        return Permission.STOCK if self in (BulkAction.STOCK, BulkAction.UNLIMITED) else Permission.LISTINGS

    @property
    def can_be_undone(self) -> bool:
        """Whether the action replaces values that nobody remembers; publishing has its own opposite."""
        return self in (BulkAction.PRICE, BulkAction.STOCK, BulkAction.UNLIMITED)

    @property
    def is_confirmed(self) -> bool:
        """Whether the seller first sees what the action would do: no opposite of it brings everything back."""
        return self.can_be_undone or self is BulkAction.DELETE

    @property
    def max_listings(self) -> int:
        """How many listings one command may change."""
        return MAX_BULK_DELETIONS if self is BulkAction.DELETE else MAX_BULK_LISTINGS


def strip_unprintable(text: str) -> str:
    """The text without characters that cannot be displayed or stored."""
    return _UNPRINTABLE.sub("", text)


def single_line(text: str) -> str:
    """The text on one line, without unprintable characters."""
    if (
        text.isprintable() and "  " not in text and text == text.strip()
    ):  # as nearly all are, in grids of hundreds of rows
        return text
    return " ".join(strip_unprintable(text).split())


def parse_barcode(typed: str) -> str:
    """The digits of a barcode, without the spaces and hyphens that are printed between them."""
    return _CODE_GAP.sub("", typed)


def parse_weight(typed: str) -> str | None:
    """The typed weight as it is stored, such as `0.45 kg`; empty if nothing or zero was typed, None if it is none."""
    if not typed:
        return ""
    found = _WEIGHT.fullmatch(typed.casefold())
    if found is None or found[2] not in WEIGHT_UNITS or _THOUSANDS.fullmatch(found[1]):
        return None
    return _stored_measure(found[1], found[2])


def parse_measure(typed: str) -> str | None:
    """The typed contents as they are stored, such as `500 ml` or `10 ct`; empty if nothing or zero was typed, None if it is none."""
    if not typed:
        return ""
    found = _MEASURE.fullmatch(typed.casefold())
    unit = "".join(found[2].split()) if found else ""
    unit = _UNIT_WORDS.get(unit, unit)
    if found is None or unit not in (*MEASURE_UNITS, ITEM_UNIT) or _THOUSANDS.fullmatch(found[1]):
        return None
    return _stored_measure(found[1], unit)


def _stored_measure(number: str, unit: str) -> str:
    amount = Decimal(number.replace(",", ".")).normalize()
    return f"{amount:f} {unit}" if amount else ""


def is_within_variant_limit(sizes: list[int]) -> bool:
    """Whether options with these numbers of values give at most MAX_VARIANTS combinations."""
    return prod(sizes) <= MAX_VARIANTS


def apply_percent(amount: int, percent: Decimal) -> int:
    """The amount changed by `percent`, rounded half up to a minor unit; at least 1."""
    changed = (Decimal(amount) * (100 + percent) / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return max(1, int(changed))
