"""Cache tags of edits."""

from uuid import UUID


def edit_tag(listing_id: UUID) -> str:
    """The unsaved edit of a listing."""
    return f"edit:{listing_id}"


def shop_edits_tag(shop_id: UUID) -> str:
    """The table of a shop's listings and edits."""
    return f"shop-edits:{shop_id}"
