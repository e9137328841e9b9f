"""How a search is worded, sorted and capped."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import combinations, product
from math import prod

from platform_app.domain.catalog.rules import Condition
from platform_app.domain.search.errors import SearchTooBroad

MAX_QUERY = 200  # characters; more is cut, since nobody types it
MAX_TERMS = 12
TOP_TIER_SIZE = 50_000  # where there are more listings, so many of the best have an index of their own, in which common words are found
TOP_TIER_BATCH_SIZE = 1000  # changes to the top tier in one transaction
MIN_TOP_TIER_HITS = 200  # leading listings that answer are enough
FACET_ROW_LIMIT = 1000  # rows that are looked at: filters are counted over them, and the best of them ranked
TOP_TIER_SAMPLE = 1000  # leading rows that are looked at
RANKED_CANDIDATES = 300  # the best by quality, which are then ranked by relevance; the others follow by quality
PAGE_SIZE = 24
SITEMAP_PAGE_SIZE = 10_000
SHOWCASE_POOL = 1000  # listings among which the front page chooses
SHOWCASE_PER_SHOP = 2
HERO_SIZE = 3  # listings that the front page shows large
SHOWCASE_SIZE = 15  # listings on the front page, these among them
REINDEX_BATCH_SIZE = 500  # listings of a shop that are indexed anew in one transaction
INDEXED_SHOP_FIELDS = frozenset({"name", "language", "holiday_until"})  # of a shop, that its listings' index rows hold
WORD_COUNT_SAMPLE = 20_000  # of the best listings, from which it is known how common a word is

MIN_PREFIX_LENGTH = 2  # letters, from which on words are suggested
MAX_COMPLETIONS = 6
MAX_SUGGESTED_CATEGORIES = 3
MAX_SUGGESTED_LISTINGS = 3
PREFIX_SCAN_LIMIT = 5000  # words of one beginning that are looked at; no three letters begin so many
COMPLETION_CANDIDATES = 12  # the commonest of these, of which those are suggested that find something
COMMON_WORD_THRESHOLD = 20  # of the counted listings; a word that so many have needs no trying
LIKELY_WORDS = 2  # of the words, the listings that have them are suggested
MAX_ZERO_RESULT_QUERIES = 10_000  # words that found nothing, of which so many are kept
MAX_RELATED_CATEGORIES = 4
MIN_SIMILARITY = 0.5  # how much of a word a category's name must have to be near it, by trigrams
SUGGESTION_POOL = 60  # listings among which the suggested ones are chosen

FACET_NAMES = ("brand", "colour", "material", "size")  # what listings can be narrowed by besides the fixed filters
FACET_SYNONYMS = {"color": "colour", "vendor": "brand", "fabric": "material"}
MAX_FACET_VALUES = 8  # chosen values of one facet
MAX_KEYS = 64  # combinations of chosen values, which multiply; PostgreSQL looks each of them up
MAX_SHOWN_VALUES = 12  # counted values of one facet, the commonest first
MAX_PRICE_DIGITS = 8  # of a price in whole units
PRICE_BANDS = (2500, 5000, 10_000, 25_000, 50_000)  # upper ends of the price bands, in minor units

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


def normalize(query: str) -> str:
    """The words of a query in the one spelling that all who mean them share."""
    return " ".join(terms(query)).lower()[:MAX_QUERY].strip()


def parse_filters(query: Mapping[str, str], *, categories: Collection[str]) -> dict[str, str]:
    """The filters that a page's address sets, each in its one spelling; what makes no sense is left out."""
    low, high = _parse_whole_price(query.get("min", "")), _parse_whole_price(query.get("max", ""))
    if low and high and int(low) > int(high):
        low, high = high, low
    filters = {
        "q": query.get("q", ""),
        "category": query.get("category", "") if query.get("category") in categories else "",
        "min": low,
        "max": high,
        "condition": query.get("condition", "") if query.get("condition") in set(Condition) else "",
        "in_stock": "1" if query.get("in_stock") in ("1", "true", "on") else "",
        **{name: _parse_facet_value(query.get(name, "")) for name in FACET_NAMES},
        "sort": query.get("sort", "") if query.get("sort") in set(Sort) else "",
    }
    return {name: value for name, value in filters.items() if value}


def facet_name(name: str) -> str | None:
    """The facet that a seller's word for a property means; None when nothing is narrowed by it."""
    normalized = name.strip().lower()
    normalized = FACET_SYNONYMS.get(normalized, normalized)
    return normalized if normalized in FACET_NAMES else None


def facet_keys(facts: Mapping[str, str]) -> set[str]:
    """What one variant is found by: each of its facts."""
    return {_join_facts([fact]) for fact in facts.items()}


def combination_keys(facts: Mapping[str, str]) -> set[str]:
    """Every combination of two or more of one variant's facts.

    A combination in the index means that one variant has it whole: a blue shirt in S and a red one in M are no blue M.
    """
    sorted_facts = sorted(facts.items())
    return {
        _join_facts(combination)
        for size in range(2, len(sorted_facts) + 1)
        for combination in combinations(sorted_facts, size)
    }


def require_few_keys(chosen: Mapping[str, Sequence[str]]) -> None:
    """SearchTooBroad where the chosen values make more combinations than one search may look for."""
    count = prod(len(values) for values in chosen.values() if values)
    if count > MAX_KEYS:
        raise SearchTooBroad(chosen, count=count, limit=MAX_KEYS)


def required_keys(selected: Mapping[str, Sequence[str]]) -> list[str]:
    """The keys of which a listing must have one, to have some variant with one chosen value of every facet."""
    names = sorted(name for name, values in selected.items() if values)
    values = [[(name, value) for value in selected[name]] for name in names]
    return [_join_facts(combination) for combination in product(*values)] if names else []


def _parse_whole_price(text: str) -> str:
    """A price in whole units; empty for anything else, and for one beyond all prices the largest there is."""
    digits = text.strip().split(".")[0].removeprefix("$").replace(",", "")
    if not digits.isascii() or not digits.isdecimal():
        return ""
    return str(int(digits[:400])) if len(digits) <= MAX_PRICE_DIGITS else "9" * MAX_PRICE_DIGITS


def _parse_facet_value(text: str) -> str:
    """A chosen value as search may take it."""
    return text.strip() if len(text) <= 80 and "\x00" not in text else ""


def _join_facts(facts: Iterable[tuple[str, str]]) -> str:
    return "&".join(f"{name}={value.replace('&', '+')}" for name, value in facts)


def quality(*, pictures: int, in_stock: bool, described: bool, age_days: float) -> float:
    """How good a listing is to show, before anyone has asked for anything: 0 to 1."""
    fresh = 1.0 / (1.0 + max(0.0, age_days) / 90.0)
    return round(0.35 * min(pictures, 2) / 2 + 0.3 * in_stock + 0.1 * described + 0.25 * fresh, 4)
