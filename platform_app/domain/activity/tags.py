"""Cache tags of statistics."""

from uuid import UUID


def shop_stats_tag(shop_id: UUID) -> str:
    """The views and favourites of the shop's listings, by day."""
    return f"shop-stats:{shop_id}"
