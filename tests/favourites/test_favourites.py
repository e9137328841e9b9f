"""Adding, listing and removing favourites."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from platform_app.domain.accounts.service import profile
from platform_app.domain.catalog import service as catalog
from platform_app.domain.catalog.errors import ListingNotFound
from platform_app.domain.catalog.rules import Status
from platform_app.domain.catalog.schemas import VariantInput
from platform_app.domain.favourites import queries, rules, service
from platform_app.domain.favourites.errors import TooManyFavourites
from platform_app.domain.favourites.service import followers
from platform_app.domain.shared.errors import Unauthenticated
from platform_app.domain.shared.money import Money
from platform_app.domain.shared.paging import InvalidCursor
from platform_app.domain.shops import queries as shops
from platform_app.infra import db
from platform_app.infra.db import WriteSession
from tests.accounts.helpers import create_user
from tests.conftest import assert_queries
from tests.factories import NOW, PASSWORD, index_listings, make_listing, make_shop, make_user
from tests.favourites.helpers import create_mug, like, rows, set_price


def test_a_favourite_stores_the_lowest_price_of_its_moment(session: WriteSession) -> None:
    user = make_user(session).user
    cups = (VariantInput(choice=("S",), price=900), VariantInput(choice=("L",), price=1200))
    mug = make_listing(session, options=("Size",), variants=cups)
    assert service.add(session, user_id=user.id, listing_id=mug.id, now=NOW) == {mug.id}
    page = queries.of_user(session, user_id=user.id, limit=10)
    (found,) = page.items
    assert (found.listing_id, found.title, found.created_at) == (mug.id, "Stoneware mug", NOW)
    assert (found.price_then, found.saving) == (Money(amount=900, currency="USD"), None)
    assert found.card is not None
    assert (found.card.slug, page.next_cursor) == (mug.slug, None)


def test_adding_twice_and_removing_twice_change_nothing(session: WriteSession) -> None:
    user = make_user(session).user
    mug = make_listing(session)
    for now in (NOW, NOW + timedelta(days=1)):
        assert service.add(session, user_id=user.id, listing_id=mug.id, now=now) == {mug.id}
    assert queries.of_user(session, user_id=user.id, limit=10).items[0].created_at == NOW
    for _ in range(2):
        assert service.remove(session, user_id=user.id, listing_id=mug.id) == frozenset()
    assert session.execute(text("SELECT count(*) FROM favourite_change")).scalar_one() == 2


@pytest.mark.parametrize("status", [Status.DRAFT, Status.ARCHIVED, None])
def test_only_a_listing_for_sale_can_be_added(session: WriteSession, status: Status | None) -> None:
    user = make_user(session).user
    listing_id = make_listing(session, status=status).id if status else uuid4()
    with pytest.raises(ListingNotFound):
        service.add(session, user_id=user.id, listing_id=listing_id, now=NOW)
    assert queries.favourite_ids(session, user_id=user.id) == frozenset()


def test_favourites_are_private_to_their_user(session: WriteSession) -> None:
    ada, bob = make_user(session).user, make_user(session, email="bob@example.com").user
    mug = make_listing(session)
    service.add(session, user_id=ada.id, listing_id=mug.id, now=NOW)
    assert queries.of_user(session, user_id=bob.id, limit=10).items == ()
    assert service.remove(session, user_id=bob.id, listing_id=mug.id) == frozenset()
    assert queries.favourite_ids(session, user_id=ada.id) == {mug.id}


def test_a_favourite_beyond_the_limit_is_refused_and_changes_nothing(
    session: WriteSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MAX_FAVOURITES", 2)
    user = make_user(session).user
    mugs = [make_listing(session, key=f"mug-{n}") for n in range(3)]
    for mug in mugs[:2]:
        service.add(session, user_id=user.id, listing_id=mug.id, now=NOW)
    with pytest.raises(TooManyFavourites, match="You have 2 favourites"), session.begin_nested():
        service.add(session, user_id=user.id, listing_id=mugs[2].id, now=NOW)
    assert service.add(session, user_id=user.id, listing_id=mugs[0].id, now=NOW) == {mug.id for mug in mugs[:2]}


def test_favourites_are_listed_page_by_page_newest_first(session: WriteSession) -> None:
    user = make_user(session).user
    mugs = [make_listing(session, key=f"mug-{n}") for n in range(5)]
    for number, mug in enumerate(mugs):
        service.add(session, user_id=user.id, listing_id=mug.id, now=NOW + timedelta(seconds=number // 2))
    seen, cursor = [], None
    for size in (2, 2, 1):
        page = queries.of_user(session, user_id=user.id, cursor=cursor, limit=2)
        assert len(page.items) == size
        seen += [found.listing_id for found in page.items]
        cursor = page.next_cursor
    assert (seen, cursor) == ([mugs[number].id for number in (4, 3, 2, 1, 0)], None)


def test_a_cursor_of_another_user_or_a_forged_one_is_refused(session: WriteSession) -> None:
    ada, bob = make_user(session).user, make_user(session, email="bob@example.com").user
    for n in range(2):
        listing = make_listing(session, key=f"mug-{n}")
        service.add(session, user_id=ada.id, listing_id=listing.id, now=NOW)
    cursor = queries.of_user(session, user_id=ada.id, limit=1).next_cursor
    for user_id, given in ((bob.id, cursor), (ada.id, "x"), (ada.id, "é\x00")):
        with pytest.raises(InvalidCursor):
            queries.of_user(session, user_id=user_id, cursor=given, limit=1)


def test_a_favourite_shows_savings_and_whether_it_is_sold_out_or_unavailable(clean: None) -> None:
    user, mug = create_user(), create_mug()
    bowl = create_mug(key="bowl", title="Bowl")
    like(user.id, mug.id, bowl.id)
    set_price(1600)
    with db.writing() as session:
        catalog.remove_many(session, shop=make_shop(session), keys=["bowl"])
        index_listings(session, mug.id)
    with db.reading() as session:
        found = {one.listing_id: one for one in queries.of_user(session, user_id=user.id, limit=10).items}
    assert found[mug.id].saving == Money(amount=400, currency="USD")
    assert (found[bowl.id].card, found[bowl.id].saving, found[bowl.id].title) == (None, None, "Bowl")
    set_price(2500)
    with db.writing() as session:
        index_listings(session, mug.id)
        assert service.remove(session, user_id=user.id, listing_id=bowl.id) == {mug.id}
        assert queries.of_user(session, user_id=user.id, limit=10).items[0].saving is None


def test_commands_and_queries_take_a_fixed_number_of_statements(clean: None) -> None:
    user, mug = create_user(), create_mug()
    for command, count in ((service.add, 4), (service.remove, 3)):
        given = {"now": NOW} if command is service.add else {}
        with assert_queries(db.engine(), count), db.writing() as session:
            command(session, user_id=user.id, listing_id=mug.id, **given)
    for query, count, given in (
        (queries.favourite_ids, 1, {"user_id": user.id}),
        (queries.of_user, 2, {"user_id": user.id, "limit": 16}),
        (queries.follower_count, 1, {"shop_id": mug.shop_id, "listing_id": mug.id}),
    ):
        with assert_queries(db.engine(), count), db.reading() as session:
            query(session, **given)


def test_concurrent_favourites_are_each_counted_once(clean: None) -> None:
    ada, bob, mug = create_user(), create_user(email="bob@example.com"), create_mug()
    barrier = Barrier(8)

    def press(number: int) -> frozenset[object]:
        barrier.wait()
        with db.writing() as session:
            return service.add(session, user_id=(ada, bob)[number % 2].id, listing_id=mug.id, now=NOW)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(press, range(8))) == {frozenset({mug.id})}
    assert sorted(rows("SELECT user_id FROM favourite")) == sorted([(ada.id,), (bob.id,)])
    with db.writing() as session:
        assert followers.refresh_changed(session) == 1
    assert rows("SELECT listing_id, followers FROM favourite_count") == [(mug.id, 2)]


def test_adding_a_listing_while_it_is_deleted_leaves_an_unavailable_favourite_or_none(clean: None) -> None:
    user = create_user()
    for _ in range(8):
        mug, barrier = create_mug(), Barrier(2)

        def press(mug_id: UUID = mug.id, barrier: Barrier = barrier) -> bool:
            barrier.wait()
            try:
                with db.writing() as session:
                    service.add(session, user_id=user.id, listing_id=mug_id, now=NOW)
            except ListingNotFound:
                return False
            return True

        def delete(barrier: Barrier = barrier) -> bool:
            with db.writing() as session:
                shop = shops.find_by_slug(session, slug="clay-and-co")
                assert shop is not None
                barrier.wait()
                return catalog.remove_many(session, shop=shop, keys=["mug"]) == ["mug"]

        with ThreadPoolExecutor(2) as pool:
            liked, deleted = pool.submit(press), pool.submit(delete)
            was_liked, was_deleted = liked.result(), deleted.result()
        assert was_deleted
        with db.writing() as session:
            followers.refresh_changed(session)
            found = queries.of_user(session, user_id=user.id, limit=1).items
            assert [(one.listing_id, one.card) for one in found] == ([(mug.id, None)] if was_liked else [])
            service.remove(session, user_id=user.id, listing_id=mug.id)
        assert rows("SELECT * FROM favourite_count") == []


def test_follower_counts_follow_the_rows_even_after_an_account_is_deleted(clean: None) -> None:
    ada, bob, mug = create_user(), create_user(email="bob@example.com"), create_mug()
    for user in (ada, bob):
        like(user.id, mug.id)

    def counted(count_all: bool = False) -> tuple[int, int]:
        with db.writing() as session:
            changed = followers.refresh_all(session) if count_all else followers.refresh_changed(session)
            return changed, queries.follower_count(session, shop_id=mug.shop_id, listing_id=mug.id)

    assert counted() == (1, 2)
    assert counted() == (0, 2)
    with db.writing() as session:
        service.remove(session, user_id=ada.id, listing_id=mug.id)
    assert counted() == (1, 1)
    with db.writing() as session:
        profile.delete_account(session, user_id=bob.id, password=PASSWORD)
    assert rows("SELECT * FROM favourite") == []
    assert counted() == (0, 1)
    assert counted(count_all=True) == (1, 0)


def test_a_deleted_user_cannot_add_favourites(clean: None) -> None:
    mug = create_mug()
    with pytest.raises(Unauthenticated), db.writing() as session:
        service.add(session, user_id=uuid4(), listing_id=mug.id, now=NOW)
    assert rows("SELECT user_id FROM favourite") == []


def test_a_copy_by_shop_that_has_gone_wrong_is_repaired(clean: None) -> None:
    ada, bob, mug = create_user(), create_user(email="bob@example.com"), create_mug()
    like(ada.id, mug.id)
    gone = {"shop_id": uuid4(), "listing_id": uuid4(), "user_id": ada.id}
    with db.writing() as session:
        session.execute(text("DELETE FROM favourite_change"))  # as by a release that does not know the copy
        session.execute(
            text("INSERT INTO listing_follower VALUES (:shop_id, :listing_id, :user_id)"),
            {"shop_id": mug.shop_id, "listing_id": mug.id, "user_id": bob.id},
        )
        session.execute(
            text(
                "INSERT INTO favourite (user_id, listing_id, shop_id, title, price_then, currency, created_at) "
                "VALUES (:user_id, :listing_id, :shop_id, 'Gone with its shop', 1, 'USD', now())"
            ),
            gone,
        )
    with db.writing() as session:
        assert followers.refresh_all(session) == 1
    assert rows("SELECT shop_id, listing_id, user_id FROM listing_follower") == [(mug.shop_id, mug.id, ada.id)]
    assert rows("SELECT listing_id, followers FROM favourite_count") == [(mug.id, 1)]
    with db.writing() as session:
        assert followers.refresh_all(session) == 0


def test_a_shops_followers_are_those_whose_last_change_was_to_add(clean: None) -> None:
    ada, mug = create_user(), create_mug()
    for change in (service.remove, None, service.remove, None):
        if change is None:
            like(ada.id, mug.id)
        else:
            with db.writing() as session:
                change(session, user_id=ada.id, listing_id=mug.id)
    with db.writing() as session:
        followers.refresh_changed(session)
        assert queries.follower_ids(session, shop_id=mug.shop_id, listing_ids=[mug.id]) == [ada.id]
        service.remove(session, user_id=ada.id, listing_id=mug.id)
        followers.refresh_changed(session)
        assert queries.follower_ids(session, shop_id=mug.shop_id, listing_ids=[mug.id]) == []
