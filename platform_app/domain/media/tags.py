"""Cache tags: pictures on their way."""

from uuid import UUID

DEMO = "demo"  # how many of the demo's pictures are ready


def shop_uploads_tag(shop_id: UUID) -> str:
    """The uploads of a shop that have not ended, or have just ended."""
    return f"shop-uploads:{shop_id}"
