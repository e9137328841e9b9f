"""robots.txt and the sitemaps."""

from collections.abc import Iterable
from html import escape
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.search.queries.sitemap import sitemap_page, sitemap_starts
from platform_app.domain.shared.errors import NotFound
from platform_app.domain.shops import queries as shops
from platform_app.domain.sitepages.rules import Slug
from platform_app.html.shell import absolute_url
from platform_app.infra import cache

router = APIRouter(include_in_schema=False)
_NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_CACHE_ONE_HOUR = {"Cache-Control": "public, max-age=3600"}


@router.get("/robots.txt")
async def robots() -> PlainTextResponse:
    """robots.txt. Filters and searches are disallowed: there are too many combinations to crawl."""
    lines = ("User-agent: *", "Disallow: /search?", "Disallow: /*?*", "Disallow: /_event", "Disallow: /api/")
    return PlainTextResponse(
        "\n".join([*lines, f"Sitemap: {absolute_url('/sitemap.xml')}", ""]), headers=_CACHE_ONE_HOUR
    )


@router.get("/sitemap.xml")
async def sitemap() -> Response:
    """The sitemap index: the static pages, categories and shops, then the listings page by page."""
    starts = await cache.read(sitemap_starts)
    pages = ["/sitemaps/places.xml", *(f"/sitemaps/listings/{start}.xml" for start in starts)]
    return _xml("sitemapindex", (f"<sitemap><loc>{_escaped_url(page)}</loc></sitemap>" for page in pages))


@router.get("/sitemaps/places.xml")
async def category_and_shop_sitemap() -> Response:
    """The home page, the categories, the shops, and the pages that the operator writes."""
    tree = await cache.read(catalog.categories)
    slugs = await cache.read(shops.shop_slugs)
    categories, shop_pages = (f"/c/{each.slug}" for each in tree), (f"/shops/{slug}" for slug in slugs)
    paths = ["/", *categories, *shop_pages, *(f"/pages/{slug}" for slug in Slug)]
    return _xml("urlset", (f"<url><loc>{_escaped_url(path)}</loc></url>" for path in paths))


@router.get("/sitemaps/listings/{start}.xml")
async def listing_sitemap(start: UUID) -> Response:
    """One page of the published listings."""
    if start not in await cache.read(sitemap_starts):
        raise NotFound
    found = await cache.read(sitemap_page, start=start)
    entries = (
        f"<url><loc>{_escaped_url(f'/shops/{each.shop}/{each.listing}')}</loc>"
        f"<lastmod>{each.updated_at.isoformat(timespec='seconds')}</lastmod></url>"
        for each in found
    )
    return _xml("urlset", entries)


def _escaped_url(path: str) -> str:
    return escape(absolute_url(path))


def _xml(root: str, entries: Iterable[str]) -> Response:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} {_NAMESPACE}>{"".join(entries)}</{root}>\n'
    return Response(body, media_type="application/xml", headers=_CACHE_ONE_HOUR)
