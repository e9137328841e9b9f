"""The bell's count: what a tab holds of it, what it costs, and when it is announced."""

from uuid import UUID

import pytest
from reflex.state import State

from platform_app.domain.notifications import rules, service
from platform_app.infra import cache, db
from state import bell, identity, live
from state.bell import BellState
from tests.conftest import assert_queries
from tests.factories import NOW
from tests.notifications.test_telling import news
from tests.state.test_favourites import in_tab, no_tab_is_left, user_id

__all__ = ["no_tab_is_left", "user_id"]


def tell(user_id: UUID, *about: str) -> None:
    with db.writing() as session:
        for each in about:
            service.tell(session, user_id=user_id, news=news(each), now=NOW)


def test_a_visitors_bell_is_neither_read_nor_followed() -> None:
    async def act(tab: State) -> set[tuple[str, ...]]:
        with assert_queries(db.engine(), 0):
            await bell.show_bell(tab, await identity.viewer(tab))
        return live.watching(live.Part.BELL)

    assert in_tab(act) == set()


def test_the_next_page_costs_no_query_and_what_has_come_is_announced_once(user_id: UUID) -> None:
    tell(user_id, "before")

    async def act(tab: State) -> list[tuple[str, str, str]]:
        shown = await tab.get_state(BellState)
        viewer = await identity.viewer(tab)
        await bell.show_bell(tab, viewer)
        seen = [(shown.unread, shown.label, shown.said)]
        with assert_queries(db.engine(), 0):
            await bell.show_bell(tab, viewer)
        for change in (lambda: tell(user_id, "one", "two"), lambda: None, lambda: read_all(user_id)):
            change()
            cache.forget([rules.tag(user_id)])  # as the poke does
            await BellState.refresh.fn(shown)
            seen.append((shown.unread, shown.label, shown.said))
        return seen

    three = ("3", "Notifications, 3 unread", "Notifications, 3 unread")
    assert in_tab(act) == [("1", "Notifications, 1 unread", ""), three, three, ("", "Notifications", "")]


def read_all(user_id: UUID) -> None:
    with db.writing() as session:
        service.read_all(session, user_id=user_id, now=NOW)


def test_a_tab_whose_states_were_let_go_of_is_told_its_count_again(user_id: UUID) -> None:
    async def act(tab: State) -> set[str]:
        await bell.show_bell(tab, await identity.viewer(tab))
        anew = await State(_reflex_internal_init=True).get_state(BellState)
        await BellState.refresh.fn(anew)
        return anew.dirty_vars

    assert {"unread", "label"} <= in_tab(act)


@pytest.mark.parametrize(("unread", "number"), [(0, ""), (1, "1"), (99, "99"), (100, "99+")])
def test_more_than_many_are_no_number(unread: int, number: str) -> None:
    assert bell.counted(unread) == number
