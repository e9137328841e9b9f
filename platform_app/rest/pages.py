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
from platform_app.domain.search.queries import dead_ends
from platform_app.domain.search.rules import plain
from platform_app.domain.search.schemas import Alternatives, Question
from platform_app.domain.shared.addresses import query_values
from platform_app.domain.shared.errors import NotFound
from platform_app.domain.shared.tables import utc_now
from platform_app.domain.shops import queries as shops
from platform_app.infra import cache, notes
from platform_app.infra.db import DatabaseUnavailable
from platform_app.rest import documents
from platform_app.rest.frontend import Frontend
from platform_app.rest.html import Document, respond
from platform_app.rest.problems import RETRY_LATER

SHOWN = 16
FALLBACK = "__spa-fallback.html"
# Pages that are about nobody but the visitor: as they were built, for no crawler and no cache.
PRIVATE = (
    "/sign-in", "/sign-up", "/forgot", "/reset", "/check-mail", "/verify", "/confirm-email",
    "/account", "/account/security", "/account/addresses", "/account/data", "/account/notifications", "/favourites", "/sell",
    "/sell/open",
)  # fmt: skip
# The same below an address that is somebody's, by their titles: the shell, filled in by whoever is signed in.
STUDIO = {
    "/sell/{shop}": "Your shop", "/sell/{shop}/listings": "Listings", "/sell/{shop}/listings/{listing}": "Listing",
    "/sell/{shop}/figures": "Figures", "/sell/{shop}/imports": "Imports", "/sell/{shop}/imports/{import_id}": "Import",
    "/sell/{shop}/settings": "Shop settings", "/sell/{shop}/staff": "Staff",
}  # fmt: skip


def router(frontend: Frontend) -> APIRouter:
    """Page routes over one build of the frontend."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    async def home_page(request: Request) -> Response:
        return await _served(frontend, request, _home(), page="index.html")

    @routes.get("/search")
    async def search_page(request: Request) -> Response:
        return await _served(frontend, request, _search(request))

    @routes.get("/c/{category}")
    async def category_page(category: str, request: Request) -> Response:
        return await _served(frontend, request, _category(category, request))

    @routes.get("/shops/{shop}")
    async def shop_page(shop: str, request: Request) -> Response:
        return await _served(frontend, request, _shop(shop, request))

    @routes.get("/shops/{shop}/{listing}")
    async def listing_page(shop: str, listing: str, request: Request) -> Response:
        return await _served(frontend, request, _listing(shop, listing))

    for path in PRIVATE:
        routes.add_api_route(path, _private(frontend, path), methods=["GET"])
    for path, title in STUDIO.items():
        routes.add_api_route(path, _studio(frontend, title), methods=["GET"])
    return routes


def _private(frontend: Frontend, path: str) -> Callable[[], Awaitable[Response]]:
    async def private_page() -> Response:
        response = frontend.bare(f"{path.lstrip('/')}/index.html", status=200)
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return private_page


def _studio(frontend: Frontend, title: str) -> Callable[[], Awaitable[Response]]:
    async def studio_page() -> Response:
        response = frontend.bare(FALLBACK, status=200, title=f"{title} · Plaza")
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return studio_page


async def _served(
    frontend: Frontend, request: Request, document: Coroutine[Any, Any, Document], *, page: str = FALLBACK
) -> Response:
    """The page, the not-found page with that status, or in an outage the bare shell, which offers to try again."""
    try:
        try:
            said = await document
        except NotFound:
            tree = await cache.read(catalog.categories)
            said = documents.missing(tree=tree)
    except DatabaseUnavailable:
        down = frontend.bare(FALLBACK, status=503)
        down.headers.update(RETRY_LATER)
        return down
    return respond(frontend.text(page), said, request)


async def _home() -> Document:
    found, opened, demo, tree = await asyncio.gather(
        cache.read(search.showcase),
        cache.read(shops.newest),
        cache.read(media.demo_progress),
        cache.read(catalog.categories),
    )
    return documents.home(found=found, shops=opened, demo=demo, tree=tree)


async def _search(request: Request) -> Document:
    tree = await cache.read(catalog.categories)
    chosen = _chosen(request, tree)
    question = Question.of(chosen, limit=SHOWN)
    found = await cache.read(search.results, question=question)
    instead = Alternatives() if found.total else await cache.read(dead_ends.alternatives, question=question)
    if not found.total and not instead.unfiltered and plain(question.q):
        notes.soon(service.note_miss, plain(question.q), words=question.q, now=utc_now())
    return documents.search(
        query=question.q,
        found=found,
        instead=instead,
        tree=tree,
        is_filtered=bool(request.query_params),
        is_narrowed=bool(chosen.keys() - {"q", "sort"}),
    )


async def _category(slug: str, request: Request) -> Document:
    tree = await cache.read(catalog.categories)
    place = next((each for each in tree if each.slug == slug), None)
    if place is None:
        raise CategoryNotFound
    chosen = _chosen(request, ())
    question = Question.of(chosen, category=slug, limit=SHOWN)
    found = await cache.read(search.results, question=question)
    return documents.category(
        place=place,
        query=question.q,
        found=found,
        tree=tree,
        is_filtered=bool(request.query_params),
        is_narrowed=bool(chosen.keys() - {"q", "sort"}),
    )


async def _shop(slug: str, request: Request) -> Document:
    shop, tree = await asyncio.gather(cache.read(shops.at, slug=slug), cache.read(catalog.categories))
    chosen = _chosen(request, tree)
    question = Question.of(chosen, currency=shop.currency, shop=slug, limit=SHOWN)
    found = await cache.read(search.results, question=question)
    is_narrowed = bool(chosen.keys() - {"sort"})
    return documents.shop(
        shop=shop, found=found, tree=tree, is_filtered=bool(request.query_params), is_narrowed=is_narrowed
    )


def _chosen(request: Request, tree: Sequence[Category]) -> dict[str, str]:
    """The filters in the address: those that the page itself applies, and no others."""
    return rules.chosen(query_values(request.url.query), categories=[each.slug for each in tree])


async def _listing(shop: str, slug: str) -> Document:
    listing, tree = await asyncio.gather(
        cache.read(catalog.listing_at, shop=shop, listing=slug), cache.read(catalog.categories)
    )
    related = await cache.read(search.related, listing_id=listing.id, category=listing.category, shop=shop)
    return documents.listing(listing=listing, related=related, tree=tree)
