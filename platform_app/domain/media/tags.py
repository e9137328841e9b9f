"""Cache tags of uploads and of the demo's progress."""

from uuid import UUID

DEMO = "demo"  # how many of the demo's pictures are ready


def shop_uploads_tag(shop_id: UUID) -> str:
    """A shop's unfinished and recently ended uploads."""
    return f"shop-uploads:{shop_id}"
