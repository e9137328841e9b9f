"""Limits of sections and pinned listings."""

from slugify import slugify

MAX_SECTIONS = 50  # per shop
MAX_TITLE = 80
MAX_PINNED = 8
MAX_ASSIGNED = 100  # listings per command
MAX_SLUG = 60


def clean_title(title: str) -> str:
    """The title in one line, without spaces around it."""
    return " ".join(title.split())


def base_slug(title: str) -> str:
    """The slug that a title suggests."""
    return slugify(title, max_length=MAX_SLUG, word_boundary=True) or "section"
