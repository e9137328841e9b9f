"""Browsers and tabs of sellers."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import pytest
import reflex as rx
from fastapi.testclient import TestClient
from reflex.istate.data import RouterData
from reflex.state import State

from platform_app.domain.accounts import rules as accounts
from platform_app.domain.shops.schemas import Membership
from platform_app.domain.shops.service import members
from platform_app.infra import cache, db
from platform_app.rest.media import upload_forms
from state.core import live_updates, sockets
from tests.accounts.conftest import browser
from tests.accounts.helpers import browsers
from tests.factories import NOW, make_shop, make_user

__all__ = ["browser", "pair"]

S = TypeVar("S", bound=rx.State)


@pytest.fixture
def pair(clean: None) -> Iterator[tuple[TestClient, TestClient]]:
    """Two browsers."""
    upload_forms._storage.cache_clear()
    with browsers(2) as (one, other):
        yield one, other


@pytest.fixture
def owner(clean: None, monkeypatch: pytest.MonkeyPatch) -> Membership:
    """The owner of a new shop, who is signed in in every tab of this process."""
    with db.writing() as session:
        make_shop(session)
        user = make_user(session, email="ada@example.com")
        member = members.make_owner(session, slug="clay-and-co", email="ada@example.com", now=NOW)
    monkeypatch.setitem(sockets._digests, "", accounts.digest(user.token))
    return member


def run_in_tab(page: type[S], url: str, *acts: Callable[[S], Awaitable[object]]) -> S:
    """The page's state of a new tab with this URL, after these events."""

    async def run() -> S:
        cache._redis.cache_clear()
        cache.set_listening(True)
        try:
            tab = State(_reflex_internal_init=True)
            data = {"token": "", "sid": "", "pathname": url, "asPath": url, "query": {}, "headers": {}}
            tab.router = RouterData.from_router_data(data)
            state = await tab.get_state(page)
            for act in acts:
                await act(state)
            return state
        finally:
            cache.set_listening(False)
            await cache._redis().aclose()
            live_updates.unsubscribe("")

    return asyncio.run(run())
