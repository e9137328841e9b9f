"""The button on a shop's page and the page of followed shops: what a tab holds, asks for and hears of."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

import pytest
from reflex.istate.data import RouterData
from reflex.state import State

from platform_app.domain.accounts import rules as accounts
from platform_app.domain.following import queries, service
from platform_app.domain.following.tags import follower_count_tag, following_tag
from platform_app.domain.shops.schemas import Shop
from platform_app.infra import cache, db
from state.core import identity, live_updates, sockets
from state.following import FollowButtonState, FollowedShopView, FollowingState
from state.layout import LayoutState
from state.shops import ShopState
from tests.conftest import assert_queries
from tests.factories import NOW, UNKNOWN_ID, make_shop, make_user

Answer = TypeVar("Answer")
CLAY_VIEW = FollowedShopView(slug="clay-and-co", href="/shops/clay-and-co", name="Clay & Co", tagline="", logo="")


@pytest.fixture(autouse=True)
def shop(clean: None) -> Shop:
    """A shop, with another one beside it."""
    with db.writing() as session:
        make_shop(session, slug="wood", name="Wood")
        return make_shop(session)


@pytest.fixture
def user_id(monkeypatch: pytest.MonkeyPatch) -> UUID:
    """A user who is signed in in every tab of this process."""
    with db.writing() as session:
        created = make_user(session)
    monkeypatch.setitem(sockets._digests, "", accounts.digest(created.token))
    return created.user.id


def follow(user_id: UUID, shop: str = "clay-and-co") -> None:
    with db.writing() as session:
        service.follow(session, user_id=user_id, shop=shop, now=NOW)


def run_in_tab(act: Callable[[State], Awaitable[Answer]]) -> Answer:
    """What comes of this in a new tab at the shop's page."""

    async def run() -> Answer:
        cache._redis.cache_clear()
        cache.set_listening(True)
        try:
            tab = State(_reflex_internal_init=True)
            path = "/shops/clay-and-co"
            data = {"token": "", "sid": "", "pathname": path, "asPath": path, "query": {}, "headers": {}}
            tab.router = RouterData.from_router_data(data)
            return await act(tab)
        finally:
            cache.set_listening(False)
            await cache._redis().aclose()
            cache._redis.cache_clear()
            live_updates.unsubscribe("")

    return asyncio.run(run())


async def shown(tab: State) -> tuple[str, str, bool]:
    """What the button and the text beside it say."""
    button = await tab.get_state(FollowButtonState)
    return (await tab.get_state(ShopState)).followers, button.shop, button.is_following


async def load(tab: State) -> None:
    await ShopState.load.fn(await tab.get_state(ShopState))


def test_a_visitor_sees_how_many_follow_and_follows_nothing() -> None:
    with db.writing() as session:
        others = [make_user(session, email=f"{name}@example.com").user.id for name in ("bob", "cleo")]

    async def act(tab: State) -> list[tuple[str, str, bool]]:
        seen = []
        for user_id in (None, *others):
            if user_id:
                follow(user_id)
                cache.clear_local()
            await load(tab)
            seen.append(await shown(tab))
        return seen

    assert run_in_tab(act) == [
        ("No followers yet", "clay-and-co", False),
        ("1 follower", "clay-and-co", False),
        ("2 followers", "clay-and-co", False),
    ]


def test_a_press_follows_another_unfollows_and_the_page_is_invalidated(user_id: UUID, shop: Shop) -> None:
    async def act(tab: State) -> list[tuple[bool, bool]]:
        await load(tab)
        button, seen = await tab.get_state(FollowButtonState), []
        for is_following in (True, True, False):
            live_updates._due_at.clear()
            await FollowButtonState.toggle.fn(button, "clay-and-co", is_following)
            live_updates.invalidate([follower_count_tag(shop.id)])
            seen.append((button.is_following, ("", live_updates.Region.PAGE) in live_updates._due_at))
        return seen

    assert run_in_tab(act) == [(True, True), (True, True), (False, True)]
    with db.reading() as session:
        assert queries.followed_shop_ids(session, user_id=user_id) == frozenset()


def test_a_new_tab_shows_what_is_followed_and_costs_no_query_the_second_time(user_id: UUID) -> None:
    follow(user_id)

    async def act(tab: State) -> tuple[str, str, bool]:
        await load(tab)
        with assert_queries(db.engine(), 0):
            await load(tab)
        return await shown(tab)

    assert run_in_tab(act) == ("1 follower", "clay-and-co", True)


def test_the_answer_for_another_shop_leaves_the_button_as_it_is(user_id: UUID) -> None:
    async def act(tab: State) -> tuple[str, str, bool]:
        await load(tab)
        await FollowButtonState.toggle.fn(await tab.get_state(FollowButtonState), "wood", True)
        return await shown(tab)

    assert run_in_tab(act) == ("No followers yet", "clay-and-co", False)
    with db.reading() as session:
        assert [each.slug for each in queries.of_user(session, user_id=user_id)] == ["wood"]


def test_a_visitor_who_presses_signs_in_and_comes_back() -> None:
    async def act(tab: State) -> str:
        button = await tab.get_state(FollowButtonState)
        with pytest.raises(identity.SignInRequired) as refusal:
            await FollowButtonState.toggle.fn(button, "clay-and-co", True)
        return refusal.value.next_url

    assert run_in_tab(act) == "/shops/clay-and-co"


@pytest.mark.parametrize("slug", ["", "nowhere", None, 7, [], {"a": 1}, "\x00", UNKNOWN_ID])
def test_a_refused_press_says_why_and_has_the_button_drawn_anew(user_id: UUID, slug: object) -> None:
    async def act(tab: State) -> tuple[bool, bool, str]:
        button = await tab.get_state(FollowButtonState)
        await FollowButtonState.toggle.fn(button, slug, True)
        return button.render_key != "", button.is_following, (await tab.get_state(LayoutState)).message

    assert run_in_tab(act) == (True, False, "This shop doesn't exist.")


def test_the_page_lists_the_viewers_own_shops_and_follows_them_live(user_id: UUID) -> None:
    follow(user_id)
    with db.writing() as session:
        bob = make_user(session, email="bob@example.com").user.id
    follow(bob, "wood")

    async def act(tab: State) -> tuple[str, str, list[FollowedShopView], bool]:
        page = await tab.get_state(FollowingState)
        await FollowingState.load.fn(page)
        live_updates._due_at.clear()
        live_updates.invalidate([following_tag(user_id)])
        return page.status, page.total, list(page.shops), ("", live_updates.Region.PAGE) in live_updates._due_at

    assert run_in_tab(act) == ("ready", "1 shop", [CLAY_VIEW], True)


def test_the_page_says_how_many_shops_there_are(user_id: UUID) -> None:
    async def act(tab: State) -> list[str]:
        page, seen = await tab.get_state(FollowingState), []
        for shop in ("", "clay-and-co", "wood"):
            if shop:
                follow(user_id, shop)
            await FollowingState.load.fn(page)
            seen.append(page.total)
        return seen

    assert run_in_tab(act) == ["0 shops", "1 shop", "2 shops"]
