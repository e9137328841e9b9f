"""The viewer's favourites: the favourite buttons in a tab, and the page of all favourites."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

import reflex as rx

from platform_app.domain.accounts.schemas import Viewer
from platform_app.domain.catalog.errors import ListingNotFound
from platform_app.domain.catalog.tags import listing_tag
from platform_app.domain.favourites import queries, rules, service
from platform_app.domain.favourites.schemas import Favourite
from platform_app.domain.favourites.tags import favourites_tag
from platform_app.domain.shared.errors import ProductError, Unauthenticated
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shared.paging import Page
from platform_app.domain.shops.tags import shop_tag
from platform_app.infra import cache, db
from platform_app.infra.db import DatabaseUnavailable
from platform_app.presenters import search as search_presenters
from platform_app.presenters.search import CardView
from platform_app.presenters.shared import price
from state import layout
from state.accounts import PaginatedPage
from state.core import identity, live_updates
from state.core.state_manager import EphemeralState

PAGE_SIZE = 16  # favourites: full rows of two and of four


@dataclass(frozen=True)
class FavouriteView:
    """A favourite on its page; if it is no longer for sale, it has a title but no card."""

    id: str
    title: str
    price_note: str
    is_unavailable: bool
    shop: str = ""
    card: CardView = field(default_factory=CardView)


class FavouriteButtonsState(EphemeralState, rx.State):
    """The favourites among the listings in this tab; a refused click changes `render_key`."""

    liked: rx.Field[list[str]] = rx.field(default_factory=list)
    render_key: rx.Field[str] = rx.field("")
    _is_initialized: bool = False

    @rx.event
    async def toggle(self, listing_id: str, is_liked: bool) -> None:
        """Add or remove a favourite, as the browser already shows; signed-out visitors are led to sign in."""
        try:
            user = await identity.require_writer(self, reason=rules.SIGN_IN_TO_LIKE.name)
            listing = _parse_id(listing_id)
            if is_liked is True:
                liked = await db.write(service.add, user_id=user.user_id, listing_id=listing, now=utc_now())
            else:
                liked = await db.write(service.remove, user_id=user.user_id, listing_id=listing)
        except Unauthenticated:
            raise
        except (ProductError, DatabaseUnavailable) as error:
            self.render_key = secrets.token_hex(4)
            await layout.show_refusal(self, error)
            return
        self._set_liked(liked)
        await layout.offer_undo(self, removed_favourite="" if is_liked is True else str(listing))

    @rx.event
    async def refresh(self) -> None:
        """Show the viewer's favourites again after a change, perhaps in another tab."""
        await update_favourite_buttons(self, live_updates.subscribed_keys(self, live_updates.Region.FAVOURITES))

    def _set_liked(self, liked: frozenset[UUID]) -> None:
        """Set the shown favourites. A new state always sends them: the browser may still show an earlier state's."""
        found = [
            each for each in live_updates.subscribed_keys(self, live_updates.Region.FAVOURITES) if UUID(each) in liked
        ]
        if found != self.liked or not self._is_initialized:
            self.liked, self._is_initialized = found, True


class FavouritesState(PaginatedPage, rx.State):
    """All favourites of the viewer, newest first."""

    favourites: rx.Field[list[FavouriteView]] = rx.field(default_factory=list)
    total: rx.Field[str] = rx.field("")

    async def _append(self, user: Viewer, cursor: str) -> None:
        found = await db.read(queries.of_user, user_id=user.user_id, cursor=cursor, limit=PAGE_SIZE)
        await self._set_page(user, [*self.favourites, *(_favourite_view(each) for each in found.items)], found)

    async def _read(self, user: Viewer) -> None:
        limit = live_updates.reload_limit(len(self.favourites), page_size=PAGE_SIZE, has_more=self.has_more)
        found = await db.read(queries.of_user, user_id=user.user_id, limit=limit)
        await self._set_page(user, [_favourite_view(each) for each in found.items], found)

    async def _set_page(self, user: Viewer, favourites: list[FavouriteView], found: Page[Favourite]) -> None:
        liked = await cache.read(queries.favourite_ids, user_id=user.user_id)
        self._cursor = found.next_cursor or ""
        self._set_values(
            favourites=favourites,
            total=_total_text(len(liked)),
            has_more=found.next_cursor is not None,
            load_more_failed=False,
        )
        await update_favourite_buttons(self, [each.id for each in favourites])

    def _tags(self, user: Viewer) -> tuple[str, ...]:
        shops = {each.shop for each in self.favourites if each.shop}
        unavailable = [
            each.id for each in self.favourites if each.is_unavailable
        ]  # they may come back, but their shop is not known
        return (
            *super()._tags(user),
            favourites_tag(user.user_id),
            *(shop_tag(shop) for shop in shops),
            *(listing_tag(UUID(listing_id)) for listing_id in unavailable),
        )


async def update_favourite_buttons(state: rx.State, listing_ids: Iterable[str]) -> None:
    """Update the favourite buttons of these listings; in an outage they stay as they are."""
    try:
        viewer = await identity.viewer(state)
        if viewer is None:
            return
        liked = await cache.read(queries.favourite_ids, user_id=viewer.user_id)
    except DatabaseUnavailable:
        return
    tags = (favourites_tag(viewer.user_id),)
    live_updates.subscribe(
        state, tags=tags, refresh=FavouriteButtonsState.refresh, region=live_updates.Region.FAVOURITES, keys=listing_ids
    )
    (await state.get_state(FavouriteButtonsState))._set_liked(liked)


def _parse_id(listing_id: object) -> UUID:
    """The id in an event; raises ListingNotFound if it is malformed."""
    try:
        return UUID(str(listing_id))
    except ValueError:
        raise ListingNotFound from None


def _favourite_view(found: Favourite) -> FavouriteView:
    note = f"{price(found.saving)} less than when you liked it" if found.saving else ""
    card, shop = (search_presenters.card(found.card), found.card.shop_slug) if found.card else (CardView(), "")
    title = found.card.title if found.card else found.title
    return FavouriteView(str(found.listing_id), title, note, is_unavailable=found.card is None, shop=shop, card=card)


def _total_text(total: int) -> str:
    return "1 favourite" if total == 1 else f"{total:,} favourites"
