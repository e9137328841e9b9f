"""Search queries and results."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from platform_app.domain.catalog.rules import SLUG_PATTERN, Condition
from platform_app.domain.catalog.schemas import StoredCondition
from platform_app.domain.search.rules import MAX_QUERY, PAGE_SIZE, Sort
from platform_app.domain.search.rules import facets as facet_rules
from platform_app.domain.sections.rules import MAX_PINNED
from platform_app.domain.shared import money
from platform_app.domain.shared.money import Money
from platform_app.domain.shared.paging import MAX_LIMIT


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class SearchQuery(_Frozen):
    """A search: words and filters, with prices in minor units."""

    q: str = Field(default="", max_length=MAX_QUERY)
    as_typed: bool = False  # do not correct or complete the words
    category: str | None = Field(default=None, pattern=SLUG_PATTERN.pattern)
    shop: str | None = Field(default=None, pattern=SLUG_PATTERN.pattern)
    section: str | None = Field(default=None, pattern=SLUG_PATTERN.pattern)  # of the shop
    pinned_first: bool = False  # begin with the shop's pinned listings; the limit must be above their number
    price_min: int | None = Field(default=None, ge=0)
    price_max: int | None = Field(default=None, ge=0)
    condition: tuple[Condition, ...] = ()  # any of them
    in_stock: bool = False
    facets: dict[str, tuple[str, ...]] = {}  # selected values by facet; one variant must match all facets
    sort: Sort = Sort.RELEVANCE
    cursor: str | None = None
    limit: int = Field(default=PAGE_SIZE, ge=1, le=MAX_LIMIT)

    @classmethod
    def from_filters(
        cls,
        filters: Mapping[str, Sequence[str]],
        *,
        currency: str = "USD",
        category: str = "",
        shop: str = "",
        cursor: str | None = None,
        limit: int = PAGE_SIZE,
    ) -> Self:
        """The query for filters from `rules.parse_filters` (prices in whole units), in this category or shop."""
        unit = 10 ** money.exponent(currency)
        first = {name: values[0] for name, values in filters.items()}
        return cls(
            q=first.get("q", ""),
            as_typed="as_typed" in first,
            category=category or first.get("category") or None,
            shop=shop or None,
            section=(first.get("section") or None) if shop else None,
            pinned_first=bool(shop) and not filters,
            price_min=int(first["min"]) * unit if "min" in first else None,
            price_max=int(first["max"]) * unit if "max" in first else None,
            condition=tuple(Condition(value) for value in filters.get("condition", ())),
            in_stock="in_stock" in first,
            facets={name: tuple(filters[name]) for name in facet_rules.NAMES if name in filters},
            sort=Sort(first.get("sort", Sort.RELEVANCE)),
            cursor=cursor,
            limit=limit,
        )

    @property
    def is_bounded(self) -> bool:
        """Whether this is the unfiltered first page of all listings, a category or a shop: few such queries exist."""
        fields = {"category", "shop", "section", "pinned_first", "limit"}
        return self.model_dump(exclude=fields) == SearchQuery().model_dump(exclude=fields)

    @model_validator(mode="after")
    def _require_shop(self) -> Self:
        """Only a shop has sections and pinned listings, and pinned ones fit on its first page."""
        if (self.section or self.pinned_first) and not self.shop:
            raise ValueError("a section is of a shop")
        if self.pinned_first and self.limit <= MAX_PINNED:
            raise ValueError("the pinned listings do not fit")
        return self

    @field_validator("condition")
    @classmethod
    def _sort_conditions(cls, conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
        """Equal searches are equal, whatever the order of their conditions."""
        return tuple(each for each in Condition if each in conditions)

    @field_validator("facets")
    @classmethod
    def _validate_facets(cls, facets: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        """Check facet names and values, and remove duplicates; SearchTooBroad for too many combinations."""
        if not set(facets) <= set(facet_rules.NAMES):
            raise ValueError(f"the facets are {', '.join(facet_rules.NAMES)}")
        if any(
            len(values) > facet_rules.MAX_VALUES
            or any(len(value) > facet_rules.MAX_VALUE or "\x00" in value for value in values)
            for values in facets.values()
        ):
            raise ValueError(f"a facet accepts up to {facet_rules.MAX_VALUES} values of up to 80 characters")
        given = {name: tuple(dict.fromkeys(values)) for name, values in sorted(facets.items()) if values}
        facet_rules.require_few_keys(given)
        return given


class CardPicture(_Frozen):
    """The picture on a card; `content` is its digest in storage, sizes are in pixels."""

    content: str
    width: int
    height: int
    colour: str
    alt: str


class Card(_Frozen):
    """A listing in a list."""

    id: UUID
    slug: str
    title: str
    shop_slug: str
    shop_name: str
    price: Money
    price_max: Money
    compare_at: Money | None
    condition: StoredCondition
    in_stock: bool
    holiday_until: date | None = None  # nothing can be bought until then
    picture: CardPicture | None


class Showcase(_Frozen):
    """The front page: a few large listings from different shops, and other new ones."""

    hero: tuple[Card, ...] = ()
    newest: tuple[Card, ...] = ()


class SitemapEntry(_Frozen):
    """A listing's slugs and the time of its last change."""

    shop: str
    listing: str
    updated_at: datetime


