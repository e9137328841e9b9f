"""The shop page."""

import asyncio

import reflex as rx

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.shops import queries as shops
from platform_app.infra import cache
from state import made, views
from state.address import Address
from state.assigning import assign
from state.browsing import Browsing
from state.filters import Scope
from state.views import ShopView


class ShopState(Browsing, rx.State):
    """One shop and its listings."""

    shop: ShopView = ShopView()

    async def _scope(self, here: Address) -> Scope:
        slug = here.slugs()[-1] if here.slugs() else ""
        found, tree = await asyncio.gather(cache.read(shops.at, slug=slug), cache.read(catalog.categories))
        shown = made.once(found, "shop", lambda: views.shop(found))
        assign(self, shop=shown, title=f"{found.name} · Plaza")
        return Scope(path=f"/shops/{slug}", shop=slug, currency=found.currency, tree=tree)
