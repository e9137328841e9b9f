"""Limits, parsing and ranking of searches."""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum

from platform_app.domain.catalog.rules import Condition
from platform_app.domain.search.rules import analysis, facets

MAX_QUERY = 200  # characters; longer queries are cut
MAX_TERMS = 12
TOP_TIER_SIZE = 50_000  # the best listings of a larger catalog have their own partial index for common words
TOP_TIER_BATCH_SIZE = 1000  # changes to the top tier per transaction
MIN_TOP_TIER_HITS = 200  # matches in the top tier that are enough
FACET_ROW_LIMIT = 1000  # rows over which facets are counted and relevance is ranked
TOP_TIER_SAMPLE = 1000  # rows read from the top tier
RANKED_CANDIDATES = 300  # the best matches by quality are ranked by relevance; the rest follow by quality
MAX_EXACT = 100  # listings with exactly the title or SKU asked for, ranked first
PAGE_SIZE = 24
SITEMAP_PAGE_SIZE = 10_000
SHOWCASE_POOL = 1000  # newest listings from which the front page is chosen
SHOWCASE_PER_SHOP = 2
HERO_SIZE = 3  # listings shown large on the front page
SHOWCASE_SIZE = 15  # listings on the front page, including the hero
REINDEX_BATCH_SIZE = 500  # listings per transaction
INDEXED_SHOP_FIELDS = frozenset(
    {"name", "language", "holiday_until", "closed_at"}
)  # fields of a shop in its listings' index rows
WORD_COUNT_SAMPLE = 20_000  # best listings over which word frequency is counted

MIN_PREFIX_LENGTH = 2  # letters typed before suggestions start
MAX_COMPLETIONS = 6
MAX_SUGGESTED_CATEGORIES = 3
MAX_SUGGESTED_LISTINGS = 3
PREFIX_SCAN_LIMIT = 5000  # words read per prefix; no three-letter prefix has this many
COMPLETION_CANDIDATES = 12  # most frequent of these, checked for whether they find something
COMMON_WORD_THRESHOLD = 20  # counted listings from which a word is known to find something
LIKELY_WORDS = 2  # completions whose listings are suggested
MAX_ZERO_RESULT_QUERIES = 10_000  # stored queries without results
MAX_PARTIAL = 16  # listings that have most of the words of a query without results
MAX_RELATED_CATEGORIES = 4
NAMED_CANDIDATES = 20  # categories with similar names, checked for whether they have listings
MIN_SIMILARITY = 0.5  # trigram word similarity for a category's name to match a word
SUGGESTION_POOL = 60  # listings from which the suggested ones are chosen

MULTIPLE_FILTERS = ("condition", *facets.NAMES)  # filters with several values, of which a listing needs one
MAX_SHOWN_VALUES = 20  # values shown per facet
MAX_PRICE_DIGITS = 13  # in whole currency units: with three decimals, they fit into a BIGINT
PRICE_BANDS = (2500, 5000, 10_000, 25_000, 50_000)  # upper ends of the price bands, in minor units


class Sort(StrEnum):
    """The sort order of results."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    PRICE_UP = "price_up"
    PRICE_DOWN = "price_down"


def terms(query: str) -> list[str]:
    """The words of a query in one spelling, without punctuation."""
    return analysis.words(query[:MAX_QUERY])[:MAX_TERMS]


def normalize(query: str) -> str:
    """The words of a query in one spelling, equal for equivalent queries."""
    return " ".join(terms(query))[:MAX_QUERY].strip()


def parse_filters(
    query: Mapping[str, Sequence[str]], *, categories: Collection[str], sections: Collection[str] = ()
) -> dict[str, tuple[str, ...]]:
    """The values of each filter in a page's URL, normalised; invalid values, and those over the limits, are dropped."""
    first = {name: values[0] for name, values in query.items() if values}
    low, high = parse_whole_price(first.get("min", "")), parse_whole_price(first.get("max", ""))
    if low and high and int(low) > int(high):
        low, high = high, low
    single = {
        "q": first.get("q", ""),
        "as_typed": "1" if first.get("q") and first.get("as_typed") in ("1", "true", "on") else "",
        "category": first["category"] if first.get("category") in categories else "",
        "section": first["section"] if first.get("section") in sections else "",
        "min": low,
        "max": high,
        "in_stock": "1" if first.get("in_stock") in ("1", "true", "on") else "",
        "sort": first["sort"] if first.get("sort") in set(Sort) else "",
    }
    chosen = {name: [_parse_facet_value(value) for value in query.get(name, ())] for name in facets.NAMES}
    filters = {
        **{name: (value,) for name, value in single.items() if value},
        "condition": tuple(each.value for each in Condition if each in query.get("condition", ())),
        **facets.limited({name: [value for value in values if value] for name, values in chosen.items()}),
    }
    return {name: values for name, values in filters.items() if values}


def is_name(attribute: str) -> bool:
    """Whether a seller's attribute names the item, as its brand and model do."""
    return (facets.name_of(attribute) or attribute.strip().lower()) in ("brand", "model")


def parse_whole_price(text: str) -> str:
    """A price in whole units as digits, capped at MAX_PRICE_DIGITS nines; empty if it is not a number."""
    digits = text.strip().split(".")[0].removeprefix("$").replace(",", "")
    if not digits.isascii() or not digits.isdecimal():
        return ""
    return str(int(digits[:400])) if len(digits) <= MAX_PRICE_DIGITS else "9" * MAX_PRICE_DIGITS


def _parse_facet_value(text: str) -> str:
    """A facet value for search; empty if it is invalid."""
    return text.strip() if len(text) <= facets.MAX_VALUE and "\x00" not in text else ""


def quality(*, pictures: int, in_stock: bool, described: bool, age_days: float) -> float:
    """A listing's query-independent quality, from 0 to 1."""
    fresh = 1.0 / (1.0 + max(0.0, age_days) / 90.0)
    return round(0.35 * min(pictures, 2) / 2 + 0.3 * in_stock + 0.1 * described + 0.25 * fresh, 4)
