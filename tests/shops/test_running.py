"""Who runs a shop, and what they may do in it."""

from uuid import UUID

import pytest

from platform_app.domain.shops import queries
from platform_app.domain.shops.errors import ShopNotFound
from platform_app.domain.shops.rules import MemberRole, Permission
from platform_app.domain.shops.schemas import Opening
from platform_app.domain.shops.service import opening
from platform_app.infra.db import WriteSession
from tests.factories import NOW, make_owner, make_shop, make_user

CLAY = Opening(name="Clay & Co", slug="clay-and-co", country="GB", currency="GBP")


def test_whoever_opens_a_shop_owns_it_and_may_do_everything(session: WriteSession) -> None:
    ada = make_user(session).user
    opened = opening.open_for(session, user_id=ada.id, opening=CLAY, now=NOW)
    assert (opened.slug, opened.name, opened.currency, opened.role) == (
        "clay-and-co", "Clay & Co", "GBP", MemberRole.OWNER,
    )  # fmt: skip
    assert opened.permissions == tuple(Permission)
    assert queries.memberships(session, user_id=ada.id) == (opened,)
    for permission in (None, *Permission):
        assert queries.require(session, user_id=ada.id, shop="clay-and-co", permission=permission) == opened


def test_for_whoever_has_no_part_in_a_shop_its_inside_is_not_there(session: WriteSession) -> None:
    shop = make_shop(session)
    make_owner(session, shop=shop)
    stranger = make_user(session, email="eve@example.com").user
    for slug in (shop.slug, "no-such-shop", "no slug", "\x00", ""):
        with pytest.raises(ShopNotFound):
            queries.require(session, user_id=stranger.id, shop=slug)
    with pytest.raises(ShopNotFound):
        queries.require(session, user_id=UUID(int=0), shop=shop.slug)
    assert queries.memberships(session, user_id=stranger.id) == ()
