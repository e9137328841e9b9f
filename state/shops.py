"""The shop page."""

import asyncio

import reflex as rx

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.shops import queries as shops
from platform_app.infra import cache
from platform_app.presenters import shops as shops_presenters
from platform_app.presenters.shops import ShopView
from state.core import memo
from state.core.page_url import PageUrl
from state.core.set_if_changed import set_if_changed
from state.search_filters import Scope
from state.search_results_page import ResultsPage


class ShopState(ResultsPage, rx.State):
    """A shop and its listings."""

    shop: ShopView = ShopView()

    async def _scope(self, url: PageUrl) -> Scope:
        slug = url.path_segments()[-1] if url.path_segments() else ""
        found, tree = await asyncio.gather(cache.read(shops.by_slug, slug=slug), cache.read(catalog.categories))
        shop_view = memo.memoize(found, "shop", lambda: shops_presenters.shop(found))
        set_if_changed(self, shop=shop_view, title=f"{found.name} · Plaza")
        return Scope(path=f"/shops/{slug}", shop=slug, currency=found.currency, tree=tree)
