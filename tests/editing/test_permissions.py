"""The table of listings, and who may see and change them."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog.errors import ListingNotFound
from platform_app.domain.catalog.rules import Status
from platform_app.domain.editing import queries, service
from platform_app.domain.editing.rules import BulkAction
from platform_app.domain.editing.schemas import BulkRequest, Edit, ListingFilter
from platform_app.domain.editing.schemas.content import ListingContent
from platform_app.domain.editing.service import bulk
from platform_app.domain.shops.errors import NotPermitted, ShopNotFound
from platform_app.domain.shops.schemas import Membership
from platform_app.infra.db import WriteSession
from tests.editing.helpers import MUG, apply_bulk, create_draft, create_listing, fingerprint, save_draft, seller
from tests.factories import NOW, make_user


def table(session: WriteSession, member: Membership, **filters: Any) -> list[tuple[str, Status, bool]]:
    page = queries.listing_rows(session, user_id=member.user_id, shop=member.slug, params=ListingFilter(**filters))
    return [(row.title, row.status, row.has_edit) for row in page.items]


def test_the_table_includes_unsaved_drafts_and_is_paged_searched_and_filtered(session: WriteSession) -> None:
    member = seller(session)
    mug, jug = (
        create_listing(session, member),
        create_listing(session, member, MUG.model_copy(update={"title": "Jug 100%"}), status=Status.PUBLISHED),
    )
    save_draft(session, member, mug, title="Another title")
    create_draft(session, member)
    save_draft(session, member, create_draft(session, member), ListingContent(title="Only begun"))
    assert table(session, member) == [
        ("Only begun", Status.DRAFT, True),
        ("Jug 100%", Status.PUBLISHED, False),
        ("Stoneware mug", Status.DRAFT, True),
    ]
    assert table(session, member, status=Status.PUBLISHED) == [("Jug 100%", Status.PUBLISHED, False)]
    assert table(session, member, q="100%") == [("Jug 100%", Status.PUBLISHED, False)]
    assert table(session, member, q="%") == [("Jug 100%", Status.PUBLISHED, False)]
    first = queries.listing_rows(session, user_id=member.user_id, shop=member.slug, params=ListingFilter(limit=2))
    second = queries.listing_rows(
        session, user_id=member.user_id, shop=member.slug, params=ListingFilter(limit=2, cursor=first.next_cursor)
    )
    assert [row.title for row in (*first.items, *second.items)] == ["Only begun", "Jug 100%", "Stoneware mug"]
    assert (second.next_cursor, jug.slug) == (None, "jug-100")


def test_only_members_can_edit_the_listings_of_a_shop(session: WriteSession) -> None:
    member, other = seller(session), seller(session, slug="other", email="bea@example.com")
    stranger = make_user(session, email="cleo@example.com").user
    edit = create_listing(session, member)
    theirs = {"user_id": other.user_id, "shop": "other"}
    before = fingerprint(session)
    for user, shop, error in ((stranger.id, member.slug, ShopNotFound), (other.user_id, member.slug, ShopNotFound)):
        for call in all_calls(session, user, shop, edit):
            with pytest.raises(error):
                call()
    for call in all_calls(session, theirs["user_id"], "other", edit)[:-3]:  # their own shop has no such listing
        with pytest.raises(ListingNotFound):
            call()
    assert apply_bulk(session, other, BulkAction.ARCHIVE, edit).changed == 0
    session.execute(
        text("UPDATE shop_member SET role = 'staff', permissions = '{figures}' WHERE shop_id = :id"),
        {"id": member.shop_id},
    )
    for call in all_calls(session, member.user_id, member.slug, edit):
        with pytest.raises(NotPermitted):
            call()
    assert fingerprint(session) == before


def test_staff_with_the_stock_permission_see_saved_listings_and_set_stock(session: WriteSession) -> None:
    member = seller(session)
    mug = create_listing(session, member)
    save_draft(session, member, mug, title="Another title")
    save_draft(session, member, create_draft(session, member), ListingContent(title="Only begun"))
    session.execute(
        text("UPDATE shop_member SET role = 'staff', permissions = '{stock}' WHERE shop_id = :id"),
        {"id": member.shop_id},
    )
    assert table(session, member) == [("Stoneware mug", Status.DRAFT, False)]
    assert table(session, member, q="begun") == []
    assert apply_bulk(session, member, BulkAction.STOCK, mug, quantity=9).changed == 1
    before = fingerprint(session)
    for refused in (BulkAction.PRICE, BulkAction.PUBLISH, BulkAction.UNPUBLISH, BulkAction.ARCHIVE):
        with pytest.raises(NotPermitted):
            apply_bulk(session, member, refused, mug, percent=Decimal(5))
    for call in all_calls(session, member.user_id, member.slug, mug)[:-1]:
        with pytest.raises(NotPermitted):
            call()
    assert fingerprint(session) == before
    (listing,) = catalog.shop_listings(session, shop_id=member.shop_id, ids=[mug.listing_id])
    assert listing.variants[0].on_hand == 9


def all_calls(session: WriteSession, user_id: UUID, shop: str, edit: Edit) -> list[Callable[[], object]]:
    arguments: dict[str, Any] = {"user_id": user_id, "shop": shop}
    one = {**arguments, "listing_id": edit.listing_id}
    many = BulkRequest(action=BulkAction.ARCHIVE, listing_ids=(edit.listing_id,))
    return [
        lambda: queries.edit(session, **one),
        lambda: queries.prices(session, **one, now=NOW),
        lambda: service.save_draft(session, **one, version=0, base=0, content=MUG, now=NOW),
        lambda: service.duplicate(session, **one, now=NOW),
        lambda: service.publish(session, **one, version=0, now=NOW),
        lambda: service.discard_draft(session, **one, version=0, now=NOW),
        lambda: service.create_draft(session, **arguments, now=NOW),
        lambda: bulk.apply(session, **arguments, request=many, now=NOW),
        lambda: queries.listing_rows(session, **arguments, params=ListingFilter()),
    ]
