"""Favourite buttons: what a tab stores, which queries a press costs, and which tabs are updated."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID, uuid4

import pytest
from reflex.state import State

from platform_app.domain.accounts import rules as accounts
from platform_app.domain.catalog.rules import Status
from platform_app.domain.catalog.tags import CATALOG
from platform_app.domain.favourites import queries
from platform_app.domain.favourites.tags import favourites_tag
from platform_app.infra import cache, db
from state import favourites
from state.core import live_updates, sockets
from state.favourites import FavouriteButtonsState, FavouritesState
from state.layout import LayoutState
from tests.conftest import assert_queries
from tests.factories import UNKNOWN_ID, index_listings, make_listing, make_user
from tests.favourites.helpers import create_mug, like, rows, set_price

Answer = TypeVar("Answer")


@pytest.fixture(autouse=True)
def clean_database(clean: None) -> None:
    """Delete everything that a test commits."""


@pytest.fixture
def user_id(monkeypatch: pytest.MonkeyPatch) -> UUID:
    """A user who is signed in in every tab of this process."""
    with db.writing() as session:
        created = make_user(session)
    monkeypatch.setitem(sockets._digests, "", accounts.digest(created.token))
    return created.user.id


def run_in_tab(act: Callable[[State], Awaitable[Answer]]) -> Answer:
    """The result of an action in a new tab."""

    async def run() -> Answer:
        cache._redis.cache_clear()
        cache.set_listening(True)
        try:
            return await act(State(_reflex_internal_init=True))
        finally:
            cache.set_listening(False)
            await cache._redis().aclose()
            cache._redis.cache_clear()
            live_updates.unsubscribe("")

    return asyncio.run(run())


def test_a_visitors_favourites_are_neither_read_nor_stored() -> None:
    mug = create_mug()

    async def act(tab: State) -> tuple[list[str], bool]:
        with assert_queries(db.engine(), 0):
            await favourites.update_favourite_buttons(tab, [str(mug.id)])
        return (await tab.get_state(FavouriteButtonsState)).liked, bool(live_updates._subscriptions)

    assert run_in_tab(act) == ([], False)


def test_presses_fill_and_clear_a_button_and_the_tab_stores_shown_listings_only(user_id: UUID) -> None:
    mug, bowl = create_mug(), create_mug(key="bowl", title="Bowl")
    like(user_id, bowl.id)

    async def act(tab: State) -> list[list[str]]:
        buttons = await tab.get_state(FavouriteButtonsState)
        await favourites.update_favourite_buttons(tab, [str(mug.id)])
        seen = [buttons.liked]
        for is_liked in (True, False):
            await FavouriteButtonsState.toggle.fn(buttons, str(mug.id), is_liked)
            seen.append(buttons.liked)
        return seen

    assert run_in_tab(act) == [[], [str(mug.id)], []]
    with db.reading() as session:
        assert queries.favourite_ids(session, user_id=user_id) == {bowl.id}


def test_a_press_after_the_state_was_released_sends_all_favourites_again(user_id: UUID) -> None:
    mug, bowl = create_mug(), create_mug(key="bowl", title="Bowl")
    like(user_id, mug.id)

    async def act(tab: State) -> tuple[list[str], bool]:
        await favourites.update_favourite_buttons(tab, [str(mug.id), str(bowl.id)])
        new_state = await State(_reflex_internal_init=True).get_state(FavouriteButtonsState)
        await FavouriteButtonsState.toggle.fn(new_state, str(mug.id), False)
        return new_state.liked, "liked" in new_state.dirty_vars

    assert run_in_tab(act) == ([], True)


def test_cached_favourites_cost_the_next_page_no_query(user_id: UUID) -> None:
    mug = create_mug()
    like(user_id, mug.id)

    async def act(tab: State) -> list[str]:
        await favourites.update_favourite_buttons(tab, [])
        with assert_queries(db.engine(), 0):
            await favourites.update_favourite_buttons(tab, [str(uuid4()), str(mug.id)])
        return (await tab.get_state(FavouriteButtonsState)).liked

    assert run_in_tab(act) == [str(mug.id)]


def test_a_press_in_another_tab_refreshes_favourites_without_reloading_the_page(user_id: UUID) -> None:
    async def act(tab: State) -> tuple[set[live_updates.Region], set[live_updates.Region]]:
        live_updates.subscribe(tab, tags=(CATALOG,), refresh=LayoutState.load)
        await favourites.update_favourite_buttons(tab, [])
        live_updates._due_at.clear()
        live_updates.invalidate([favourites_tag(user_id)])
        pressed = {region for _, region in live_updates._due_at}
        live_updates.invalidate([CATALOG])
        return pressed, {region for _, region in live_updates._due_at}

    assert run_in_tab(act) == (
        {live_updates.Region.FAVOURITES},
        {live_updates.Region.FAVOURITES, live_updates.Region.PAGE},
    )


@pytest.mark.parametrize("listing_id", ["", "none", None, 7, [], UNKNOWN_ID])
def test_a_refused_press_shows_a_message_and_redraws_the_buttons(user_id: UUID, listing_id: object) -> None:
    async def act(tab: State) -> tuple[bool, list[str], str]:
        buttons = await tab.get_state(FavouriteButtonsState)
        await FavouriteButtonsState.toggle.fn(buttons, listing_id, True)
        return buttons.render_key != "", buttons.liked, (await tab.get_state(LayoutState)).message

    assert run_in_tab(act) == (True, [], "This listing doesn't exist or is no longer for sale.")


def test_the_page_shows_savings_and_unavailable_listings(user_id: UUID) -> None:
    mug, bowl = create_mug(), create_mug(key="bowl", title="Bowl", indexed=False)
    like(user_id, mug.id, bowl.id)
    set_price(1600)
    with db.writing() as session:
        index_listings(session, mug.id)

    async def act(tab: State) -> tuple[str, str, set[tuple[str, bool, str]]]:
        page = await tab.get_state(FavouritesState)
        await page._show()
        return page.status, page.total, {(each.title, each.is_unavailable, each.price_note) for each in page.favourites}

    shown = {("Stoneware mug", False, "$4.00 less than when you liked it"), ("Bowl", True, "")}
    assert run_in_tab(act) == ("ready", "2 favourites", shown)


def test_a_listing_back_on_sale_is_available_again_once_it_is_indexed(user_id: UUID) -> None:
    mug = create_mug()
    like(user_id, mug.id)
    with db.writing() as session:
        make_listing(session, status=Status.ARCHIVED)

    async def act(tab: State) -> tuple[bool, bool, bool]:
        page = await tab.get_state(FavouritesState)
        await page._show()
        was_unavailable = page.favourites[0].is_unavailable
        with db.writing() as session:
            make_listing(session, status=Status.PUBLISHED, indexed=False)
        await page._show()
        is_still_unavailable = page.favourites[0].is_unavailable  # until it is indexed
        live_updates._due_at.clear()
        with db.writing() as session:
            index_listings(session, mug.id)
            live_updates.invalidate(list(session.info[db.INVALIDATED_TAGS]))
        is_invalidated = ("", live_updates.Region.PAGE) in live_updates._due_at
        await page._show()
        return was_unavailable and is_still_unavailable, is_invalidated, page.favourites[0].is_unavailable

    assert run_in_tab(act) == (True, True, False)


def test_an_invalid_cursor_starts_again_at_the_first_page(user_id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(favourites, "PAGE_SIZE", 2)
    like(user_id, *(create_mug(key=f"mug-{n}", title=f"Mug {n}").id for n in range(5)))

    async def act(tab: State) -> list[int]:
        page = await tab.get_state(FavouritesState)
        await page._show()
        seen = [len(page.favourites)]
        for cursor in (None, None, "made up"):
            page._cursor = page._cursor if cursor is None else cursor
            await FavouritesState.show_more.fn(page)
            seen.append(len(page.favourites))
        return seen

    assert run_in_tab(act) == [2, 4, 5, 5]


def test_a_removed_favourite_can_be_added_again_until_the_next_page(user_id: UUID) -> None:
    mug = create_mug()
    like(user_id, mug.id)

    async def act(tab: State) -> list[tuple[bool, str]]:
        buttons, shown = await tab.get_state(FavouriteButtonsState), await tab.get_state(LayoutState)
        seen = []
        for is_liked in (False, True, False):
            await FavouriteButtonsState.toggle.fn(buttons, str(mug.id), is_liked)
            seen.append((bool(rows("SELECT 1 FROM favourite")), shown.removed_favourite))
        await LayoutState.load.fn(shown)
        return [*seen, (bool(rows("SELECT 1 FROM favourite")), shown.removed_favourite)]

    assert run_in_tab(act) == [(False, str(mug.id)), (True, ""), (False, str(mug.id)), (False, "")]
