"""What a listing may be, and how its text is shown."""

import html
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import nh3

MAX_PRICE = 10_000_000_00  # ten million of a two-place currency: more is a slip of the keyboard
MAX_TITLE = 200
MAX_DESCRIPTION = 50_000
MAX_OPTIONS = 3
MAX_VARIANTS = 500
MAX_PICTURES = 30
MAX_TAGS = 40
MAX_LABEL = 80
PRICE_CHANGE_LIMIT = 5000  # that are looked at together
PRIOR_PRICE_PERIOD = timedelta(days=30)  # before a reduction: what the EU has a price compared with

SLUG_PATTERN = re.compile(r"^[a-z0-9-]{1,100}$")
_ALLOWED_TAGS = {
    "p",
    "br",
    "ul",
    "ol",
    "li",
    "strong",
    "b",
    "em",
    "i",
    "h2",
    "h3",
    "h4",
    "blockquote",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
}
LOW_STOCK_THRESHOLD = 5  # left: few enough to say so
_BLOCK = re.compile(r"</?(?:p|br|li|ul|ol|h\d|div|tr|table|blockquote)\b[^<>]*>", re.IGNORECASE)
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>")
_BREAKS = re.compile(r"\n\s*\n+")
_SPACE = re.compile(r"[^\S\n]+")


class Condition(StrEnum):
    """What shape a thing is in."""

    NEW = "new"
    LIKE_NEW = "used_like_new"
    GOOD = "used_good"
    REFURBISHED = "refurbished"

    @property
    def label(self) -> str:
        """What people call it."""
        return _CONDITION_LABELS[self]


_CONDITION_LABELS = {
    Condition.NEW: "New",
    Condition.LIKE_NEW: "Used, like new",
    Condition.GOOD: "Used, good",
    Condition.REFURBISHED: "Refurbished",
}


class Status(StrEnum):
    """Whether a listing is for sale."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


def stock_label(available: int | None) -> str:
    """How many are left, in words; None where the seller does not count."""
    if available is None or available > LOW_STOCK_THRESHOLD:
        return "In stock"
    return f"Only {available} left" if available > 0 else "Sold out"


def is_valid_slug(*slugs: str) -> bool:
    """Whether these could be parts of an address at all."""
    return all(SLUG_PATTERN.match(slug) for slug in slugs)


def sanitize_html(description: str) -> str:
    """A seller's description as HTML that can do no harm: plain text becomes paragraphs, scripts and styles vanish."""
    if not _MARKUP.search(description):
        paragraphs = _BREAKS.split(description.strip())
        return "".join(
            f"<p>{html.escape(part.strip()).replace(chr(10), '<br>')}</p>" for part in paragraphs if part.strip()
        )
    return nh3.clean(
        description, tags=_ALLOWED_TAGS, attributes={}, clean_content_tags={"script", "style", "iframe", "title"}
    )


def plain_text(description: str) -> str:
    """A seller's description as words only, for search, previews and programs."""
    bare = nh3.clean(
        _BLOCK.sub("\n", description), tags=set(), clean_content_tags={"script", "style", "iframe", "title"}
    )
    return _SPACE.sub(" ", html.unescape(bare)).strip()


def lowest_prior_price(price: int, changes: Sequence[tuple[datetime, int, int]], *, now: datetime) -> int:
    """The lowest price of the thirty days before the last reduction, or before now where the last change was none.

    `changes` are when a price changed, from what, to what, in any order; `price` is what it is now.
    """
    ordered = sorted(changes)
    is_reduced = bool(ordered) and ordered[-1][2] < ordered[-1][1]
    until = ordered[-1][0] if is_reduced else now
    earlier = ordered[:-1] if is_reduced else ordered
    in_force = [ordered[-1][1] if is_reduced else price]
    for at, before, after in earlier:
        if at > until - PRIOR_PRICE_PERIOD:
            in_force += [before, after]
    return min(in_force)
