"""Cache tags of stock alerts."""

from uuid import UUID


def stock_alerts_tag(user_id: UUID) -> str:
    """The variants that a user waits for."""
    return f"user-stock-alerts:{user_id}"
