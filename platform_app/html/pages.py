"""The pages' URLs, answered with the built shell and the page's readable content in it."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from starlette.datastructures import URL
from starlette.responses import RedirectResponse, Response

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog.errors import CategoryNotFound, ListingMoved, ListingNotFound
from platform_app.domain.catalog.schemas import Category
from platform_app.domain.following import queries as following
from platform_app.domain.media import queries as media
from platform_app.domain.search import queries as search
from platform_app.domain.search import rules, service
from platform_app.domain.search.queries import zero_results
from platform_app.domain.search.schemas import Alternatives, SearchQuery
from platform_app.domain.sections import queries as sections
from platform_app.domain.shared.errors import Gone, NotFound
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shared.query_strings import parse_query_lists
from platform_app.domain.shops import queries as shops
from platform_app.domain.sitepages import queries as sitepages
from platform_app.html import crawlers, page_metadata
from platform_app.html.frontend import Frontend
from platform_app.html.page_metadata import ResultList
from platform_app.html.shell import PageMetadata, respond
from platform_app.infra import cache
from platform_app.infra.db import DatabaseUnavailable
from platform_app.infra.settings import settings
from platform_app.rest.problems import RETRY_LATER

LISTINGS_SHOWN = 16
FALLBACK = "__spa-fallback.html"
PRIVATE_HEADERS = {"X-Robots-Tag": "noindex"}


@dataclass(frozen=True)
class ShellPage:
    """A page served as it was built: its path in FastAPI's syntax, its title, and whether crawlers may list it."""

    path: str
    title: str
    is_private: bool


def build_router(frontend: Frontend, shells: Iterable[ShellPage]) -> APIRouter:
    """The routes of the pages: those with metadata, the other `shells`, robots.txt and the sitemaps."""
    routes = APIRouter(include_in_schema=False)
    routes.include_router(crawlers.router)
    _add_public_pages(routes, frontend)
    own_paths = {route.path for route in routes.routes if isinstance(route, APIRoute)}
    for page in sorted(shells, key=_most_specific_first):
        if page.path not in own_paths:
            routes.add_api_route(page.path, _shell_endpoint(frontend, page), methods=["GET"])
    return routes


def _add_public_pages(routes: APIRouter, frontend: Frontend) -> None:
    @routes.get("/")
    async def home_page(request: Request) -> Response:
        return await _serve(frontend, request, _home_metadata(), page="index.html")

    @routes.get("/search")
    async def search_page(request: Request) -> Response:
        return await _serve(frontend, request, _search_metadata(request))

    @routes.get("/c/{category}")
    async def category_page(category: str, request: Request) -> Response:
        return await _serve(frontend, request, _category_metadata(category, request))

    @routes.get("/shops/{shop}")
    async def shop_page(shop: str, request: Request) -> Response:
        return await _serve(frontend, request, _shop_metadata(shop, request))

    @routes.get("/shops/{shop}/{listing}")
    async def listing_page(shop: str, listing: str, request: Request) -> Response:
        chosen = parse_query_lists(request.url.query).get("variant", ("",))[0]
        return await _serve(frontend, request, _listing_metadata(shop, listing, chosen))

    @routes.get("/pages/{slug}")
    async def site_page(slug: str, request: Request) -> Response:
        return await _serve(frontend, request, _site_page_metadata(slug))


def _most_specific_first(page: ShellPage) -> str:
    return page.path.replace("{", "\uffff")  # the first route that matches wins, so routes with parameters come last


def _shell_endpoint(frontend: Frontend, page: ShellPage) -> Callable[[], Awaitable[Response]]:
    """Serve the page's own file, or for a path with parameters the fallback file, which has no title."""
    is_dynamic = "{" in page.path
    file = FALLBACK if is_dynamic else f"{page.path.strip('/')}/index.html"

    async def shell_page() -> Response:
        response = frontend.page_response(file, status=200, title=page.title if is_dynamic else "")
        response.headers.update(PRIVATE_HEADERS if page.is_private else {})
        return response

    return shell_page


