"""What can be asked of search, and what it answers."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, field_validator

from platform_app.domain.catalog.rules import SLUG, Condition
from platform_app.domain.search.rules import FACETED, MAX_QUERY, MAX_VALUES, PAGE, Sort, require_few_keys
from platform_app.domain.shared import money
from platform_app.domain.shared.money import Money
from platform_app.domain.shared.paging import MAX_LIMIT


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Question(_Frozen):
    """A search: words and filters; prices in minor units."""

    q: str = Field(default="", max_length=MAX_QUERY)
    category: str | None = Field(default=None, pattern=SLUG.pattern)
    shop: str | None = Field(default=None, pattern=SLUG.pattern)
    price_min: int | None = Field(default=None, ge=0)
    price_max: int | None = Field(default=None, ge=0)
    condition: Condition | None = None
    in_stock: bool = False
    facets: dict[str, tuple[str, ...]] = {}  # chosen values by facet; one variant must have one of each
    sort: Sort = Sort.RELEVANCE
    cursor: str | None = None
    limit: int = Field(default=PAGE, ge=1, le=MAX_LIMIT)

    @classmethod
    def of(
        cls,
        chosen: Mapping[str, str],
        *,
        currency: str = "USD",
        category: str = "",
        shop: str = "",
        cursor: str | None = None,
        limit: int = PAGE,
    ) -> Self:
        """The filters that `rules.chosen` read from an address, in this category or shop; prices are its whole units."""
        unit = 10 ** money.exponent(currency)
        return cls(
            q=chosen.get("q", ""),
            category=category or chosen.get("category") or None,
            shop=shop or None,
            price_min=int(chosen["min"]) * unit if "min" in chosen else None,
            price_max=int(chosen["max"]) * unit if "max" in chosen else None,
            condition=Condition(chosen["condition"]) if "condition" in chosen else None,
            in_stock="in_stock" in chosen,
            facets={name: (chosen[name],) for name in FACETED if name in chosen},
            sort=Sort(chosen.get("sort", Sort.RELEVANCE)),
            cursor=cursor,
            limit=limit,
        )

    @property
    def is_a_place(self) -> bool:
        """Whether this is the first page of everything, a category or a shop, rather than one of endless questions."""
        place = {"category", "shop", "limit"}
        return self.model_dump(exclude=place) == Question().model_dump(exclude=place)

    @field_validator("facets")
    @classmethod
    def _known(cls, chosen: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        """Facets that exist, each with a handful of values that could; SearchTooBroad for too many of them together."""
        if not set(chosen) <= set(FACETED):
            raise ValueError(f"there are the facets {', '.join(FACETED)}")
        if any(
            len(values) > MAX_VALUES or any(len(value) > 80 or "\x00" in value for value in values)
            for values in chosen.values()
        ):
            raise ValueError(f"a facet takes up to {MAX_VALUES} values of up to 80 characters")
        given = {name: tuple(dict.fromkeys(values)) for name, values in sorted(chosen.items()) if values}
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


class Address(_Frozen):
    """Where a listing is, and when it changed last."""

    shop: str
    listing: str
    updated_at: datetime


class Count(_Frozen):
    """How many results one value of a filter would leave."""

    value: str
    count: int


class Band(_Frozen):
    """How many results cost from `start` up to, not including, `end`, in minor units; the last band has no end."""

    start: int
    end: int | None
    count: int


class Facets(_Frozen):
    """What the results could be narrowed by; each is counted without its own filter."""

    categories: tuple[Count, ...] = ()
    conditions: tuple[Count, ...] = ()
    shops: tuple[Count, ...] = ()
    price_bands: tuple[Band, ...] = ()
    attributes: dict[str, tuple[Count, ...]] = {}
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
        return _counted(self.total, is_exact=self.is_total_exact)


class Place(_Frozen):
    """A category to look around in; `path` has the slugs from the top of the tree down to it."""

    slug: str
    name: str
    path: tuple[str, ...]


class Suggestions(_Frozen):
    """Where the beginning of a query may lead: whole queries that find something, categories, and listings."""

    completions: tuple[str, ...] = ()
    categories: tuple[Place, ...] = ()
    listings: tuple[Card, ...] = ()


class Instead(_Frozen):
    """A search that finds `total` listings, or more where that is not exact, in place of one that finds none."""

    q: str
    category: str | None
    shop: str | None
    total: int
    is_total_exact: bool

    @property
    def total_text(self) -> str:
        """How many there are, in words."""
        return _counted(self.total, is_exact=self.is_total_exact)


class Alternatives(_Frozen):
    """Where to go from a search that found nothing: mended words, the same words without the filters, categories."""

    corrected: Instead | None = None
    unfiltered: Instead | None = None
    categories: tuple[Place, ...] = ()


class Miss(_Frozen):
    """Words that found nothing, and in how many minutes somebody asked for them."""

    words: str
    times: int
    first_at: datetime
    last_at: datetime


def _counted(total: int, *, is_exact: bool) -> str:
    """A round number of what is known, where there are more."""
    if not is_exact:
        step = 10 ** (len(str(total)) - 1)
        return f"{total // step * step:,}+ listings"
    return "1 listing" if total == 1 else f"{total:,} listings"


class Habit(_Frozen):
    """A property that listings of a category usually have, and what is usually said of it."""

    name: str
    values: tuple[str, ...]
