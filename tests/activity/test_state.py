"""Opening a listing records a view without a query; the page of stats shows what was counted."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from reflex.istate.data import RouterData
from reflex.state import State

from platform_app.domain.accounts import rules as accounts
from platform_app.domain.activity import service
from platform_app.domain.activity.schemas import DailyCounts
from platform_app.domain.catalog.schemas import Listing
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shops.rules import Permission
from platform_app.domain.shops.service import invitations, members
from platform_app.infra import cache, db, event_buffer
from state.activity import ActivityStatsState
from state.catalog import ListingState
from state.core import live_updates, sockets
from tests.conftest import assert_queries
from tests.factories import make_user
from tests.favourites.helpers import create_mug

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture(autouse=True)
def empty_event_buffer(clean: None) -> Iterator[None]:
    """Each test starts with an empty event buffer, and leaves no socket open."""
    event_buffer._pending.clear()
    yield
    event_buffer._pending.clear()
    sockets._digests.clear()
    for token, _ in list(live_updates._subscriptions):
        live_updates.unsubscribe(token)


def make_tab(path: str, *, token: str = "a-tab", session: str = "", agent: str = FIREFOX) -> State:
    """A tab at this URL, with this session's token."""
    root = State(_reflex_internal_init=True)
    router_data = {"token": token, "sid": token, "pathname": path, "asPath": path, "query": {}}
    root.router = RouterData.from_router_data(
        {**router_data, "headers": {"origin": "http://localhost", "user-agent": agent}}
    )
    sockets._digests[token] = accounts.digest(session) if session else ""
    return root


def recorded_views(mug: Listing, *tabs: State) -> list[tuple[str, str]]:
    """The views that these tabs record when each opens the listing twice."""

    async def run() -> None:
        cache._redis.cache_clear()
        cache.set_listening(True)
        try:
            for _ in range(2):
                for each in tabs:
                    await ListingState.load.fn(await each.get_state(ListingState))
                    live_updates.unsubscribe("a-tab")
        finally:
            cache.set_listening(False)
            await cache._redis().aclose()
            cache._redis.cache_clear()

    asyncio.run(run())
    return [(partition, sort) for (_, partition, _), found in event_buffer._pending.items() for sort in found]


def listing_url(mug: Listing) -> str:
    return f"/shops/{mug.shop_slug}/{mug.slug}"


def make_session(email: str) -> tuple[UUID, str]:
    with db.writing() as session:
        created = make_user(session, email=email, name="Someone")
    return created.user.id, created.token


def test_each_tab_and_each_user_records_one_view_without_identity() -> None:
    mug = create_mug()
    user_id, session = make_session("ada@example.com")
    tabs = [
        make_tab(listing_url(mug)),
        make_tab(listing_url(mug), token="b-tab"),
        make_tab(listing_url(mug), token="c-tab", session=session),
    ]
    views = recorded_views(mug, *tabs, make_tab(listing_url(mug), token="d-tab", session=session))
    assert len(views) == 3
    assert {sort.partition("/")[0] for _, sort in views} == {str(mug.id)}
    assert {partition.partition("/")[0] for partition, _ in views} == {str(utc_now().date())}
    assert not any(name in str(event_buffer._pending) for name in (str(user_id), "a-tab", "b-tab", session))


def test_robots_shop_members_and_missing_pages_record_no_view() -> None:
    mug = create_mug()
    _, session = make_session("ada@example.com")
    with db.writing() as writing:
        members.make_owner(writing, slug=mug.shop_slug, email="ada@example.com", now=utc_now())
    robot, member_tab = (
        make_tab(listing_url(mug), agent="Googlebot/2.1"),
        make_tab(listing_url(mug), token="mine", session=session),
    )
    assert (
        recorded_views(
            mug, robot, make_tab(listing_url(mug), agent=""), member_tab, make_tab("/shops/clay-and-co/none")
        )
        == []
    )


def test_a_view_of_a_cached_page_is_recorded_without_a_query() -> None:
    mug = create_mug()
    _, session = make_session("ada@example.com")

    async def run() -> None:
        cache._redis.cache_clear()
        cache.set_listening(True)
        try:
            cookies = {"first": "", "second": session, "third": "", "fourth": session}
            tabs = [make_tab(listing_url(mug), token=name, session=cookie) for name, cookie in cookies.items()]
            for each in tabs[:2]:
                await ListingState.load.fn(await each.get_state(ListingState))
            event_buffer._pending.clear()
            with assert_queries(db.engine(), 0):
                for each in tabs[2:]:
                    await ListingState.load.fn(await each.get_state(ListingState))
        finally:
            cache.set_listening(False)
            await cache._redis().aclose()
            cache._redis.cache_clear()

    asyncio.run(run())
    assert event_buffer.pending_count() == 2


def load_stats(path: str, session: str) -> ActivityStatsState:
    async def run() -> ActivityStatsState:
        cache._redis.cache_clear()
        try:
            state = await make_tab(path, session=session).get_state(ActivityStatsState)
            await ActivityStatsState.load.fn(state)
            return state
        finally:
            await cache._redis().aclose()
            cache._redis.cache_clear()
            live_updates.unsubscribe("a-tab")

    return asyncio.run(run())


def test_the_page_shows_stats_to_members_with_the_permission() -> None:
    mug, today = create_mug(), utc_now().date()
    owner_id, owner = make_session("olga@example.com")
    staff_id, staff = make_session("sam@example.com")
    with db.writing() as session:
        members.make_owner(session, slug=mug.shop_slug, email="olga@example.com", now=utc_now())
        service.record(
            session,
            counts=[DailyCounts(shop_id=mug.shop_id, listing_id=mug.id, day=today, views=1234, favourites=61)],
        )
        invitation = invitations.invite(
            session, user_id=owner_id, shop=mug.shop_slug, email="sam@example.com",
            permissions=(Permission.LISTINGS,), now=utc_now(),
        )  # fmt: skip
        invitations.accept(session, user_id=staff_id, invitation_id=invitation.id, now=utc_now())
    stats = load_stats("/sell/clay-and-co/figures?days=7&order=saved", owner)
    assert (stats.status, stats.stage) == ("ready", "some")
    assert [(each.label, each.value, each.change) for each in stats.totals] == [
        ("Views", "1,234", "None in the previous 7 days"),
        ("Favourites", "61", "None in the previous 7 days"),
        ("Favourite rate", "4.9%", "of visitors"),
    ]
    assert [(each.title, each.views, each.favourites, each.saved_rate) for each in stats.rows] == [
        ("Stoneware mug", "1,234", "61", "4.9%")
    ]
    assert (len(stats.chart.days), stats.chart.views.scale_max, stats.chart.favourites.scale_max) == (7, 2000, 80)
    assert [each.label for each in stats.day_ranges + stats.sort_options if each.is_selected] == [
        "7 days",
        "Favourite rate",
    ]
    refused = load_stats("/sell/clay-and-co/figures", staff)
    assert (refused.status, refused.totals, refused.rows, refused.chart.days) == ("forbidden", [], [], [])
    assert load_stats("/sell/clay-and-co/figures?days=8&order=x&cursor=made-up", owner).chart.range_key.startswith(
        str(today - timedelta(29))
    )


def test_a_shop_without_visits_shows_what_to_do_next() -> None:
    mug = create_mug()
    _, owner = make_session("olga@example.com")
    with db.writing() as session:
        members.make_owner(session, slug=mug.shop_slug, email="olga@example.com", now=utc_now())
    assert load_stats("/sell/clay-and-co/figures", owner).stage == "quiet"
