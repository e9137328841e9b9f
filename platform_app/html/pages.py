"""The pages' own addresses, served as the shell React fills in, with everything readable already in it."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog.errors import CategoryNotFound
from platform_app.domain.catalog.schemas import Category
from platform_app.domain.media import queries as media
from platform_app.domain.search import queries as search
from platform_app.domain.search import rules, service
from platform_app.domain.search.queries import zero_results
from platform_app.domain.search.rules import normalize
from platform_app.domain.search.schemas import Alternatives, SearchQuery
from platform_app.domain.shared.errors import NotFound
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shared.query_strings import parse_query_string
from platform_app.domain.shops import queries as shops
from platform_app.html import page_metadata
from platform_app.html.frontend import Frontend
from platform_app.html.shell import PageMetadata, respond
from platform_app.infra import best_effort, cache
from platform_app.infra.db import DatabaseUnavailable
from platform_app.rest.problems import RETRY_LATER

LISTINGS_SHOWN = 16
FALLBACK = "__spa-fallback.html"
# Pages that are about nobody but the visitor: as they were built, for no crawler and no cache.
PRIVATE = (
    "/sign-in", "/sign-up", "/forgot", "/reset", "/check-mail", "/verify", "/confirm-email",
    "/account", "/account/security", "/account/addresses", "/account/data", "/account/notifications", "/favourites", "/sell",
    "/sell/open",
)  # fmt: skip
# The same below an address that is somebody's, by their titles: the shell, filled in by whoever is signed in.
STUDIO_TITLES = {
    "/sell/{shop}": "Your shop", "/sell/{shop}/listings": "Listings", "/sell/{shop}/listings/{listing}": "Listing",
    "/sell/{shop}/figures": "Figures", "/sell/{shop}/imports": "Imports", "/sell/{shop}/imports/{import_id}": "Import",
    "/sell/{shop}/settings": "Shop settings", "/sell/{shop}/staff": "Staff",
}  # fmt: skip


def build_router(frontend: Frontend) -> APIRouter:
    """Page routes over one build of the frontend."""
    routes = APIRouter(include_in_schema=False)

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
        return await _serve(frontend, request, _listing_metadata(shop, listing))

    for path in PRIVATE:
        routes.add_api_route(path, _private_page(frontend, path), methods=["GET"])
    for path, title in STUDIO_TITLES.items():
        routes.add_api_route(path, _studio_page(frontend, title), methods=["GET"])
    return routes


def _private_page(frontend: Frontend, path: str) -> Callable[[], Awaitable[Response]]:
    async def private_page() -> Response:
        response = frontend.page_response(f"{path.lstrip('/')}/index.html", status=200)
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return private_page


def _studio_page(frontend: Frontend, title: str) -> Callable[[], Awaitable[Response]]:
    async def studio_page() -> Response:
        response = frontend.page_response(FALLBACK, status=200, title=f"{title} · Plaza")
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return studio_page


async def _serve(
    frontend: Frontend, request: Request, coroutine: Coroutine[Any, Any, PageMetadata], *, page: str = FALLBACK
) -> Response:
    """The page, the not-found page with that status, or in an outage the bare shell, which offers to try again."""
    try:
        try:
            metadata = await coroutine
        except NotFound:
            tree = await cache.read(catalog.categories)
            metadata = page_metadata.not_found(tree=tree)
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
    search_query = SearchQuery.from_filters(filters, limit=LISTINGS_SHOWN)
    results = await cache.read(search.results, search_query=search_query)
    alternatives = (
        Alternatives() if results.total else await cache.read(zero_results.alternatives, search_query=search_query)
    )
    if not results.total and not alternatives.unfiltered and normalize(search_query.q):
        best_effort.write_later(
            service.record_zero_results, normalize(search_query.q), words=search_query.q, now=utc_now()
        )
    return page_metadata.search(
        query=search_query.q,
        results=results,
        alternatives=alternatives,
        tree=tree,
        is_filtered=bool(request.query_params),
        is_narrowed=bool(filters.keys() - {"q", "sort"}),
    )


async def _category_metadata(slug: str, request: Request) -> PageMetadata:
    tree = await cache.read(catalog.categories)
    category = next((each for each in tree if each.slug == slug), None)
    if category is None:
        raise CategoryNotFound
    filters = _applied_filters(request, ())
    search_query = SearchQuery.from_filters(filters, category=slug, limit=LISTINGS_SHOWN)
    results = await cache.read(search.results, search_query=search_query)
    return page_metadata.category(
        category=category,
        query=search_query.q,
        results=results,
        tree=tree,
        is_filtered=bool(request.query_params),
        is_narrowed=bool(filters.keys() - {"q", "sort"}),
    )


async def _shop_metadata(slug: str, request: Request) -> PageMetadata:
    shop, tree = await asyncio.gather(cache.read(shops.by_slug, slug=slug), cache.read(catalog.categories))
    filters = _applied_filters(request, tree)
    search_query = SearchQuery.from_filters(filters, currency=shop.currency, shop=slug, limit=LISTINGS_SHOWN)
    results = await cache.read(search.results, search_query=search_query)
    is_narrowed = bool(filters.keys() - {"sort"})
    return page_metadata.shop(
        shop=shop, results=results, tree=tree, is_filtered=bool(request.query_params), is_narrowed=is_narrowed
    )


def _applied_filters(request: Request, tree: Sequence[Category]) -> dict[str, str]:
    """The filters in the address: those that the page itself applies, and no others."""
    return rules.parse_filters(parse_query_string(request.url.query), categories=[each.slug for each in tree])


async def _listing_metadata(shop: str, slug: str) -> PageMetadata:
    listing, tree = await asyncio.gather(
        cache.read(catalog.listing_by_slug, shop=shop, listing=slug), cache.read(catalog.categories)
    )
    related = await cache.read(search.related, listing_id=listing.id, category=listing.category, shop=shop)
    return page_metadata.listing(listing=listing, related=related, tree=tree)
