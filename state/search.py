"""The search page."""

import reflex as rx

from platform_app.domain.catalog import queries as catalog
from platform_app.infra import cache
from state.address import Address
from state.assigning import assign
from state.browsing import Browsing
from state.filters import Scope


class SearchState(Browsing, rx.State):
    """Listings from everywhere."""

    async def _scope(self, here: Address) -> Scope:
        words = here.query.get("q", "")
        assign(self, title=f"{words} · Plaza" if words else "Search · Plaza")
        tree = await cache.read(catalog.categories)
        return Scope(path="/search", tree=tree)