async def _serve(
    frontend: Frontend, request: Request, coroutine: Coroutine[Any, Any, PageMetadata], *, page: str = FALLBACK
) -> Response:
    """The page, the not-found page, a redirect, or in an outage the shell alone, which offers a retry."""
    try:
        try:
            metadata = await coroutine
        except ListingMoved as moved:
            url = str(URL(f"/shops/{moved.shop}/{moved.slug}").replace(query=request.url.query))
            return RedirectResponse(url, status_code=301, headers={"Cache-Control": "no-cache"})
        except NotFound as error:
            tree = await cache.read(catalog.categories)
            metadata = page_metadata.not_found(tree=tree, status=410 if isinstance(error, Gone) else 404)
    except DatabaseUnavailable:
        down = frontend.page_response(FALLBACK, status=503)
        down.headers.update(RETRY_LATER)
        return down
    return respond(frontend.shell(page), metadata, request)


async def _home_metadata() -> PageMetadata:
    showcase, new_shops, demo, tree = await asyncio.gather(
        cache.read(search.showcase),
        cache.read(shops.newest_shops),
        cache.read(media.demo_progress),
        cache.read(catalog.categories),
    )
    return page_metadata.home(showcase=showcase, shops=new_shops, demo=demo, tree=tree)


async def _search_metadata(request: Request) -> PageMetadata:
    tree = await cache.read(catalog.categories)
    filters = _applied_filters(request, tree)
    search_query = SearchQuery.from_filters(filters, currency=settings().currency, limit=LISTINGS_SHOWN)
    listed = await _listed(request, filters, search_query)
    return page_metadata.search(listed=listed, tree=tree)


async def _listed(request: Request, filters: Mapping[str, Sequence[str]], search_query: SearchQuery) -> ResultList:
    """The results for the filters in the URL; without any, also what to offer, and the search is logged."""
    results = await cache.read(search.results, search_query=search_query)
    alternatives = Alternatives()
    if not results.total:
        alternatives = await cache.read(zero_results.alternatives, search_query=search_query)
        service.log_zero_results(search_query.q, alternatives, now=utc_now())
    return ResultList(filters, results, alternatives, has_query_string=bool(request.query_params))


async def _category_metadata(slug: str, request: Request) -> PageMetadata:
    tree = await cache.read(catalog.categories)
    category = next((each for each in tree if each.slug == slug), None)
    if category is None:
        raise CategoryNotFound
    filters = _applied_filters(request, ())
    search_query = SearchQuery.from_filters(filters, currency=settings().currency, category=slug, limit=LISTINGS_SHOWN)
    listed = await _listed(request, filters, search_query)
    return page_metadata.category(category=category, listed=listed, tree=tree)


async def _shop_metadata(slug: str, request: Request) -> PageMetadata:
    shop, tree, shown = await asyncio.gather(
        cache.read(shops.by_slug, slug=slug), cache.read(catalog.categories), cache.read(sections.of_shop, shop=slug)
    )
    filters = _applied_filters(request, tree, sections=[each.slug for each in shown])
    search_query = SearchQuery.from_filters(filters, currency=shop.currency, shop=slug, limit=LISTINGS_SHOWN)
    listed, followers = await asyncio.gather(
        _listed(request, filters, search_query), cache.read(following.follower_count, shop_id=shop.id)
    )
    return page_metadata.shop(shop=shop, followers=followers, shop_sections=shown, listed=listed, tree=tree)


def _applied_filters(
    request: Request, tree: Sequence[Category], *, sections: Sequence[str] = ()
) -> dict[str, tuple[str, ...]]:
    """The filters in the query string that the page itself supports."""
    query, categories = parse_query_lists(request.url.query), [each.slug for each in tree]
    return rules.parse_filters(query, categories=categories, sections=sections)


async def _listing_metadata(shop: str, slug: str, chosen: str) -> PageMetadata:
    tree = await cache.read(catalog.categories)
    try:
        listing = await cache.read(catalog.listing_by_slug, shop=shop, listing=slug)
    except ListingNotFound:
        ended = await cache.read(catalog.ended_listing, shop=shop, listing=slug)
        similar = await cache.read(search.related, listing_id=ended.id, category=ended.category, shop=shop)
        return page_metadata.ended_listing(listing=ended, related=similar, tree=tree)
    related = await cache.read(search.related, listing_id=listing.id, category=listing.category, shop=shop)
    return page_metadata.listing(listing=listing, related=related, tree=tree, chosen=chosen)


async def _site_page_metadata(slug: str) -> PageMetadata:
    page, tree = await asyncio.gather(cache.read(sitepages.by_slug, slug=slug), cache.read(catalog.categories))
    return page_metadata.site_page(page=page, tree=tree)
