"""The bell's unread count: what a tab stores, what it costs, and when it is announced."""

from uuid import UUID

import pytest
from reflex.state import State

from platform_app.domain.notifications import service
from platform_app.domain.notifications.tags import notifications_tag
from platform_app.infra import cache, db
from state import notifications_bell
from state.core import identity, live_updates
from state.notifications_bell import NotificationBellState
from tests.conftest import assert_queries
from tests.factories import NOW
from tests.favourites.test_state import clean_database, run_in_tab, user_id
from tests.notifications.test_notify import make_content

__all__ = ["clean_database", "user_id"]


def notify(user_id: UUID, *about: str) -> None:
    with db.writing() as session:
        for each in about:
            service.notify(session, user_id=user_id, content=make_content(each), now=NOW)


def test_a_visitors_bell_reads_nothing_and_subscribes_to_nothing() -> None:
    async def act(tab: State) -> set[tuple[str, ...]]:
        with assert_queries(db.engine(), 0):
            await notifications_bell.update_bell(tab, await identity.viewer(tab))
        return live_updates.all_subscribed_keys(live_updates.Region.BELL)

    assert run_in_tab(act) == set()


def test_the_next_page_costs_no_query_and_new_notifications_are_announced_once(user_id: UUID) -> None:
    notify(user_id, "before")

    async def act(tab: State) -> list[tuple[str, str, str]]:
        shown = await tab.get_state(NotificationBellState)
        viewer = await identity.viewer(tab)
        await notifications_bell.update_bell(tab, viewer)
        seen = [(shown.unread, shown.label, shown.announcement)]
        with assert_queries(db.engine(), 0):
            await notifications_bell.update_bell(tab, viewer)
        for change in (lambda: notify(user_id, "one", "two"), lambda: None, lambda: read_all(user_id)):
            change()
            cache.forget_generations([notifications_tag(user_id)])  # as the invalidation does
            await NotificationBellState.refresh.fn(shown)
            seen.append((shown.unread, shown.label, shown.announcement))
        return seen

    three = ("3", "Notifications, 3 unread", "Notifications, 3 unread")
    assert run_in_tab(act) == [("1", "Notifications, 1 unread", ""), three, three, ("", "Notifications", "")]


def read_all(user_id: UUID) -> None:
    with db.writing() as session:
        service.mark_all_read(session, user_id=user_id, now=NOW)


def test_a_tab_whose_state_was_released_sends_its_count_again(user_id: UUID) -> None:
    async def act(tab: State) -> set[str]:
        await notifications_bell.update_bell(tab, await identity.viewer(tab))
        new_state = await State(_reflex_internal_init=True).get_state(NotificationBellState)
        await NotificationBellState.refresh.fn(new_state)
        return new_state.dirty_vars

    assert {"unread", "label"} <= run_in_tab(act)


@pytest.mark.parametrize(("unread", "number"), [(0, ""), (1, "1"), (99, "99"), (100, "99+")])
def test_a_count_above_the_limit_is_no_number(unread: int, number: str) -> None:
    assert notifications_bell.unread_badge(unread) == number
