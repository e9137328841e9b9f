"""What may be bought of what a shop has."""

from enum import StrEnum

MAX_QUANTITY = 1_000_000_000


class Reason(StrEnum):
    """Why stock on hand has changed."""

    OPENING = "opening"
    IMPORT = "import"
    UNDO = "undo"
    EDIT = "edit"


def available(*, tracked: bool, on_hand: int, reserved: int) -> int | None:
    """How many can be bought now; None when the seller does not count."""
    return max(0, on_hand - reserved) if tracked else None
