"""Listings and categories."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, StringConstraints

from platform_app.domain.catalog import queries, rules
from platform_app.domain.catalog.rules import Condition
from platform_app.domain.catalog.schemas import Category, Listing
from platform_app.domain.media import rules as media
from platform_app.domain.search import queries as search
from platform_app.domain.search import service
from platform_app.domain.search.queries import zero_results
from platform_app.domain.search.rules import MAX_QUERY, PAGE_SIZE, Sort
from platform_app.domain.search.rules import facets as facet_rules
from platform_app.domain.search.schemas import Alternatives, Card, Correction, Facets, SearchQuery
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shared.money import Money
from platform_app.domain.shared.paging import MAX_LIMIT, Page
from platform_app.infra import cache
from platform_app.rest.media.pictures import picture_url

router = APIRouter(prefix="/api/v1", tags=["catalog"])


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class PictureResource(_Frozen):
    """A picture with the URL of each size, by width in pixels."""

    alt: str
    width: int
    height: int
    sizes: dict[int, str]


class VariantResource(_Frozen):
    """A variant that can be bought; `available` is null if its stock is not tracked.

    `barcode` is a GTIN. Measures are an amount and a unit, such as `0.45 kg`: `measure` is what one item contains, and
    the unit price is that of `base_measure`. All four are empty if the seller did not give them.
    """

    id: UUID
    choice: dict[str, str]
    sku: str
    barcode: str
    weight: str
    measure: str
    base_measure: str
    price: Money
    compare_at: Money | None
    in_stock: bool
    available: int | None


class ListingResource(_Frozen):
    """A complete listing; `description` is plain text, `description_html` is safe HTML."""

    id: UUID
    url: str
    title: str
    description: str
    description_html: str
    category: str | None
    condition: Condition
    tags: tuple[str, ...]
    attributes: dict[str, str]
    shop: dict[str, str]
    variants: tuple[VariantResource, ...]
    pictures: tuple[PictureResource, ...]


class ListingSearchResults(Page[Card]):
    """One page of search results, with `facets` if requested and `alternatives` if nothing was found."""

    is_total_exact: bool
    correction: Correction | None = None
    is_relaxed: bool = False
    facets: Facets | None = None
    alternatives: Alternatives | None = None


FacetValues = Annotated[
    Sequence[Annotated[str, StringConstraints(max_length=80, pattern=r"^[^\x00]*$")]],
    Query(max_length=facet_rules.MAX_VALUES),
]
QueryText = Annotated[
    str, Query(max_length=MAX_QUERY, description="Search words; typos and an incomplete last word are allowed.")
]


@router.get("/listings")
async def search_listings(
    q: QueryText = "",
    as_typed: Annotated[bool, Query(description="Neither correct nor complete the words.")] = False,
    category: Annotated[str | None, Query(pattern=rules.SLUG_PATTERN.pattern, description="A category's slug.")] = None,
    shop: Annotated[str | None, Query(pattern=rules.SLUG_PATTERN.pattern, description="A shop's slug.")] = None,
    section: Annotated[
        str | None, Query(pattern=rules.SLUG_PATTERN.pattern, description="A slug of a section of the shop.")
    ] = None,
    price_min: Annotated[int | None, Query(ge=0, le=rules.MAX_PRICE, description="In minor units.")] = None,
    price_max: Annotated[int | None, Query(ge=0, le=rules.MAX_PRICE, description="In minor units.")] = None,
    condition: Annotated[Sequence[Condition], Query(max_length=len(Condition), description="Any of these.")] = (),
    in_stock: bool = False,
    sort: Sort = Sort.RELEVANCE,
    cursor: Annotated[str | None, Query(max_length=500, description="`next_cursor` of the previous page.")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = PAGE_SIZE,
    brand: FacetValues = (),
    colour: FacetValues = (),
    material: FacetValues = (),
    size: FacetValues = (),
    facets: Annotated[bool, Query(description="Include the available filters with counts.")] = False,
) -> ListingSearchResults:
    """Search the published listings. If `is_total_exact` is false, there are more than `total` results.

    If `total` is 0, `alternatives` has searches that find something: `corrected`, `unfiltered`, nearby `categories`.
    If no listing has the words as typed, similar ones are searched: `correction` has them; `as_typed` prevents it.
    If no listing has all the words, `is_relaxed` is true and `items` has the listings with most of them.

    Words in quotes have to follow each other; a word after a minus must not occur. A title or SKU as a whole comes first.

    `brand`, `colour`, `material` and `size` can be repeated, up to 64 combinations; one variant has to match all of them.
    """
    search_query = SearchQuery(
        q=q,
        as_typed=as_typed,
        category=category,
        shop=shop,
        section=section if shop else None,
        price_min=price_min,
        price_max=price_max,
        condition=tuple(condition),
        in_stock=in_stock,
        sort=sort,
        facets={"brand": tuple(brand), "colour": tuple(colour), "material": tuple(material), "size": tuple(size)},
        cursor=cursor,
        limit=limit,
    )
    return await _search(search_query, with_facets=facets)


@router.get("/listings/{listing_id}")
async def get_listing(listing_id: UUID) -> ListingResource:
    """One published listing, with its variants and pictures."""
    return _to_resource(await cache.read(queries.published_listing, listing_id=listing_id))


@router.get("/categories")
async def categories() -> Page[Category]:
    """All categories, parents before children."""
    tree = await cache.read(queries.categories)
    return Page[Category](items=tree, total=len(tree))


async def _search(search_query: SearchQuery, *, with_facets: bool) -> ListingSearchResults:
    """The results; without any, also alternatives. A first page without results is logged."""
    results = await cache.read(search.results, search_query=search_query)
    alternatives: Alternatives | None = None
    partial: tuple[Card, ...] = ()
    if not results.total:
        alternatives = await cache.read(zero_results.alternatives, search_query=search_query)
    if alternatives and search_query.cursor is None:
        partial = alternatives.partial
        service.log_zero_results(search_query.q, alternatives, now=utc_now())
    return ListingSearchResults(
        items=results.items or partial,
        is_relaxed=bool(partial),
        next_cursor=results.next_cursor,
        total=results.total,
        is_total_exact=results.is_total_exact,
        correction=results.correction,
        facets=results.facets if with_facets else None,
        alternatives=alternatives.model_copy(update={"partial": ()}) if alternatives else None,
    )


def _to_resource(listing: Listing) -> ListingResource:
    def money(amount: int | None) -> Money | None:
        return None if amount is None else Money(amount=amount, currency=listing.currency)

    return ListingResource(
        id=listing.id,
        url=f"/shops/{listing.shop_slug}/{listing.slug}",
        title=listing.title,
        description=rules.plain_text(listing.description),
        description_html=rules.sanitize_html(listing.description),
        category=listing.category,
        condition=listing.condition,
        tags=listing.tags,
        attributes=listing.attributes,
        shop={"slug": listing.shop_slug, "name": listing.shop_name},
        variants=tuple(
            VariantResource(
                id=variant.id,
                choice=dict(zip(listing.options, variant.choice, strict=True)),
                sku=variant.sku,
                barcode=variant.barcode,
                weight=variant.weight,
                measure=variant.measure,
                base_measure=variant.base_measure,
                price=Money(amount=variant.price, currency=listing.currency),
                compare_at=money(variant.compare_at),
                in_stock=listing.can_be_bought(variant),
                available=variant.available,
            )
            for variant in listing.variants
        ),
        pictures=tuple(
            PictureResource(
                alt=picture.alt or listing.title,
                width=picture.width,
                height=picture.height,
                sizes={width: picture_url(picture.content, width) for width in media.widths(picture.width)},
            )
            for picture in listing.pictures
            if picture.content and picture.width and picture.height
        ),
    )
