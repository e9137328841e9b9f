"""The members of a shop, and what each may do."""

from uuid import UUID

import pytest
from sqlalchemy import text

from platform_app.domain.accounts.errors import UserNotFound, WrongPassword
from platform_app.domain.accounts.schemas import User
from platform_app.domain.accounts.tags import user_tag
from platform_app.domain.shops import queries, service
from platform_app.domain.shops.errors import (
    InvalidShop,
    LastOwner,
    MemberNotFound,
    NotPermitted,
    OwnsShop,
    ShopNotFound,
    TooManyShops,
)
from platform_app.domain.shops.rules import MAX_SHOPS, MemberRole, Permission
from platform_app.domain.shops.schemas import Shop, ShopInput
from platform_app.domain.shops.service import invitations, members, opening
from platform_app.infra.db import INVALIDATED_TAGS, WriteSession
from tests.factories import NOW, PASSWORD, make_owner, make_shop, make_user

CLAY = ShopInput(name="Clay & Co", slug="clay-and-co", country="GB", currency="GBP")


def make_staff(session: WriteSession, shop: Shop, *permissions: Permission, by: User, email: str) -> User:
    user = make_user(session, email=email).user
    given = invitations.invite(session, user_id=by.id, shop=shop.slug, email=email, permissions=permissions, now=NOW)
    invitations.accept(session, user_id=user.id, invitation_id=given.id, now=NOW)
    return user


def all_members(session: WriteSession) -> list[tuple[object, ...]]:
    rows = session.execute(text("SELECT shop_id, user_id, role, permissions FROM shop_member ORDER BY 1, 2"))
    return [tuple(row) for row in rows]


def test_a_user_who_opens_a_shop_owns_it_with_all_permissions(session: WriteSession) -> None:
    ada = make_user(session).user
    opened = opening.open_shop(session, user_id=ada.id, shop_input=CLAY, now=NOW)
    assert (opened.slug, opened.name, opened.currency) == ("clay-and-co", "Clay & Co", "GBP")
    assert (opened.role, opened.permissions) == (MemberRole.OWNER, tuple(Permission))
    assert queries.memberships(session, user_id=ada.id) == (opened,)
    assert user_tag(ada.id) in session.info[INVALIDATED_TAGS]
    for permission in (None, *Permission):
        assert queries.require_membership(session, user_id=ada.id, shop="clay-and-co", permission=permission) == opened


def test_a_shop_is_not_found_for_users_who_are_not_members(session: WriteSession) -> None:
    shop = make_shop(session)
    make_owner(session, shop=shop)
    stranger = make_user(session, email="eve@example.com").user
    for slug in (shop.slug, "no-such-shop", "no slug", "\x00", "", f"{shop.slug}\n"):
        with pytest.raises(ShopNotFound):
            queries.require_membership(session, user_id=stranger.id, shop=slug)
    with pytest.raises(ShopNotFound):
        queries.require_membership(session, user_id=UUID(int=0), shop=shop.slug)
    assert queries.memberships(session, user_id=stranger.id) == ()


def test_all_problems_of_a_new_shop_are_reported_at_once_and_nothing_is_opened(session: WriteSession) -> None:
    ada = make_user(session).user
    with pytest.raises(InvalidShop) as refused:
        opening.open_shop(
            session, user_id=ada.id, shop_input=ShopInput(name=" ", slug="open", country="ZZ", currency="X"), now=NOW
        )
    assert refused.value.fields == {
        "name": "Enter the shop's name.",
        "slug": '"open" is reserved. Choose another web address.',
        "country": "Choose a country.",
        "currency": '"X" isn\'t a currency code. Choose one such as USD.',
    }
    assert queries.memberships(session, user_id=ada.id) == ()
    assert not queries.any_shop_exists(session)


def test_a_taken_slug_is_refused_with_a_free_suggestion(session: WriteSession) -> None:
    theirs = make_shop(session, slug="clay-and-co", name="Another")
    ada = make_user(session).user
    with pytest.raises(InvalidShop) as refused:
        opening.open_shop(session, user_id=ada.id, shop_input=CLAY, now=NOW)
    assert refused.value.fields == {"slug": 'This web address is taken. Try "clay-and-co-2".'}
    assert queries.by_slug(session, slug="clay-and-co") == theirs
    assert all_members(session) == []
    advice = queries.slug_availability(session, requested="Clay & Co")
    assert (advice.slug, advice.is_free, advice.suggestion) == ("clay-co", True, "")
    taken = queries.slug_availability(session, requested="clay-and-co")
    assert (taken.is_free, taken.suggestion) == (False, "clay-and-co-2")
    assert not queries.slug_availability(session, requested="open").is_free
    assert not queries.slug_availability(session, requested="…").is_free


