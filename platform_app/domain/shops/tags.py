"""Cache tags: shops and the people who run them."""

from uuid import UUID

SHOPS = "shops"  # the list of all shops


def shop_tag(slug: str) -> str:
    """A shop's profile, and every list of its listings."""
    return f"shop:{slug}"


def shop_members_tag(shop_id: UUID) -> str:
    """Who runs a shop, and who is invited to."""
    return f"shop-members:{shop_id}"
