"""Which refreshes a tab runs: those of what it shows, and none of what it has left."""

from collections.abc import Iterator
from typing import cast

import pytest
import reflex as rx
from reflex.istate.data import RouterData
from reflex.state import State

from state.catalog import CategoryState, ListingState
from state.catalog_home import HomeState
from state.core import live_updates

CATEGORY, LISTING, HOME = (
    f"reflex___state____state.{module}.refresh"
    for module in (
        "state___catalog____category_state",
        "state___catalog____listing_state",
        "state___catalog_home____home_state",
    )
)


@pytest.fixture
def tab() -> Iterator[rx.State]:
    """A tab with this token."""
    root = State(_reflex_internal_init=True)
    root.router = RouterData.from_router_data({"token": "a-tab"})
    yield cast(rx.State, root)
    live_updates.unsubscribe("a-tab")


def test_a_refresh_of_the_previous_page_is_stale(tab: rx.State) -> None:
    live_updates.subscribe(tab, tags=("catalog",), refresh=CategoryState.refresh)
    assert not live_updates.is_stale(tab, CATEGORY)
    live_updates.subscribe(tab, tags=("listing:a/b",), refresh=ListingState.refresh)
    assert live_updates.is_stale(tab, CATEGORY)
    assert not live_updates.is_stale(tab, LISTING)


def test_a_new_page_keeps_the_subscription_of_its_favourites(tab: rx.State) -> None:
    live_updates.subscribe(tab, tags=("catalog",), refresh=HomeState.refresh, region=live_updates.Region.FAVOURITES)
    live_updates.subscribe(tab, tags=("listing:a/b",), refresh=ListingState.refresh)
    assert not live_updates.is_stale(tab, HOME)


def test_a_handler_that_is_no_refresh_is_never_stale(tab: rx.State) -> None:
    assert not live_updates.is_stale(tab, "reflex___state____state.state___catalog____category_state.load")


def test_a_refresh_of_a_closed_tab_is_stale(tab: rx.State) -> None:
    live_updates.subscribe(tab, tags=("catalog",), refresh=CategoryState.refresh)
    live_updates.unsubscribe("a-tab")
    assert live_updates.is_stale(tab, CATEGORY)


@pytest.mark.parametrize(
    ("shown", "has_more", "read"),
    [
        (0, False, 20),
        (7, False, 20),
        (20, True, 20),
        (20, False, 20),
        (40, True, 40),
        (23, False, live_updates.MAX_RELOAD),
        (500, True, live_updates.MAX_RELOAD),
    ],
)
def test_a_list_is_reloaded_to_its_shown_length_or_further_at_its_end(shown: int, has_more: bool, read: int) -> None:
    assert live_updates.reload_limit(shown, page_size=20, has_more=has_more) == read
