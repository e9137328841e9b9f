"""What can be asked of search, and what it answers."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, field_validator

from platform_app.domain.catalog.rules import SLUG_PATTERN, Condition
from platform_app.domain.search.rules import FACET_NAMES, MAX_FACET_VALUES, MAX_QUERY, PAGE_SIZE, Sort, require_few_keys
from platform_app.domain.shared import money
from platform_app.domain.shared.money import Money
from platform_app.domain.shared.paging import MAX_LIMIT


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class SearchQuery(_Frozen):
    """A search: words and filters; prices in minor units."""

    q: str = Field(default="", max_length=MAX_QUERY)
    category: str | None = Field(default=None, pattern=SLUG_PATTERN.pattern)
    shop: str | None = Field(default=None, pattern=SLUG_PATTERN.pattern)
    price_min: int | None = Field(default=None, ge=0)
    price_max: int | None = Field(default=None, ge=0)
    condition: Condition | None = None
    in_stock: bool = False
    facets: dict[str, tuple[str, ...]] = {}  # chosen values by facet; one variant must have one of each
    sort: Sort = Sort.RELEVANCE
    cursor: str | None = None
    limit: int = Field(default=PAGE_SIZE, ge=1, le=MAX_LIMIT)

    @classmethod
    def from_filters(
        cls,
        filters: Mapping[str, str],
        *,
        currency: str = "USD",
        category: str = "",
        shop: str = "",
        cursor: str | None = None,
        limit: int = PAGE_SIZE,
    ) -> Self:
        """The filters that `rules.chosen` read from an address, in this category or shop; prices are its whole units."""
        unit = 10 ** money.exponent(currency)
        return cls(
            q=filters.get("q", ""),
            category=category or filters.get("category") or None,
            shop=shop or None,
            price_min=int(filters["min"]) * unit if "min" in filters else None,
            price_max=int(filters["max"]) * unit if "max" in filters else None,
            condition=Condition(filters["condition"]) if "condition" in filters else None,
            in_stock="in_stock" in filters,
            facets={name: (filters[name],) for name in FACET_NAMES if name in filters},
            sort=Sort(filters.get("sort", Sort.RELEVANCE)),
            cursor=cursor,
            limit=limit,
        )

    @property
    def is_bounded(self) -> bool:
        """Whether this is the first page of everything, a category or a shop, rather than one of endless questions."""
        fields = {"category", "shop", "limit"}
        return self.model_dump(exclude=fields) == SearchQuery().model_dump(exclude=fields)

    @field_validator("facets")
    @classmethod
    def _validate_facets(cls, facets: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        """Facets that exist, each with a handful of values that could; SearchTooBroad for too many of them together."""
        if not set(facets) <= set(FACET_NAMES):
            raise ValueError(f"there are the facets {', '.join(FACET_NAMES)}")
        if any(
            len(values) > MAX_FACET_VALUES or any(len(value) > 80 or "\x00" in value for value in values)
            for values in facets.values()
        ):
            raise ValueError(f"a facet takes up to {MAX_FACET_VALUES} values of up to 80 characters")
        given = {name: tuple(dict.fromkeys(values)) for name, values in sorted(facets.items()) if values}
        require_few_keys(given)
        return given


class CardPicture(_Frozen):
    """The picture on a card; `content` names it in storage, sizes in pixels."""

    content: str
    width: int
    height: int
    colour: str
    alt: str


class Card(_Frozen):
    """A listing as lists show it."""

    id: UUID
    slug: str
    title: str
    shop_slug: str
    shop_name: str
    price: Money
    price_max: Money
    compare_at: Money | None
    condition: Condition
    in_stock: bool
    holiday_until: date | None = None  # while nothing can be bought in the shop
    picture: CardPicture | None


class Showcase(_Frozen):
    """What the front page shows: a few listings large, of different shops, and what is new besides."""

    hero: tuple[Card, ...] = ()
    newest: tuple[Card, ...] = ()


class SitemapEntry(_Frozen):
    """Where a listing is, and when it changed last."""

    shop: str
    listing: str
    updated_at: datetime


class FacetCount(_Frozen):
    """How many results one value of a filter would leave."""

    value: str
    count: int


class PriceBand(_Frozen):
    """How many results cost from `start` up to, not including, `end`, in minor units; the last band has no end."""

    start: int
    end: int | None
    count: int


class Facets(_Frozen):
    """What the results could be narrowed by; each is counted without its own filter."""

    categories: tuple[FacetCount, ...] = ()
    conditions: tuple[FacetCount, ...] = ()
    shops: tuple[FacetCount, ...] = ()
    price_bands: tuple[PriceBand, ...] = ()
    attributes: dict[str, tuple[FacetCount, ...]] = {}
    in_stock: int = 0
    price_min: int | None = None
    price_max: int | None = None


class Results(_Frozen):
    """One page of what was found; where `is_total_exact` is false, there are more than `total`."""

    items: tuple[Card, ...]
    next_cursor: str | None
    total: int
    is_total_exact: bool
    facets: Facets

    @property
    def total_text(self) -> str:
        """How many there are, in words."""
        return _total_text(self.total, is_exact=self.is_total_exact)


class CategoryPath(_Frozen):
    """A category to look around in; `path` has the slugs from the top of the tree down to it."""

    slug: str
    name: str
    path: tuple[str, ...]


class Suggestions(_Frozen):
    """Where the beginning of a query may lead: whole queries that find something, categories, and listings."""

    completions: tuple[str, ...] = ()
    categories: tuple[CategoryPath, ...] = ()
    listings: tuple[Card, ...] = ()


class Alternative(_Frozen):
    """A search that finds `total` listings, or more where that is not exact, in place of one that finds none."""

    q: str
    category: str | None
    shop: str | None
    total: int
    is_total_exact: bool

    @property
    def total_text(self) -> str:
        """How many there are, in words."""
        return _total_text(self.total, is_exact=self.is_total_exact)


class Alternatives(_Frozen):
    """Where to go from a search that found nothing: mended words, the same words without the filters, categories."""

    corrected: Alternative | None = None
    unfiltered: Alternative | None = None
    categories: tuple[CategoryPath, ...] = ()


class ZeroResultQuery(_Frozen):
    """Words that found nothing, and in how many minutes somebody asked for them."""

    words: str
    times: int
    first_at: datetime
    last_at: datetime


def _total_text(total: int, *, is_exact: bool) -> str:
    """A round number of what is known, where there are more."""
    if not is_exact:
        step = 10 ** (len(str(total)) - 1)
        return f"{total // step * step:,}+ listings"
    return "1 listing" if total == 1 else f"{total:,} listings"


class CommonAttribute(_Frozen):
    """A property that listings of a category usually have, and what is usually said of it."""

    name: str
    values: tuple[str, ...]