def test_the_number_of_shops_per_user_is_limited(session: WriteSession) -> None:
    ada = make_user(session).user
    for number in range(MAX_SHOPS):
        opening.open_shop(session, user_id=ada.id, shop_input=CLAY.model_copy(update={"slug": f"s{number}"}), now=NOW)
    with pytest.raises(TooManyShops):
        opening.open_shop(session, user_id=ada.id, shop_input=CLAY, now=NOW)
    assert queries.find_by_slug(session, slug="clay-and-co") is None


def test_staff_have_their_given_permissions_only(session: WriteSession) -> None:
    shop = make_shop(session)
    ada = make_owner(session, shop=shop).user
    bea = make_staff(session, shop, Permission.STOCK, Permission.LISTINGS, by=ada, email="bea@example.com")
    membership = queries.require_membership(session, user_id=bea.id, shop=shop.slug, permission=Permission.STOCK)
    assert (membership.role, membership.permissions) == (MemberRole.STAFF, (Permission.LISTINGS, Permission.STOCK))
    for permission in (Permission.IMPORTS, Permission.STATS, Permission.SHOP, Permission.STAFF):
        with pytest.raises(NotPermitted):
            queries.require_membership(session, user_id=bea.id, shop=shop.slug, permission=permission)


def test_no_member_grants_or_changes_permissions_beyond_their_own(session: WriteSession) -> None:
    shop = make_shop(session)
    ada = make_owner(session, shop=shop).user
    few = make_staff(session, shop, Permission.STAFF, Permission.STOCK, by=ada, email="few@example.com")
    more = make_staff(session, shop, Permission.STAFF, Permission.SHOP, by=ada, email="more@example.com")
    before = all_members(session)
    given = {"session": session, "user_id": few.id, "shop": shop.slug}
    staff = {"role": MemberRole.STAFF}
    for forbidden in (
        lambda: members.change(**given, member_id=few.id, permissions=tuple(Permission), **staff),
        lambda: members.change(**given, member_id=few.id, permissions=(), role=MemberRole.OWNER),
        lambda: members.change(**given, member_id=ada.id, permissions=(), **staff),
        lambda: members.change(**given, member_id=more.id, permissions=(), **staff),
        lambda: members.remove(**given, member_id=ada.id),
        lambda: members.remove(**given, member_id=more.id),
        lambda: invitations.invite(**given, email="new@example.com", permissions=(Permission.SHOP,), now=NOW),
    ):
        with pytest.raises(NotPermitted):
            forbidden()
    assert all_members(session) == before
    assert [each.email for each in queries.invitations(session, shop_id=shop.id, now=NOW)] == []


def test_a_member_is_changed_and_removed_and_becomes_no_owner_by_it(session: WriteSession) -> None:
    shop = make_shop(session)
    ada = make_owner(session, shop=shop).user
    bea = make_staff(session, shop, Permission.STOCK, by=ada, email="bea@example.com")
    given = {"session": session, "user_id": ada.id, "shop": shop.slug, "member_id": bea.id}
    changed = members.change(**given, role=MemberRole.STAFF, permissions=(Permission.SHOP,))
    assert (changed.role, changed.permissions) == (MemberRole.STAFF, (Permission.SHOP,))
    with pytest.raises(NotPermitted, match="Confirm a new owner with your password"):
        members.change(**given, role=MemberRole.OWNER, permissions=())
    assert queries.member(session, shop_id=shop.id, user_id=bea.id) == changed
    members.make_owner(session, slug=shop.slug, email="bea@example.com", now=NOW)
    members.remove(**given)
    assert user_tag(bea.id) in session.info[INVALIDATED_TAGS]
    with pytest.raises(ShopNotFound):
        queries.require_membership(session, user_id=bea.id, shop=shop.slug)
    with pytest.raises(MemberNotFound):
        members.remove(**given)


def test_a_shop_keeps_its_last_owner(session: WriteSession) -> None:
    shop = make_shop(session)
    ada = make_owner(session, shop=shop).user
    before = all_members(session)
    given = {"session": session, "user_id": ada.id, "shop": shop.slug, "member_id": ada.id}
    with pytest.raises(LastOwner):
        members.remove(**given)
    with pytest.raises(LastOwner):
        members.change(**given, role=MemberRole.STAFF, permissions=tuple(Permission))
    with pytest.raises(OwnsShop):
        members.delete_account(session, user_id=ada.id, password=PASSWORD)
    assert all_members(session) == before


