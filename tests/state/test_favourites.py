"""Hearts: what a tab holds, what a press asks of the database, and whose tabs hear of it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID, uuid4

import pytest
from reflex.state import State

from platform_app.domain.accounts import rules as accounts
from platform_app.domain.catalog.rules import Status
from platform_app.domain.favourites import queries, rules
from platform_app.infra import cache, db
from state import favourites, live, sockets
from state.favourites import FavouritesState, HeartsState
from state.shell import ShellState
from tests.conftest import assert_queries
from tests.factories import NO_ID, index, make_listing, make_user
from tests.favourites.running import like, plant_mug, price

Answer = TypeVar("Answer")


@pytest.fixture(autouse=True)
def no_tab_is_left(clean: None) -> None:
    """Everything a test commits is emptied out again."""


@pytest.fixture
def user_id(monkeypatch: pytest.MonkeyPatch) -> UUID:
    """Somebody who is signed in in every tab of this process."""
    with db.writing() as session:
        made = make_user(session)
    monkeypatch.setitem(sockets._digests, "", accounts.digest(made.token))
    return made.user.id


def in_tab(act: Callable[[State], Awaitable[Answer]]) -> Answer:
    """What comes of this in a new tab."""

    async def run() -> Answer:
        cache._redis.cache_clear()
        cache.listening(True)
        try:
            return await act(State(_reflex_internal_init=True))
        finally:
            cache.listening(False)
            await cache._redis().aclose()
            cache._redis.cache_clear()
            live.forget("")

    return asyncio.run(run())


def test_a_visitors_hearts_are_neither_read_nor_held() -> None:
    mug = plant_mug()

    async def act(tab: State) -> tuple[list[str], bool]:
        with assert_queries(db.engine(), 0):
            await favourites.fill_hearts(tab, [str(mug.id)])
        return (await tab.get_state(HeartsState)).liked, bool(live._watches)

    assert in_tab(act) == ([], False)


def test_a_press_fills_the_heart_another_empties_it_and_only_what_is_shown_is_held(user_id: UUID) -> None:
    mug, bowl = plant_mug(), plant_mug(key="bowl", title="Bowl")
    like(user_id, bowl.id)

    async def act(tab: State) -> list[list[str]]:
        hearts = await tab.get_state(HeartsState)
        await favourites.fill_hearts(tab, [str(mug.id)])
        seen = [hearts.liked]
        for is_liked in (True, False):
            await HeartsState.press.fn(hearts, str(mug.id), is_liked)
            seen.append(hearts.liked)
        return seen

    assert in_tab(act) == [[], [str(mug.id)], []]
    with db.reading() as session:
        assert queries.liked(session, user_id=user_id) == {bowl.id}


def test_a_tab_whose_states_were_let_go_of_is_told_all_its_hearts_again(user_id: UUID) -> None:
    mug, bowl = plant_mug(), plant_mug(key="bowl", title="Bowl")
    like(user_id, mug.id)

    async def act(tab: State) -> tuple[list[str], bool]:
        await favourites.fill_hearts(tab, [str(mug.id), str(bowl.id)])
        anew = await State(_reflex_internal_init=True).get_state(HeartsState)
        await HeartsState.press.fn(anew, str(mug.id), False)
        return anew.liked, "liked" in anew.dirty_vars

    assert in_tab(act) == ([], True)


def test_what_was_read_once_costs_the_next_page_no_query(user_id: UUID) -> None:
    mug = plant_mug()
    like(user_id, mug.id)

    async def act(tab: State) -> list[str]:
        await favourites.fill_hearts(tab, [])
        with assert_queries(db.engine(), 0):
            await favourites.fill_hearts(tab, [str(uuid4()), str(mug.id)])
        return (await tab.get_state(HeartsState)).liked

    assert in_tab(act) == [str(mug.id)]


def test_a_press_elsewhere_reaches_this_tab_beside_what_its_page_shows(user_id: UUID) -> None:
    async def act(tab: State) -> tuple[set[live.Part], set[live.Part]]:
        live.watch(tab, tags=("catalog",), refresh=ShellState.load)
        await favourites.fill_hearts(tab, [])
        live._due.clear()
        live.mark([rules.tag(user_id)])
        pressed = {part for _, part in live._due}
        live.mark(["catalog"])
        return pressed, {part for _, part in live._due}

    assert in_tab(act) == ({live.Part.HEARTS}, {live.Part.HEARTS, live.Part.PAGE})


@pytest.mark.parametrize("listing_id", ["", "none", None, 7, [], NO_ID])
def test_a_refused_press_says_why_and_has_the_hearts_drawn_anew(user_id: UUID, listing_id: object) -> None:
    async def act(tab: State) -> tuple[bool, list[str], str]:
        hearts = await tab.get_state(HeartsState)
        await HeartsState.press.fn(hearts, listing_id, True)
        return hearts.drawing != "", hearts.liked, (await tab.get_state(ShellState)).said

    assert in_tab(act) == (True, [], "This listing does not exist or is no longer for sale.")


def test_the_page_says_what_is_cheaper_and_what_is_gone(user_id: UUID) -> None:
    mug, bowl = plant_mug(), plant_mug(key="bowl", title="Bowl", indexed=False)
    like(user_id, mug.id, bowl.id)
    price(1600)
    with db.writing() as session:
        index(session, mug.id)

    async def act(tab: State) -> tuple[str, str, set[tuple[str, bool, str]]]:
        page = await tab.get_state(FavouritesState)
        await page._show()
        return page.status, page.total, {(each.title, each.is_gone, each.note) for each in page.favourites}

    shown = {("Stoneware mug", False, "$4.00 less than when you liked it"), ("Bowl", True, "")}
    assert in_tab(act) == ("ready", "2 favourites", shown)


def test_what_comes_back_for_sale_is_no_longer_said_to_be_gone_once_it_is_found_again(user_id: UUID) -> None:
    mug = plant_mug()
    like(user_id, mug.id)
    with db.writing() as session:
        make_listing(session, status=Status.ARCHIVED)

    async def act(tab: State) -> tuple[bool, bool, bool]:
        page = await tab.get_state(FavouritesState)
        await page._show()
        was_gone = page.favourites[0].is_gone
        with db.writing() as session:
            make_listing(session, status=Status.PUBLISHED, indexed=False)
        await page._show()
        still_gone = page.favourites[0].is_gone  # until the index knows
        live._due.clear()
        with db.writing() as session:
            index(session, mug.id)
            live.mark(list(session.info[db.POKES]))
        is_told = ("", live.Part.PAGE) in live._due
        await page._show()
        return was_gone and still_gone, is_told, page.favourites[0].is_gone

    assert in_tab(act) == (True, True, False)


def test_a_place_in_the_list_that_was_lost_begins_again(user_id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(favourites, "PAGE", 2)
    like(user_id, *(plant_mug(key=f"mug-{n}", title=f"Mug {n}").id for n in range(5)))

    async def act(tab: State) -> list[int]:
        page = await tab.get_state(FavouritesState)
        await page._show()
        seen = [len(page.favourites)]
        for cursor in (None, None, "made up"):
            page._cursor = page._cursor if cursor is None else cursor
            await FavouritesState.show_more.fn(page)
            seen.append(len(page.favourites))
        return seen

    assert in_tab(act) == [2, 4, 5, 5]
