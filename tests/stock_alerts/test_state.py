"""The button on a listing's page and the page of what is waited for: what a tab holds and asks for."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

import pytest
from reflex.istate.data import RouterData
from reflex.state import State

from platform_app.domain.accounts import rules as accounts
from platform_app.domain.catalog.schemas import Listing, VariantInput
from platform_app.domain.stock_alerts import queries, service
from platform_app.domain.stock_alerts.tags import stock_alerts_tag
from platform_app.infra import cache, db
from state.catalog import ListingState
from state.core import identity, live_updates, sockets
from state.layout import LayoutState
from state.stock_alerts import StockAlertButtonState, StockAlertsState, StockAlertView
from tests.conftest import assert_queries
from tests.factories import NOW, UNKNOWN_ID, make_listing, make_user

Answer = TypeVar("Answer")
PATH = "/shops/clay-and-co/mug"


@pytest.fixture(autouse=True)
def mug(clean: None) -> Listing:
    """A mug that is sold out in green."""
    with db.writing() as session:
        colours = (("Green", 0), ("Blue", 2))
        variants = tuple(VariantInput(choice=(name,), price=900, quantity=quantity) for name, quantity in colours)
        return make_listing(session, title="Mug", options=("Colour",), variants=variants)


@pytest.fixture
def user_id(monkeypatch: pytest.MonkeyPatch) -> UUID:
    """A user who is signed in in every tab of this process."""
    with db.writing() as session:
        created = make_user(session)
    monkeypatch.setitem(sockets._digests, "", accounts.digest(created.token))
    return created.user.id


def run_in_tab(act: Callable[[State], Awaitable[Answer]]) -> Answer:
    """What comes of this in a new tab at the listing's page."""

    async def run() -> Answer:
        cache._redis.cache_clear()
        cache.set_listening(True)
        try:
            tab = State(_reflex_internal_init=True)
            data = {"token": "", "sid": "", "pathname": PATH, "asPath": PATH, "query": {}, "headers": {}}
            tab.router = RouterData.from_router_data(data)
            return await act(tab)
        finally:
            cache.set_listening(False)
            await cache._redis().aclose()
            cache._redis.cache_clear()
            live_updates.unsubscribe("")

    return asyncio.run(run())


def key(mug: Listing) -> str:
    return f"{mug.id}/{mug.variants[0].id}"


async def load(tab: State) -> list[str]:
    """Open the listing's page; the variants that its button knows to be waited for."""
    await ListingState._show(await tab.get_state(ListingState))
    return list((await tab.get_state(StockAlertButtonState)).waiting)


def test_only_a_sold_out_variant_has_a_button() -> None:
    async def act(tab: State) -> list[bool]:
        await load(tab)
        return [each.alert_id != "" for each in (await tab.get_state(ListingState)).listing.variants]

    assert run_in_tab(act) == [True, False]


def test_a_press_waits_another_stops_and_a_new_tab_knows(user_id: UUID, mug: Listing) -> None:
    green = str(mug.variants[0].id)

    async def act(tab: State) -> list[list[str]]:
        seen, button = [await load(tab)], await tab.get_state(StockAlertButtonState)
        for is_waiting in (True, True, False, True):
            await StockAlertButtonState.toggle.fn(button, key(mug), is_waiting)
            seen.append(list(button.waiting))
        return seen

    assert run_in_tab(act) == [[], [green], [green], [], [green]]
    with db.reading() as session:
        assert queries.variant_ids(session, user_id=user_id) == {mug.variants[0].id}
    cache.clear_local()

    async def reload(tab: State) -> tuple[list[str], list[str]]:
        first = await load(tab)
        with assert_queries(db.engine(), 0):
            return first, await load(tab)

    assert run_in_tab(reload) == ([green], [green])


def test_a_visitor_who_presses_signs_in_and_comes_back(mug: Listing) -> None:
    async def act(tab: State) -> tuple[str, str]:
        button = await tab.get_state(StockAlertButtonState)
        with pytest.raises(identity.SignInRequired) as refusal:
            await StockAlertButtonState.toggle.fn(button, key(mug), True)
        return refusal.value.next_url, refusal.value.reason

    assert run_in_tab(act) == (PATH, "stock_alert")


@pytest.mark.parametrize("given", ["", "nowhere", None, 7, [], {"a": 1}, "\x00", UNKNOWN_ID, f"{UNKNOWN_ID}/x"])
def test_a_refused_press_says_why_and_has_the_button_drawn_anew(user_id: UUID, given: object) -> None:
    async def act(tab: State) -> tuple[bool, list[str], str]:
        button = await tab.get_state(StockAlertButtonState)
        await StockAlertButtonState.toggle.fn(button, given, True)
        return button.render_key != "", list(button.waiting), (await tab.get_state(LayoutState)).message

    assert run_in_tab(act) == (True, [], "This item doesn't exist or is no longer for sale.")


def test_the_page_lists_the_viewers_own_and_follows_changes(user_id: UUID, mug: Listing) -> None:
    with db.writing() as session:
        bob = make_user(session, email="bob@example.com").user.id
        for each in (user_id, bob):
            service.add(session, user_id=each, listing_id=mug.id, variant_id=mug.variants[0].id, now=NOW)

    async def act(tab: State) -> tuple[str, list[StockAlertView], bool]:
        page = await tab.get_state(StockAlertsState)
        await StockAlertsState.load.fn(page)
        live_updates._due_at.clear()
        live_updates.invalidate([stock_alerts_tag(user_id)])
        return page.status, list(page.alerts), ("", live_updates.Region.PAGE) in live_updates._due_at

    view = StockAlertView(key=key(mug), title="Mug", choice="Green", href=PATH, shop_name="Clay & Co")
    assert run_in_tab(act) == ("ready", [view], True)
