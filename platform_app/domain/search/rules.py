"""How a search is worded, sorted and capped."""

import re
from enum import StrEnum

MAX_QUERY = 200  # characters; more is cut, since nobody types it
MAX_TERMS = 12
CANDIDATES = 2000  # the best matches by quality, which are then ranked by relevance
COUNTED = 5000  # matches over which filters are counted
COUNT_CAP = 10_000
PAGE = 24
SITEMAP_PAGE = 10_000
RECENT = 1000  # listings among which the front page chooses
SHOWN_PER_SHOP = 2

_WORD = re.compile(r"\w+", re.UNICODE)


class Sort(StrEnum):
    """The order of what was found."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    PRICE_UP = "price_up"
    PRICE_DOWN = "price_down"


def terms(query: str) -> list[str]:
    """The words of a query, whatever else was typed around them."""
    return [word[:40] for word in _WORD.findall(query[:MAX_QUERY].replace("_", " "))][:MAX_TERMS]


def quality(*, pictures: int, in_stock: bool, described: bool, age_days: float) -> float:
    """How good a listing is to show, before anyone has asked for anything: 0 to 1."""
    fresh = 1.0 / (1.0 + max(0.0, age_days) / 90.0)
    return round(0.35 * min(pictures, 2) / 2 + 0.3 * in_stock + 0.1 * described + 0.25 * fresh, 4)
