"""The category and listing pages."""

import asyncio

import reflex as rx

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog.errors import CategoryNotFound
from platform_app.domain.catalog.schemas import Category, Listing
from platform_app.domain.favourites import queries as favourites
from platform_app.domain.favourites.rules import count_tag
from platform_app.domain.search import queries as search
from platform_app.domain.shared.errors import NotFound
from platform_app.infra import cache
from platform_app.infra.db import DatabaseUnavailable
from state import activity_trail, address, listing_views, live, made, views
from state.address import Address
from state.assigning import assign
from state.browsing import Browsing
from state.favourites import fill_hearts
from state.filters import Scope
from state.listing_views import ListingView
from state.shell import show_menu
from state.views import CardView, LinkView


class CategoryState(Browsing, rx.State):
    """Listings of one category."""

    name: rx.Field[str] = rx.field("")
    crumbs: rx.Field[list[LinkView]] = rx.field(default_factory=list)

    async def _scope(self, here: Address) -> Scope:
        slug = here.slugs()[-1] if here.slugs() else ""
        tree = await cache.read(catalog.categories)
        scope = Scope(path=f"/c/{slug}", category=slug, tree=tree)
        found = scope.category_at(slug)
        if found is None:
            raise CategoryNotFound
        crumbs = made.once(tree, slug, lambda: listing_views.crumbs(found, tree))
        assign(self, name=found.name, title=f"{found.name} · Plaza", crumbs=crumbs[:-1])
        return scope


class ListingState(rx.State):
    """One listing, and what goes with it."""

    loaded: rx.Field[str] = rx.field("")
    status: rx.Field[str] = rx.field("")  # "", "ready", "missing" or "down"
    title: rx.Field[str] = rx.field("")
    listing: ListingView = ListingView()
    crumbs: rx.Field[list[LinkView]] = rx.field(default_factory=list)
    related: rx.Field[list[CardView]] = rx.field(default_factory=list)
    followers: rx.Field[str] = rx.field("")

    @rx.event
    async def load(self) -> None:
        """Show the listing at this address."""
        await show_menu(self)
        found = await self._show()
        if found is not None:
            await activity_trail.opened(self, found)

    @rx.event
    async def refresh(self) -> None:
        """The listing has changed: show it as it is now."""
        await self._show()

    async def _show(self) -> Listing | None:
        here, found = address.of(self), None
        try:
            _, shop, slug = (*here.slugs(), "", "", "")[:3]
            found = await self._read(shop, slug)
            assign(self, status="ready")
        except NotFound:
            self.status, self.title = "missing", "Not found · Plaza"
        except DatabaseUnavailable:
            self.status = "down"
        assign(self, loaded=here.path[: address.MAX_KEY])
        return found

    async def _read(self, shop: str, slug: str) -> Listing:
        # Before it is read, so that nothing changes unseen in between.
        tags = (f"listing:{shop}/{slug}", f"shop:{shop}")
        live.watch(self, tags=tags, refresh=ListingState.refresh)
        found, tree = await asyncio.gather(
            cache.read(catalog.listing_at, shop=shop, listing=slug), cache.read(catalog.categories)
        )
        live.watch(self, tags=(*tags, count_tag(found.id)), refresh=ListingState.refresh)
        alike, count = await asyncio.gather(
            cache.read(search.related, listing_id=found.id, category=found.category, shop=shop),
            cache.read(favourites.followers, shop_id=found.shop_id, listing_id=found.id),
        )
        category = _category(found.category, tree)
        listing = made.once(found, "listing", lambda: listing_views.listing(found))
        related = made.once(alike, "cards", lambda: views.cards(alike))
        assign(
            self,
            listing=listing,
            crumbs=made.once(tree, found.category, lambda: listing_views.crumbs(category, tree)),
            related=related,
            followers=listing_views.followers(count),
            title=f"{found.title} · {found.shop_name} · Plaza",
        )
        await fill_hearts(self, [listing.id, *(card.id for card in related)])
        return found


def _category(slug: str | None, tree: tuple[Category, ...]) -> Category | None:
    return next((each for each in tree if each.slug == slug), None)