class FacetCount(_Frozen):
    """The number of results for one value of a filter."""

    value: str
    count: int


class PriceBand(_Frozen):
    """The number of results with prices from `start` up to but not including `end`; the last band has no end."""

    start: int
    end: int | None
    count: int


class Facets(_Frozen):
    """The available filters with counts; each facet is counted without its own filter."""

    categories: tuple[FacetCount, ...] = ()
    conditions: tuple[FacetCount, ...] = ()
    shops: tuple[FacetCount, ...] = ()
    price_bands: tuple[PriceBand, ...] = ()
    attributes: dict[str, tuple[FacetCount, ...]] = {}
    in_stock: int = 0
    price_min: int | None = None
    price_max: int | None = None


class Correction(_Frozen):
    """What was searched instead of misspelled words: `q` with the most similar words, `words` with all, for each."""

    q: str
    words: dict[str, tuple[str, ...]]


class Results(_Frozen):
    """One page of results; if `is_total_exact` is false, there are more than `total`.

    It has a `correction` if no listing has the words as they were typed.
    """

    items: tuple[Card, ...]
    next_cursor: str | None
    total: int
    is_total_exact: bool
    facets: Facets
    correction: Correction | None = None

    @property
    def total_text(self) -> str:
        """The total as text."""
        return _total_text(self.total, is_exact=self.is_total_exact)


class CategoryPath(_Frozen):
    """A suggested category; `path` has the slugs from the root down to it."""

    slug: str
    name: str
    path: tuple[str, ...]


class Suggestions(_Frozen):
    """Suggestions for a partial query: completions that find something, categories and listings."""

    completions: tuple[str, ...] = ()
    categories: tuple[CategoryPath, ...] = ()
    listings: tuple[Card, ...] = ()


class Alternative(_Frozen):
    """A search with results to offer instead; if `is_total_exact` is false, there are more than `total`."""

    q: str
    as_typed: bool = False
    category: str | None
    shop: str | None
    total: int
    is_total_exact: bool

    @property
    def total_text(self) -> str:
        """The total as text."""
        return _total_text(self.total, is_exact=self.is_total_exact)


class Alternatives(_Frozen):
    """Alternatives to a search without results.

    Corrected words; the same words without filters; categories; `partial` has listings with most of the words.
    """

    corrected: Alternative | None = None
    unfiltered: Alternative | None = None
    categories: tuple[CategoryPath, ...] = ()
    partial: tuple[Card, ...] = ()


class ZeroResultQuery(_Frozen):
    """A query without results; `times` counts the minutes in which it was searched."""

    words: str
    times: int
    first_at: datetime
    last_at: datetime


def _total_text(total: int, *, is_exact: bool) -> str:
    """The total as text, rounded down with a "+" if it is not exact."""
    if not is_exact:
        step = 10 ** (len(str(total)) - 1)
        return f"{total // step * step:,}+ listings"
    return "1 listing" if total == 1 else f"{total:,} listings"


class CommonAttribute(_Frozen):
    """An attribute that is common in a category, with its most common values."""

    name: str
    values: tuple[str, ...]
