"""Cache tags of sections."""


def sections_tag(shop: str) -> str:
    """The sections and pinned listings of the shop with this slug."""
    return f"sections:{shop}"
