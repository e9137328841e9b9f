"""A list of results keeps its length: going back, and connecting again, show as much as before."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import pytest
from reflex.istate.data import RouterData
from reflex.state import State

from platform_app.infra import cache, db
from state.core import live_updates
from state.search import SearchState
from tests.factories import make_listing, make_shop


@pytest.fixture(autouse=True)
def market(clean: None) -> Iterator[None]:
    """A shop with forty mugs and a lamp."""
    with db.writing() as session:
        shop = make_shop(session)
        for title in (*(f"Mug {number}" for number in range(40)), "Lamp"):
            make_listing(session, shop=shop, key=title, title=title)
    yield
    live_updates.unsubscribe("a-tab")


def visit(act: Callable[[State], Awaitable[None]]) -> None:
    async def run() -> None:
        cache._redis.cache_clear()
        cache.set_listening(True)
        try:
            await act(State(_reflex_internal_init=True))
        finally:
            cache.set_listening(False)
            await cache._redis().aclose()
            cache._redis.cache_clear()

    asyncio.run(run())


async def load(tab: State, url: str) -> SearchState:
    """Open this URL in a tab, as a click, the back button and a new connection do."""
    path = url.partition("?")[0]
    tab.router = RouterData.from_router_data(
        {"token": "a-tab", "sid": "a-tab", "pathname": path, "asPath": url, "query": {}, "headers": {}}
    )
    state = await tab.get_state(SearchState)
    await SearchState.load.fn(state)
    return state


def test_a_list_is_loaded_to_the_length_that_the_tab_has_shown() -> None:
    async def act(tab: State) -> None:
        state = await load(tab, "/search?q=mug")
        assert (len(state.cards), state.has_more) == (16, True)
        await SearchState.show_more.fn(state)
        shown = list(state.cards)
        assert len(shown) == 32
        assert list((await load(tab, "/search?q=mug")).cards) == shown  # a new connection
        assert [card.title for card in (await load(tab, "/search?q=lamp")).cards] == ["Lamp"]
        again = await load(tab, "/search?q=mug")
        assert list(again.cards) == shown  # back
        await SearchState.show_more.fn(again)
        assert (len(again.cards), again.has_more) == (40, False)

    visit(act)


def test_the_page_says_which_words_it_corrected() -> None:
    async def act(tab: State) -> None:
        state = await load(tab, "/search?q=lammp&sort=newest")
        assert [card.title for card in state.cards] == ["Lamp"]
        assert (state.correction.searched, state.correction.typed.href) == (
            "“lamp”",
            "/search?q=lammp&sort=newest&as_typed=1",
        )
        state = await load(tab, state.correction.typed.href)
        assert (list(state.cards), state.correction.searched) == ([], "")
        assert state.zero_results.corrected.href == "/search?q=lamp"

    visit(act)


def test_a_tab_remembers_only_its_last_lists() -> None:
    async def act(tab: State) -> None:
        for number in range(25):
            state = await load(tab, f"/search?q=mug&max={1000 + number}")
            await SearchState.show_more.fn(state)
        assert len((await load(tab, "/search?q=mug&max=1000")).cards) == 16
        assert len((await load(tab, "/search?q=mug&max=1024")).cards) == 32

    visit(act)
