"""The baseline of `./plaza bench events`: Plaza's pages written as in Reflex's guide.

One state for the app, handlers that query the database themselves, no cache, all values in the state.
"""

from typing import Any

import reflex as rx
from starlette.types import ASGIApp

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.search import queries as search
from platform_app.domain.search.schemas import SearchQuery
from platform_app.domain.shops import queries as shops
from platform_app.infra import db

PAGE = 16


class BaselineState(rx.State):
    """The values of all pages."""

    loaded: str = ""
    status: str = ""
    has_more: bool = False
    cards: rx.Field[list[dict[str, Any]]] = rx.field(default_factory=list)
    facets: rx.Field[dict[str, Any]] = rx.field(default_factory=dict)
    menu: rx.Field[list[dict[str, Any]]] = rx.field(default_factory=list)
    listing: rx.Field[dict[str, Any]] = rx.field(default_factory=dict)
    shops: rx.Field[list[dict[str, Any]]] = rx.field(default_factory=list)
    cursor: str = ""

    @rx.event
    def load(self) -> None:
        """Load the page of this URL."""
        url = self.router.url
        query, parts = dict(url.query_parameters), [part for part in str(url.path).split("/") if part]
        self.loaded = f"{url.path}?{url.query}" if url.query else str(url.path)
        with db.reading() as session:
            self.menu = [each.model_dump(mode="json") for each in catalog.categories(session)]
            if not parts:
                showcase = search.showcase(session)
                self.cards = [card.model_dump(mode="json") for card in (*showcase.hero, *showcase.newest)]
                self.shops = [shop.model_dump(mode="json") for shop in shops.newest_shops(session)]
            elif parts[0] == "shops" and len(parts) > 2:
                self._show_listing(session, *parts[1:3])
            else:
                self._show_list(session, parts=parts, query=query)
        self.status = "ready"

    @rx.event
    def show_more(self) -> None:
        """Append the next page."""
        url = self.router.url
        parts = [part for part in str(url.path).split("/") if part]
        with db.reading() as session:
            self._show_list(session, parts=parts, query=dict(url.query_parameters), cursor=self.cursor)

    def _show_listing(self, session: db.ReadSession, shop: str, slug: str) -> None:
        listing = catalog.listing_by_slug(session, shop=shop, listing=slug)
        related = search.related(session, listing_id=listing.id, category=listing.category, shop=shop)
        self.listing = listing.model_dump(mode="json")
        self.cards, self.has_more = [card.model_dump(mode="json") for card in related], False

    def _show_list(
        self, session: db.ReadSession, *, parts: list[str], query: dict[str, str], cursor: str | None = None
    ) -> None:
        search_query = SearchQuery(
            q=query.get("q", ""),
            category=parts[1] if parts[0] == "c" else query.get("category"),
            shop=parts[1] if parts[0] == "shops" else None,
            in_stock="in_stock" in query,
            cursor=cursor,
            limit=PAGE,
        )
        results = search.results(session, search_query=search_query)
        cards = [card.model_dump(mode="json") for card in results.items]
        self.cards = [*self.cards, *cards] if cursor else cards
        self.facets, self.cursor = results.facets.model_dump(mode="json"), results.next_cursor or ""
        self.has_more = bool(self.cursor)


def web() -> ASGIApp:
    """The app that handles browser events of these pages."""
    app = rx.App(theme=None)
    for route in ("/", "/search", "/c/[category]", "/shops/[shop]", "/shops/[shop]/[listing]"):
        app.add_page(rx.el.div, route=route, on_load=BaselineState.load)
    return app()