def test_an_owner_leaves_and_deletes_their_account_when_another_owner_stays(session: WriteSession) -> None:
    shop = make_shop(session)
    ada = make_owner(session, shop=shop).user
    bea = make_owner(session, shop=shop, email="bea@example.com").user
    members.delete_account(session, user_id=ada.id, password=PASSWORD)
    assert [each.user_id for each in queries.members(session, shop_id=shop.id)] == [bea.id]
    assert session.execute(text("SELECT email FROM user_account")).scalars().all() == ["bea@example.com"]


def test_a_wrong_password_deletes_neither_account_nor_membership(session: WriteSession) -> None:
    shop = make_shop(session)
    ada = make_owner(session, shop=shop).user
    bea = make_staff(session, shop, Permission.STOCK, by=ada, email="bea@example.com")
    with session.begin_nested() as step:
        with pytest.raises(WrongPassword):
            members.delete_account(session, user_id=bea.id, password="not it")
        step.rollback()
    assert queries.require_membership(session, user_id=bea.id, shop=shop.slug).permissions == (Permission.STOCK,)


def test_making_the_same_owner_twice_changes_nothing(session: WriteSession) -> None:
    shop = make_shop(session)
    ada = make_owner(session, shop=shop).user
    bea = make_staff(session, shop, Permission.STOCK, by=ada, email="bea@example.com")
    for _ in range(2):
        owned = members.make_owner(session, slug=shop.slug, email="BEA@example.com", now=NOW)
    assert (owned.user_id, owned.role, owned.permissions) == (bea.id, MemberRole.OWNER, tuple(Permission))
    before = all_members(session)
    with pytest.raises(ShopNotFound, match='There is no shop "nothing"'):
        members.make_owner(session, slug="nothing", email="bea@example.com", now=NOW)
    with pytest.raises(UserNotFound):
        members.make_owner(session, slug=shop.slug, email="nobody@example.com", now=NOW)
    assert all_members(session) == before


def test_a_closed_shop_has_no_members(session: WriteSession) -> None:
    shop = make_shop(session)
    ada = make_owner(session, shop=shop).user
    service.delete_shop(session, shop=shop)
    assert all_members(session) == []
    assert queries.memberships(session, user_id=ada.id) == ()


def copies(session: WriteSession) -> list[tuple[object, ...]]:
    return [tuple(row) for row in session.execute(text("SELECT user_id, shop_id FROM user_shop ORDER BY 1, 2"))]


def test_every_change_of_a_membership_changes_its_copy_by_user(session: WriteSession) -> None:
    ada, bob = make_user(session).user, make_user(session, email="bob@example.com").user
    clay = opening.open_shop(session, user_id=ada.id, shop_input=CLAY, now=NOW)
    wood = make_shop(session, slug="wood")
    assert copies(session) == [(ada.id, clay.shop_id)]
    members.make_owner(session, slug="wood", email="ada@example.com", now=NOW)
    members.make_owner(session, slug="wood", email="bob@example.com", now=NOW)
    cleo = make_staff(session, wood, Permission.STOCK, by=ada, email="cleo@example.com")
    pairs = [(ada.id, clay.shop_id), (ada.id, wood.id), (bob.id, wood.id), (cleo.id, wood.id)]
    assert copies(session) == sorted(pairs)
    members.remove(session, user_id=ada.id, shop="wood", member_id=cleo.id)
    members.delete_account(session, user_id=bob.id, password=PASSWORD)
    assert copies(session) == sorted(pairs[:2])
    assert [each.slug for each in queries.memberships(session, user_id=ada.id)] == ["clay-and-co", "wood"]


def test_copies_that_an_earlier_release_has_not_written_are_repaired(session: WriteSession) -> None:
    ada, bob = make_user(session).user, make_user(session, email="bob@example.com").user
    clay = opening.open_shop(session, user_id=ada.id, shop_input=CLAY, now=NOW)
    session.execute(text("UPDATE user_shop SET user_id = :user_id"), {"user_id": bob.id})
    assert service.repair_copies(session) == 2
    assert copies(session) == [(ada.id, clay.shop_id)]
    assert {user_tag(ada.id), user_tag(bob.id)} <= session.info[INVALIDATED_TAGS]
    assert service.repair_copies(session) == 0


def test_a_slug_that_a_new_shop_has_taken_over_leads_to_no_other_shop(session: WriteSession) -> None:
    ada = make_user(session).user
    old = opening.open_shop(session, user_id=ada.id, shop_input=CLAY, now=NOW)
    session.execute(text("UPDATE shop SET slug = 'moved' WHERE id = :id"), {"id": old.shop_id})
    with pytest.raises(ShopNotFound):
        queries.require_membership(session, user_id=ada.id, shop="clay-and-co")
    new = make_shop(session, slug="clay-and-co")
    assert queries.shop_id(session, slug="clay-and-co") == new.id
    service.delete_shop(session, shop=new)
    assert queries.shop_id(session, slug="clay-and-co") is None
