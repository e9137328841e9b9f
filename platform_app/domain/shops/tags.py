"""Cache tags of shops and their members."""

from uuid import UUID

SHOPS = "shops"  # the list of all shops


def shop_tag(slug: str) -> str:
    """A shop's profile, and every list of its listings."""
    return f"shop:{slug}"


def shop_members_tag(shop_id: UUID) -> str:
    """A shop's members and invitations."""
    return f"shop-members:{shop_id}"
