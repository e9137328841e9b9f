"""The home page."""

import asyncio

import reflex as rx

from platform_app.domain.search import queries as search
from platform_app.domain.shops import queries as shops
from platform_app.infra import cache
from platform_app.infra.db import DatabaseUnavailable
from state import runtime, views
from state.shell import show_menu
from state.views import CardView, ShopView

HERO = 3
NEWEST = 12
SHOPS = 6


class HomeState(rx.State):
    """What is new."""

    status: rx.Field[str] = rx.field("")  # "", "ready" or "down"
    hero: rx.Field[list[CardView]] = rx.field(default_factory=list)
    newest: rx.Field[list[CardView]] = rx.field(default_factory=list)
    shops: rx.Field[list[ShopView]] = rx.field(default_factory=list)

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
        try:
            found, opened = await asyncio.gather(
                cache.read(search.showcase, limit=HERO + NEWEST), cache.read(shops.newest)
            )
        except DatabaseUnavailable:
            self.status = "down"
            return
        pictured = [one for one in views.cards(found) if one.picture]
        self.hero = _different(pictured)
        self.newest = [one for one in views.cards(found) if one not in self.hero][:NEWEST]
        self.shops = [views.shop(each) for each in opened[:SHOPS]]
        self.status = "ready"
        runtime.watch(self, tags=("catalog", "shops"), refresh=HomeState.refresh)


def _different(cards: list[CardView]) -> list[CardView]:
    """A few cards of as many shops as there are."""
    by_shop = {card.shop_name: card for card in reversed(cards)}
    others = [card for card in cards if card not in by_shop.values()]
    return [*by_shop.values(), *others][:HERO]
