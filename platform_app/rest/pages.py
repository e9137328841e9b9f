"""The routes that are not prerendered, served as the page's shell with the status the thing deserves."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import APIRouter, Request
from starlette.responses import Response

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog.errors import CategoryNotFound
from platform_app.domain.shared.errors import NotFound
from platform_app.domain.shops import queries as shops
from platform_app.infra import cache
from platform_app.infra.db import DatabaseUnavailable
from platform_app.rest.frontend import Frontend


def router(frontend: Frontend) -> APIRouter:
    """Page routes over one build of the frontend."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/c/{category}")
    async def category_page(category: str, request: Request) -> Response:
        async with _status() as status:
            tree = await cache.read(catalog.categories)
            if all(found.slug != category for found in tree):
                raise CategoryNotFound
        return frontend.shell(request.scope, status=status())

    @routes.get("/shops/{shop}")
    async def shop_page(shop: str, request: Request) -> Response:
        async with _status() as status:
            await cache.read(shops.at, slug=shop)
        return frontend.shell(request.scope, status=status())

    @routes.get("/shops/{shop}/{listing}")
    async def listing_page(shop: str, listing: str, request: Request) -> Response:
        async with _status() as status:
            await cache.read(catalog.listing_at, shop=shop, listing=listing)
        return frontend.shell(request.scope, status=status())

    return routes


@asynccontextmanager
async def _status() -> AsyncIterator[Callable[[], int]]:
    """200 for what exists, 404 for what does not, 503 in an outage; the page itself says more."""
    status = 200
    try:
        yield lambda: status
    except NotFound:
        status = 404
    except DatabaseUnavailable:
        status = 503
