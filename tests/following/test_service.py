"""Following and unfollowing shops."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from platform_app.domain.accounts.service import profile
from platform_app.domain.following import queries, rules, service
from platform_app.domain.following.errors import TooManyFollowedShops
from platform_app.domain.shared.errors import Unauthenticated
from platform_app.domain.shared.model_base import new_id
from platform_app.domain.shops.errors import ShopNotFound
from platform_app.infra import db
from platform_app.infra.db import WriteSession
from tests.factories import NOW, PASSWORD, make_shop, make_user

LATER = NOW + timedelta(minutes=1)


def test_following_twice_is_following_once_and_the_last_one_is_listed_first(session: WriteSession) -> None:
    ada = make_user(session).user.id
    clay, wood = make_shop(session), make_shop(session, slug="wood", name="Wood", tagline="Spoons")
    for shop, now in (("clay-and-co", NOW), ("wood", LATER), ("clay-and-co", LATER)):
        service.follow(session, user_id=ada, shop=shop, now=now)
    assert queries.followed_shop_ids(session, user_id=ada) == {clay.id, wood.id}
    first, second = queries.of_user(session, user_id=ada)
    assert (first.slug, first.name, first.tagline, first.mark, first.followed_at) == (
        "wood", "Wood", "Spoons", None, LATER,
    )  # fmt: skip
    assert (second.slug, second.followed_at) == ("clay-and-co", NOW)
    assert queries.follower_count(session, shop_id=clay.id) == 1


def test_a_user_unfollows_for_themselves_and_for_nobody_else(session: WriteSession) -> None:
    ada, bob = make_user(session).user.id, make_user(session, email="bob@example.com").user.id
    shop = make_shop(session)
    service.follow(session, user_id=ada, shop="clay-and-co", now=NOW)
    service.unfollow(session, user_id=bob, shop="clay-and-co")
    assert queries.followed_shop_ids(session, user_id=ada) == {shop.id}
    for _ in range(2):
        service.unfollow(session, user_id=ada, shop="clay-and-co")
    assert queries.followed_shop_ids(session, user_id=ada) == frozenset()
    assert queries.follower_count(session, shop_id=shop.id) == 0


@pytest.mark.parametrize("shop", ["", "nowhere", "No Slug", "\x00", "x" * 500])
def test_a_shop_that_does_not_exist_is_followed_by_nobody(session: WriteSession, shop: str) -> None:
    ada = make_user(session).user.id
    with pytest.raises(ShopNotFound):
        service.follow(session, user_id=ada, shop=shop, now=NOW)
    with pytest.raises(ShopNotFound):
        service.unfollow(session, user_id=ada, shop=shop)
    assert queries.of_user(session, user_id=ada) == ()


def test_one_shop_more_than_the_limit_is_refused(clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MAX_FOLLOWED_SHOPS", 1)
    with db.writing() as session:
        ada = make_user(session).user.id
        shop = make_shop(session)
        make_shop(session, slug="wood")
        service.follow(session, user_id=ada, shop="clay-and-co", now=NOW)
    with pytest.raises(TooManyFollowedShops, match="You follow 1 shops, which is the maximum"), db.writing() as session:
        service.follow(session, user_id=ada, shop="wood", now=NOW)
    with db.reading() as reading:
        assert queries.followed_shop_ids(reading, user_id=ada) == {shop.id}


def test_an_account_that_is_gone_follows_nothing(clean: None) -> None:
    with db.writing() as session:
        make_shop(session)
    with pytest.raises(Unauthenticated), db.writing() as session:
        service.follow(session, user_id=new_id(), shop="clay-and-co", now=NOW)


def test_presses_at_the_same_time_are_all_counted_once(clean: None) -> None:
    with db.writing() as session:
        users = [make_user(session, email=f"{name}@example.com").user.id for name in ("ada", "bob", "cleo")]
        shop = make_shop(session)

    def press(user_id: UUID) -> None:
        with db.writing() as session:
            service.follow(session, user_id=user_id, shop="clay-and-co", now=NOW)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(press, users * 4))
    with db.reading() as reading:
        assert queries.follower_count(reading, shop_id=shop.id) == 3


def test_a_copy_has_all_that_is_stored_and_deleting_the_account_removes_it(clean: None) -> None:
    with db.writing() as session:
        ada = make_user(session).user.id
        shop = make_shop(session)
        service.follow(session, user_id=ada, shop="clay-and-co", now=NOW)
        assert queries.export_data(session, user_id=ada) == [
            {
                "id": str(shop.id),
                "slug": "clay-and-co",
                "name": "Clay & Co",
                "tagline": "",
                "followed_at": json_time(NOW),
            }
        ]
    with db.writing() as session:
        profile.delete_account(session, user_id=ada, password=PASSWORD)
        assert session.execute(text("SELECT count(*) FROM follow")).scalar_one() == 0
        assert queries.follower_count(session, shop_id=shop.id) == 0


@pytest.mark.parametrize(
    ("last", "due_at", "expected"),
    [
        (None, None, NOW + timedelta(minutes=10)),
        (NOW - timedelta(hours=2), None, NOW + timedelta(hours=22)),
        (NOW - timedelta(days=2), None, NOW + timedelta(minutes=10)),
        (None, NOW + timedelta(minutes=3), None),
        (None, NOW - timedelta(hours=23), None),
        (None, NOW - timedelta(days=1), NOW + timedelta(minutes=10)),
    ],
)
def test_the_next_time_is_a_day_after_the_last_and_is_set_once(
    last: datetime | None, due_at: datetime | None, expected: datetime | None
) -> None:
    assert rules.next_time(NOW, delay=timedelta(minutes=10), last=last, due_at=due_at) == expected


def json_time(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
