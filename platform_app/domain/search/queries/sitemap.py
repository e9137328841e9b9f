"""The listings for the sitemaps."""

from uuid import UUID

from sqlalchemy import text

from platform_app.domain.search import rules
from platform_app.domain.search.schemas import SitemapEntry
from platform_app.infra import cache
from platform_app.infra.db import ReadSession

_SITEMAP_PAGE_STARTS = text(f"""
SELECT listing_id FROM (SELECT listing_id, row_number() OVER (ORDER BY listing_id) AS row_num FROM listing_search) AS numbered
WHERE row_num % {rules.SITEMAP_PAGE_SIZE} = 1 ORDER BY listing_id""")
_SITEMAP = text(f"""
SELECT shop.slug AS shop, listing.slug AS listing, listing.updated_at FROM listing_search
JOIN listing ON (listing.shop_id, listing.id) = (listing_search.shop_id, listing_search.listing_id)
JOIN shop ON shop.id = listing.shop_id
WHERE listing_search.listing_id >= :start ORDER BY listing_search.listing_id LIMIT {rules.SITEMAP_PAGE_SIZE}""")


@cache.cached(tuple[UUID, ...], tags=lambda: ())
def sitemap_starts(session: ReadSession) -> tuple[UUID, ...]:
    """The first listing of each sitemap page. Changes do not invalidate it: the cache entry expires."""
    return tuple(session.execute(_SITEMAP_PAGE_STARTS).scalars())


@cache.cached(tuple[SitemapEntry, ...], tags=lambda **_: ())
def sitemap_page(session: ReadSession, *, start: UUID) -> tuple[SitemapEntry, ...]:
    """The sitemap page that starts at this listing."""
    rows = session.execute(_SITEMAP, {"start": start}).mappings()
    return tuple(SitemapEntry.model_validate(dict(row)) for row in rows)
