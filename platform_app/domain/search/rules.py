"""Limits, parsing, facets and ranking of searches."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import combinations, product
from math import prod

from platform_app.domain.catalog.rules import Condition
from platform_app.domain.search.errors import SearchTooBroad

MAX_QUERY = 200  # characters; longer queries are cut
MAX_TERMS = 12
TOP_TIER_SIZE = 50_000  # the best listings of a larger catalog have their own partial index for common words
TOP_TIER_BATCH_SIZE = 1000  # changes to the top tier per transaction
MIN_TOP_TIER_HITS = 200  # matches in the top tier that are enough
FACET_ROW_LIMIT = 1000  # rows over which facets are counted and relevance is ranked
TOP_TIER_SAMPLE = 1000  # rows read from the top tier
RANKED_CANDIDATES = 300  # the best matches by quality are ranked by relevance; the rest follow by quality
PAGE_SIZE = 24
SITEMAP_PAGE_SIZE = 10_000
SHOWCASE_POOL = 1000  # newest listings from which the front page is chosen
SHOWCASE_PER_SHOP = 2
HERO_SIZE = 3  # listings shown large on the front page
SHOWCASE_SIZE = 15  # listings on the front page, including the hero
REINDEX_BATCH_SIZE = 500  # listings per transaction
INDEXED_SHOP_FIELDS = frozenset({"name", "language", "holiday_until"})  # fields of a shop in its listings' index rows
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
MAX_RELATED_CATEGORIES = 4
MIN_SIMILARITY = 0.5  # trigram word similarity for a category's name to match a word
SUGGESTION_POOL = 60  # listings from which the suggested ones are chosen

FACET_NAMES = ("brand", "colour", "material", "size")  # attribute filters besides the fixed filters
MULTIPLE_FILTERS = ("condition", *FACET_NAMES)  # filters with several values, of which a listing needs one
FACET_SYNONYMS = {"color": "colour", "vendor": "brand", "fabric": "material"}
MAX_FACET_VALUES = 8  # selected values per facet
MAX_KEYS = 64  # combinations of selected values; PostgreSQL looks up each one
MAX_SHOWN_VALUES = 20  # values shown per facet
MAX_PRICE_DIGITS = 8  # in whole currency units
PRICE_BANDS = (2500, 5000, 10_000, 25_000, 50_000)  # upper ends of the price bands, in minor units

_WORD = re.compile(r"\w+", re.UNICODE)


class Sort(StrEnum):
    """The sort order of results."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    PRICE_UP = "price_up"
    PRICE_DOWN = "price_down"


def terms(query: str) -> list[str]:
    """The words of a query, without punctuation."""
    return [word[:40] for word in _WORD.findall(query[:MAX_QUERY].replace("_", " "))][:MAX_TERMS]


def normalize(query: str) -> str:
    """The words of a query in lower case, equal for equivalent queries."""
    return " ".join(terms(query)).lower()[:MAX_QUERY].strip()


def parse_filters(query: Mapping[str, Sequence[str]], *, categories: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The values of each filter in a page's URL, normalised; invalid values, and those over the limits, are dropped."""
    first = {name: values[0] for name, values in query.items() if values}
    low, high = parse_whole_price(first.get("min", "")), parse_whole_price(first.get("max", ""))
    if low and high and int(low) > int(high):
        low, high = high, low
    single = {
        "q": first.get("q", ""),
        "category": first["category"] if first.get("category") in categories else "",
        "min": low,
        "max": high,
        "in_stock": "1" if first.get("in_stock") in ("1", "true", "on") else "",
        "sort": first["sort"] if first.get("sort") in set(Sort) else "",
    }
    facets = {name: [_parse_facet_value(value) for value in query.get(name, ())] for name in FACET_NAMES}
    filters = {
        **{name: (value,) for name, value in single.items() if value},
        "condition": tuple(each.value for each in Condition if each in query.get("condition", ())),
        **limit_facets({name: [value for value in values if value] for name, values in facets.items()}),
    }
    return {name: values for name, values in filters.items() if values}


def limit_facets(chosen: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """The values of each facet as far as a search accepts them, in this order."""
    accepted: dict[str, tuple[str, ...]] = {}
    for name, values in chosen.items():
        for value in dict.fromkeys(values):
            if accepts_another(accepted, name):
                accepted[name] = (*accepted.get(name, ()), value)
    return accepted


def accepts_another(chosen: Mapping[str, Sequence[str]], name: str) -> bool:
    """Whether a search accepts another value of this facet beside those chosen."""
    counts = {each: len(chosen.get(each, ())) + (each == name) for each in FACET_NAMES}
    return counts[name] <= MAX_FACET_VALUES and prod(max(1, count) for count in counts.values()) <= MAX_KEYS


def facet_name(name: str) -> str | None:
    """The facet for a seller's attribute name; None if there is none."""
    normalized = name.strip().lower()
    normalized = FACET_SYNONYMS.get(normalized, normalized)
    return normalized if normalized in FACET_NAMES else None


def facet_keys(facts: Mapping[str, str]) -> set[str]:
    """The search keys of a variant's single facts."""
    return {_join_facts([fact]) for fact in facts.items()}


def combination_keys(facts: Mapping[str, str]) -> set[str]:
    """The search keys of every combination of two or more of a variant's facts.

    A combination is indexed only if one variant has all of it: a blue S and a red M do not match a blue M.
    """
    sorted_facts = sorted(facts.items())
    return {
        _join_facts(combination)
        for size in range(2, len(sorted_facts) + 1)
        for combination in combinations(sorted_facts, size)
    }


def require_few_keys(chosen: Mapping[str, Sequence[str]]) -> None:
    """Raise SearchTooBroad if the selected values make more than MAX_KEYS combinations."""
    count = prod(len(values) for values in chosen.values() if values)
    if count > MAX_KEYS:
        raise SearchTooBroad(chosen, count=count, limit=MAX_KEYS)


def required_keys(selected: Mapping[str, Sequence[str]]) -> list[str]:
    """The search keys of which a listing needs one, so that a variant has a selected value of every facet."""
    names = sorted(name for name, values in selected.items() if values)
    values = [[(name, value) for value in selected[name]] for name in names]
    return [_join_facts(combination) for combination in product(*values)] if names else []


def parse_whole_price(text: str) -> str:
    """A price in whole units as digits, capped at MAX_PRICE_DIGITS nines; empty if it is not a number."""
    digits = text.strip().split(".")[0].removeprefix("$").replace(",", "")
    if not digits.isascii() or not digits.isdecimal():
        return ""
    return str(int(digits[:400])) if len(digits) <= MAX_PRICE_DIGITS else "9" * MAX_PRICE_DIGITS


def _parse_facet_value(text: str) -> str:
    """A facet value for search; empty if it is invalid."""
    return text.strip() if len(text) <= 80 and "\x00" not in text else ""


def _join_facts(facts: Iterable[tuple[str, str]]) -> str:
    return "&".join(f"{name}={value.replace('&', '+')}" for name, value in facts)


def quality(*, pictures: int, in_stock: bool, described: bool, age_days: float) -> float:
    """A listing's query-independent quality, from 0 to 1."""
    fresh = 1.0 / (1.0 + max(0.0, age_days) / 90.0)
    return round(0.35 * min(pictures, 2) / 2 + 0.3 * in_stock + 0.1 * described + 0.25 * fresh, 4)
