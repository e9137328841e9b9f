"""Cache tags of imports."""

from uuid import UUID


def import_tag(run_id: UUID) -> str:
    """One import."""
    return f"import:{run_id}"


def shop_imports_tag(shop_id: UUID) -> str:
    """The list of a shop's imports."""
    return f"shop-imports:{shop_id}"
