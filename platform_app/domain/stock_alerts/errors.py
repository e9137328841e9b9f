"""Errors of stock alerts."""

from platform_app.domain.shared.errors import Conflict, NotFound


class VariantNotFound(NotFound):
    """The published listing has no such variant."""

    message = "This item doesn't exist or is no longer for sale."


class VariantInStock(Conflict):
    """The variant can be bought now, so there is nothing to wait for."""

    message = "This is in stock now."


class TooManyStockAlerts(Conflict):
    """The user waits for the maximum number of variants."""

    def __init__(self, limit: int) -> None:
        """Name the limit."""
        super().__init__(
            f"You wait for {limit:,} items, which is the maximum. Remove one in your account to add another."
        )
