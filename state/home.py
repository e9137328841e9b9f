"""The home page."""

import asyncio

import reflex as rx

from platform_app.domain.media import queries as media
from platform_app.domain.media.rules import DEMO
from platform_app.domain.search import queries as search
from platform_app.domain.shops import queries as shops
from platform_app.infra import cache
from platform_app.infra.db import DatabaseUnavailable
from state import live, made, views
from state.assigning import assign
from state.favourites import fill_hearts
from state.shell import show_menu
from state.views import CardView, ShopView

SHOPS = 6


class HomeState(rx.State):
    """What is new."""

    status: rx.Field[str] = rx.field("")  # "", "ready" or "down"
    hero: rx.Field[list[CardView]] = rx.field(default_factory=list)
    newest: rx.Field[list[CardView]] = rx.field(default_factory=list)
    shops: rx.Field[list[ShopView]] = rx.field(default_factory=list)
    demo: rx.Field[str] = rx.field("")  # how far the demo is, while it is being added

    @rx.event
    async def load(self) -> None:
        """Show what is new."""
        await show_menu(self)
        await self._show()

    @rx.event
    async def refresh(self) -> None:
        """Something is newer."""
        await self._show()

    async def _show(self) -> None:
        # Before it is read, so that nothing changes unseen in between.
        live.watch(self, tags=("catalog", "shops", DEMO), refresh=HomeState.refresh)
        try:
            found, opened, demo = await asyncio.gather(
                cache.read(search.showcase), cache.read(shops.newest), cache.read(media.demo_progress)
            )
        except DatabaseUnavailable:
            self.status = "down"
            return
        hero = made.once(found, "hero", lambda: views.cards(found.hero))
        newest = made.once(found, "newest", lambda: views.cards(found.newest))
        shown = made.once(opened, "home", lambda: [views.shop(each) for each in opened[:SHOPS]])
        assign(self, hero=hero, newest=newest, shops=shown, demo=demo.text, status="ready")
        await fill_hearts(self, [card.id for card in newest])
