"""The home page."""

import asyncio

import reflex as rx

from platform_app.domain.catalog.tags import CATALOG
from platform_app.domain.media import queries as media
from platform_app.domain.media.tags import DEMO
from platform_app.domain.search import queries as search
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.tags import SHOPS
from platform_app.infra import cache
from platform_app.infra.db import DatabaseUnavailable
from platform_app.presenters import search as search_presenters
from platform_app.presenters import shops as shops_presenters
from platform_app.presenters.search import CardView
from platform_app.presenters.shops import ShopView
from state.core import live_updates, memo
from state.core.set_if_changed import set_if_changed
from state.favourites import update_favourite_buttons
from state.layout import update_layout


class HomeState(rx.State):
    """The newest listings and shops."""

    status: rx.Field[str] = rx.field("")  # "", "ready" or "down"
    hero: rx.Field[list[CardView]] = rx.field(default_factory=list)
    newest: rx.Field[list[CardView]] = rx.field(default_factory=list)
    shops: rx.Field[list[ShopView]] = rx.field(default_factory=list)
    demo: rx.Field[str] = rx.field("")  # progress of the demo data while it is being added

    @rx.event
    async def load(self) -> None:
        """Show the newest listings and shops."""
        await update_layout(self)
        await self._show()

    @rx.event
    async def refresh(self) -> None:
        """Show the page again after a change."""
        await self._show()

    async def _show(self) -> None:
        # Subscribe before reading, so that no change in between is missed.
        live_updates.subscribe(self, tags=(CATALOG, SHOPS, DEMO), refresh=HomeState.refresh)
        try:
            found, newest_shops, demo = await asyncio.gather(
                cache.read(search.showcase), cache.read(shops.newest_shops), cache.read(media.demo_progress)
            )
        except DatabaseUnavailable:
            self.status = "down"
            return
        hero = memo.memoize(found, "hero", lambda: search_presenters.cards(found.hero))
        newest = memo.memoize(found, "newest", lambda: search_presenters.cards(found.newest))
        shop_views = memo.memoize(newest_shops, "home", lambda: shops_presenters.newest(newest_shops))
        set_if_changed(self, hero=hero, newest=newest, shops=shop_views, demo=demo.text, status="ready")
        await update_favourite_buttons(self, [card.id for card in newest])
