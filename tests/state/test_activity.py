"""Opening a listing leaves a view and asks for nothing more; the page of figures shows what was counted."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from reflex.istate.data import RouterData
from reflex.state import State

from platform_app.domain.accounts import rules as accounts
from platform_app.domain.activity import service
from platform_app.domain.activity.schemas import Counted
from platform_app.domain.catalog.schemas import Listing
from platform_app.domain.shared.tables import utc_now
from platform_app.domain.shops.rules import Permission
from platform_app.domain.shops.service import invitations, members
from platform_app.infra import cache, db, trail
from state import live, sockets
from state.activity import FiguresState
from state.catalog import ListingState
from tests.conftest import assert_queries
from tests.factories import make_user
from tests.favourites.running import plant_mug

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture(autouse=True)
def nothing_waits(clean: None) -> Iterator[None]:
    """Each test begins with an empty trail, and leaves no socket behind."""
    trail._waiting.clear()
    yield
    trail._waiting.clear()
    sockets._digests.clear()
    for token, _ in list(live._watches):
        live.forget(token)


def tab(path: str, *, token: str = "a-tab", session: str = "", agent: str = FIREFOX) -> State:
    """A tab at this address, of whoever has this session."""
    root = State(_reflex_internal_init=True)
    given = {"token": token, "sid": token, "pathname": path, "asPath": path, "query": {}}
    root.router = RouterData.from_router_data({**given, "headers": {"origin": "http://localhost", "user-agent": agent}})
    sockets._digests[token] = accounts.digest(session) if session else ""
    return root


def left(mug: Listing, *tabs: State) -> list[tuple[str, str]]:
    """What these tabs leave by opening a listing, one after the other, and once more."""

    async def run() -> None:
        cache._redis.cache_clear()
        cache.listening(True)
        try:
            for _ in range(2):
                for each in tabs:
                    await ListingState.load.fn(await each.get_state(ListingState))
                    live.forget("a-tab")
        finally:
            cache.listening(False)
            await cache._redis().aclose()
            cache._redis.cache_clear()

    asyncio.run(run())
    return [(partition, sort) for (_, partition, _), found in trail._waiting.items() for sort in found]


def at(mug: Listing) -> str:
    return f"/shops/{mug.shop_slug}/{mug.slug}"


def make(email: str) -> tuple[UUID, str]:
    with db.writing() as session:
        made = make_user(session, email=email, name="Someone")
    return made.user.id, made.token


def test_each_tab_and_each_user_leaves_one_view_that_names_nobody() -> None:
    mug = plant_mug()
    user_id, session = make("ada@example.com")
    tabs = [tab(at(mug)), tab(at(mug), token="b-tab"), tab(at(mug), token="c-tab", session=session)]
    views = left(mug, *tabs, tab(at(mug), token="d-tab", session=session))
    assert len(views) == 3
    assert {sort.partition("/")[0] for _, sort in views} == {str(mug.id)}
    assert {partition.partition("/")[0] for partition, _ in views} == {str(utc_now().date())}
    assert not any(name in str(trail._waiting) for name in (str(user_id), "a-tab", "b-tab", session))


def test_robots_members_of_the_shop_and_pages_that_are_not_there_leave_none() -> None:
    mug = plant_mug()
    _, session = make("ada@example.com")
    with db.writing() as writing:
        members.own(writing, slug=mug.shop_slug, email="ada@example.com", now=utc_now())
    robot, mine = tab(at(mug), agent="Googlebot/2.1"), tab(at(mug), token="mine", session=session)
    assert left(mug, robot, tab(at(mug), agent=""), mine, tab("/shops/clay-and-co/none")) == []


def test_a_page_that_somebody_has_seen_leaves_its_view_without_a_query() -> None:
    mug = plant_mug()
    _, session = make("ada@example.com")

    async def run() -> None:
        cache._redis.cache_clear()
        cache.listening(True)
        try:
            mine = {"first": "", "second": session, "third": "", "fourth": session}
            tabs = [tab(at(mug), token=name, session=given) for name, given in mine.items()]
            for each in tabs[:2]:
                await ListingState.load.fn(await each.get_state(ListingState))
            trail._waiting.clear()
            with assert_queries(db.engine(), 0):
                for each in tabs[2:]:
                    await ListingState.load.fn(await each.get_state(ListingState))
        finally:
            cache.listening(False)
            await cache._redis().aclose()
            cache._redis.cache_clear()

    asyncio.run(run())
    assert trail.waiting() == 2


def shown(path: str, session: str) -> FiguresState:
    async def run() -> FiguresState:
        cache._redis.cache_clear()
        try:
            state = await tab(path, session=session).get_state(FiguresState)
            await FiguresState.load.fn(state)
            return state
        finally:
            await cache._redis().aclose()
            cache._redis.cache_clear()
            live.forget("a-tab")

    return asyncio.run(run())


def test_the_page_shows_what_was_counted_to_those_who_may_see_figures() -> None:
    mug, today = plant_mug(), utc_now().date()
    owner_id, owner = make("olga@example.com")
    staff_id, staff = make("sam@example.com")
    with db.writing() as session:
        members.own(session, slug=mug.shop_slug, email="olga@example.com", now=utc_now())
        service.record(
            session,
            counted=[Counted(shop_id=mug.shop_id, listing_id=mug.id, day=today, views=1234, favourites=61)],
        )
        given = invitations.invite(
            session, user_id=owner_id, shop=mug.shop_slug, email="sam@example.com",
            permissions=(Permission.LISTINGS,), now=utc_now(),
        )  # fmt: skip
        invitations.accept(session, user_id=staff_id, invitation_id=given.id, now=utc_now())
    found = shown("/sell/clay-and-co/figures?days=7&order=saved", owner)
    assert (found.status, found.stage) == ("ready", "some")
    assert [(each.label, each.value, each.change) for each in found.sums] == [
        ("Views", "1,234", "None in the 7 days before"),
        ("Favourites", "61", "None in the 7 days before"),
        ("Saved by", "4.9\u00a0%", "of the visitors"),
    ]
    assert [(each.title, each.views, each.favourites, each.saved) for each in found.rows] == [
        ("Stoneware mug", "1,234", "61", "4.9\u00a0%")
    ]
    assert (len(found.chart.days), found.chart.views.end, found.chart.favourites.end) == (7, 2000, 80)
    assert [each.label for each in found.ranges + found.orders if each.is_chosen] == ["7 days", "Saved"]
    refused = shown("/sell/clay-and-co/figures", staff)
    assert (refused.status, refused.sums, refused.rows, refused.chart.days) == ("forbidden", [], [], [])
    assert shown("/sell/clay-and-co/figures?days=8&order=x&cursor=made-up", owner).chart.at.startswith(
        str(today - timedelta(29))
    )


def test_a_shop_nobody_has_come_to_is_told_what_to_do_next() -> None:
    mug = plant_mug()
    _, owner = make("olga@example.com")
    with db.writing() as session:
        members.own(session, slug=mug.shop_slug, email="olga@example.com", now=utc_now())
    assert shown("/sell/clay-and-co/figures", owner).stage == "quiet"
