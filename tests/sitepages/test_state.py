"""A site page in the app."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
from reflex.istate.data import RouterData
from reflex.state import State

from platform_app.domain.sitepages import queries, service
from platform_app.domain.sitepages.tags import SITE_PAGES
from platform_app.infra import cache, db
from platform_app.presenters import sitepages as presenters
from platform_app.presenters.sitepages import SitePageView
from state.core import live_updates
from state.sitepages import SitePageState
from tests.factories import NOW

pytestmark = pytest.mark.usefixtures("clean")
Answer = TypeVar("Answer")


def run_in_tab(path: str, act: Callable[[SitePageState], Awaitable[Answer]]) -> Answer:
    """What comes of this in a new tab at this path."""

    async def run() -> Answer:
        cache._redis.cache_clear()
        cache.set_listening(True)
        try:
            tab = State(_reflex_internal_init=True)
            data = {"token": "", "sid": "", "pathname": path, "asPath": path, "query": {}, "headers": {}}
            tab.router = RouterData.from_router_data(data)
            return await act(await tab.get_state(SitePageState))
        finally:
            cache.set_listening(False)
            await cache._redis().aclose()
            cache._redis.cache_clear()
            live_updates.unsubscribe("")

    return asyncio.run(run())


def test_the_page_of_the_url_is_shown_and_follows_an_edit() -> None:
    async def act(state: SitePageState) -> list[tuple[str, str, SitePageView]]:
        await SitePageState.load.fn(state)
        seen = [(state.status, state.title, state.page)]
        assert SITE_PAGES in live_updates._subscriptions["", live_updates.Region.PAGE].tags
        with db.writing() as session:
            service.edit(session, slug="privacy", title="Your privacy", text="Safe.", version=0, now=NOW)
        cache.clear_local()
        await SitePageState.refresh.fn(state)
        return [*seen, (state.status, state.title, state.page)]

    with db.reading() as session:
        before = presenters.site_page(queries.by_slug(session, slug="privacy"))
    after = SitePageView("Your privacy", "<p>Safe.</p>", "Last changed on 23 November 2026")
    assert run_in_tab("/pages/privacy", act) == [
        ("ready", "Privacy · Plaza", before), ("ready", "Your privacy · Plaza", after),
    ]  # fmt: skip


@pytest.mark.parametrize("path", ["/pages/about", "/pages/%00", "/pages/privacy/more", "/"])
def test_any_other_url_is_not_found(path: str) -> None:
    async def act(state: SitePageState) -> tuple[str, str, str]:
        await SitePageState.load.fn(state)
        return state.status, state.title, state.page.text

    assert run_in_tab(path, act) == ("missing", "Not found · Plaza", "")
