"""The search page."""

import reflex as rx

from platform_app.domain.catalog import queries as catalog
from platform_app.infra import cache
from platform_app.presenters import search as search_presenters
from state.core.page_url import PageUrl
from state.core.set_if_changed import set_if_changed
from state.search_filters import Scope
from state.search_results_page import ResultsPage


class SearchState(ResultsPage, rx.State):
    """Search results from all shops."""

    async def _scope(self, url: PageUrl) -> Scope:
        query = url.query.get("q", "")
        set_if_changed(self, title=search_presenters.page_title(query, "Search"))
        tree = await cache.read(catalog.categories)
        return Scope(path="/search", tree=tree)
