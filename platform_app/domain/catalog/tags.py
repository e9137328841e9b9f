"""Cache tags of listings and categories."""

from uuid import UUID

CATALOG = "catalog"  # any listing anywhere
CATEGORIES = "categories"  # the category tree


def listing_tag(listing_id: UUID) -> str:
    """A listing by its id."""
    return f"listing:{listing_id}"


def listing_url_tag(shop_slug: str, slug: str) -> str:
    """A listing by its slugs."""
    return f"listing:{shop_slug}/{slug}"
