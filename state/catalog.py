"""The category and listing pages."""

import asyncio

import reflex as rx

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog.errors import CategoryNotFound, ListingMoved, ListingNotFound
from platform_app.domain.catalog.schemas import Category, Listing
from platform_app.domain.catalog.tags import listing_url_tag
from platform_app.domain.favourites import queries as favourites
from platform_app.domain.favourites.tags import follower_count_tag
from platform_app.domain.search import queries as search
from platform_app.domain.shared.errors import NotFound
from platform_app.domain.shops.tags import shop_tag
from platform_app.infra import cache
from platform_app.infra.db import DatabaseUnavailable
from platform_app.presenters import catalog as catalog_presenters
from platform_app.presenters import search as search_presenters
from platform_app.presenters.catalog import EndedListingView, ListingView
from platform_app.presenters.search import CardView
from platform_app.presenters.shared import LinkView
from state import activity_tracking
from state.core import browser, live_updates, memo, page_url
from state.core.page_url import PageUrl
from state.core.set_if_changed import set_if_changed
from state.favourites import update_favourite_buttons
from state.layout import update_layout
from state.search_filters import Scope
from state.search_results_page import ResultsPage
from state.stock_alerts import update_stock_alert_button


class CategoryState(ResultsPage, rx.State):
    """A category and its listings."""

    name: rx.Field[str] = rx.field("")
    breadcrumbs: rx.Field[list[LinkView]] = rx.field(default_factory=list)

    async def _scope(self, url: PageUrl) -> Scope:
        slug = url.path_segments()[-1] if url.path_segments() else ""
        tree = await cache.read(catalog.categories)
        scope = Scope(path=f"/c/{slug}", category=slug, tree=tree)
        found = scope.find_category(slug)
        if found is None:
            raise CategoryNotFound
        breadcrumbs = memo.memoize(tree, slug, lambda: catalog_presenters.breadcrumbs(found, tree))
        title = search_presenters.page_title(url.query.get("q", ""), found.name, in_place=True)
        set_if_changed(self, name=found.name, title=title, breadcrumbs=breadcrumbs[:-1])
        return scope


class ListingState(rx.State):
    """A listing and related listings."""

    loaded: rx.Field[str] = rx.field("")
    status: rx.Field[str] = rx.field("")  # "", "ready", "ended", "missing" or "down"
    title: rx.Field[str] = rx.field("")
    listing: ListingView = ListingView()
    ended: EndedListingView = EndedListingView()
    breadcrumbs: rx.Field[list[LinkView]] = rx.field(default_factory=list)
    related: rx.Field[list[CardView]] = rx.field(default_factory=list)
    followers: rx.Field[str] = rx.field("")

    @rx.event
    async def load(self) -> browser.BoundEvent | None:
        """Show the listing of this URL, and track a view; go to where it is now if its slug has changed."""
        await update_layout(self)
        try:
            found = await self._show()
        except ListingMoved as moved:
            return _redirect(moved)
        if found is not None:
            await activity_tracking.track_view(self, found)
        return None

    @rx.event
    async def refresh(self) -> browser.BoundEvent | None:
        """Show the listing again after a change."""
        try:
            await self._show()
        except ListingMoved as moved:
            return _redirect(moved)
        return None

    async def _show(self) -> Listing | None:
        url, found = page_url.current(self), None
        try:
            _, shop, slug = (*url.path_segments(), "", "", "")[:3]
            found = await self._read(shop, slug)
        except ListingMoved:
            raise
        except NotFound:
            self.status, self.title = "missing", "Not found · Plaza"
        except DatabaseUnavailable:
            self.status = "down"
        set_if_changed(self, loaded=url.path[: page_url.MAX_KEY_LENGTH])
        return found

    async def _read(self, shop: str, slug: str) -> Listing | None:
        # Subscribe before reading, so that no change in between is missed.
        tags = (listing_url_tag(shop, slug), shop_tag(shop))
        live_updates.subscribe(self, tags=tags, refresh=ListingState.refresh)
        try:
            found, tree = await asyncio.gather(
                cache.read(catalog.listing_by_slug, shop=shop, listing=slug), cache.read(catalog.categories)
            )
        except ListingNotFound:
            await self._read_ended(shop, slug)
            return None
        live_updates.subscribe(self, tags=(*tags, follower_count_tag(found.id)), refresh=ListingState.refresh)
        related_listings, count = await asyncio.gather(
            cache.read(search.related, listing_id=found.id, category=found.category, shop=shop),
            cache.read(favourites.follower_count, shop_id=found.shop_id, listing_id=found.id),
        )
        category = find_category(found.category, tree)
        listing = memo.memoize(found, "listing", lambda: catalog_presenters.listing(found))
        related = memo.memoize(related_listings, "cards", lambda: search_presenters.cards(related_listings))
        set_if_changed(
            self,
            status="ready",
            listing=listing,
            breadcrumbs=memo.memoize(tree, found.category, lambda: catalog_presenters.breadcrumbs(category, tree)),
            related=related,
            followers=catalog_presenters.followers(count),
            title=f"{found.title} · {found.shop_name} · Plaza",
        )
        await update_favourite_buttons(self, [listing.id, *(card.id for card in related)])
        await update_stock_alert_button(self, found)
        return found

    async def _read_ended(self, shop: str, slug: str) -> None:
        """Show what was for sale here, and similar listings."""
        found = await cache.read(catalog.ended_listing, shop=shop, listing=slug)
        similar = await cache.read(search.related, listing_id=found.id, category=found.category, shop=shop)
        related = memo.memoize(similar, "cards", lambda: search_presenters.cards(similar))
        title = f"{found.title} · {found.shop_name} · Plaza"
        ended = catalog_presenters.ended_listing(found)
        set_if_changed(self, status="ended", ended=ended, related=related, title=title)
        await update_favourite_buttons(self, [card.id for card in related])


def _redirect(moved: ListingMoved) -> browser.BoundEvent:
    return rx.redirect(f"/shops/{moved.shop}/{moved.slug}", replace=True)


def find_category(slug: str | None, tree: tuple[Category, ...]) -> Category | None:
    """The category with this slug; None without one."""
    return next((each for each in tree if each.slug == slug), None)
