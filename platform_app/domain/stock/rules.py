"""Stock rules."""

from enum import StrEnum

MAX_QUANTITY = 1_000_000_000


class Reason(StrEnum):
    """The reason for a change of stock on hand."""

    OPENING = "opening"
    IMPORT = "import"
    UNDO = "undo"
    EDIT = "edit"


def available(*, tracked: bool, on_hand: int, reserved: int) -> int | None:
    """How many can be bought now; None if stock is not tracked."""
    return max(0, on_hand - reserved) if tracked else None
