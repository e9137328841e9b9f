"""The order of names in an English list."""

from slugify import slugify


def collation_key(name: str) -> tuple[str, str]:
    """What names are sorted by in an English list: Åland comes before Albania, and Curaçao before Cyprus."""
    return slugify(name, separator=" "), name
