"""Changing many listings at once, and undoing it."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog import service as catalog_service
from platform_app.domain.catalog.rules import Status
from platform_app.domain.editing import queries, rules
from platform_app.domain.editing.errors import AlreadyUndone, BulkChangeNotFound, InvalidEdit
from platform_app.domain.editing.rules import BulkAction
from platform_app.domain.editing.schemas import BulkRequest, BulkResult, Edit
from platform_app.domain.editing.schemas.content import ListingContent
from platform_app.domain.editing.service import bulk
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.errors import NotPermitted
from platform_app.domain.shops.schemas import Membership
from platform_app.infra.db import WriteSession
from tests.editing import helpers
from tests.editing.helpers import (
    MUG,
    SHIRT,
    apply_bulk,
    create_draft,
    create_listing,
    fingerprint,
    publish,
    save_draft,
    seller,
)
from tests.factories import NOW, stored_listings


def test_a_bulk_change_applies_where_it_can_and_names_the_rest(session: WriteSession) -> None:
    member = seller(session)
    mug, shirt = create_listing(session, member), create_listing(session, member, SHIRT)
    new = save_draft(session, member, create_draft(session, member), ListingContent(title="Only begun"))
    done = apply_bulk(session, member, BulkAction.PUBLISH, mug, shirt, new)
    assert (done.changed, [(each.listing_id, each.reason) for each in done.refused]) == (
        2,
        [(new.listing_id, "Not saved yet. Open this listing and save it first.")],
    )
    assert apply_bulk(session, member, BulkAction.PUBLISH, mug).changed == 0
    assert apply_bulk(session, member, BulkAction.PRICE, mug, shirt, percent=Decimal("-12.5")).changed == 2
    assert apply_bulk(session, member, BulkAction.STOCK, mug, quantity=7).changed == 1
    assert apply_bulk(session, member, BulkAction.ARCHIVE, shirt).changed == 1
    found = {
        each.title: each
        for each in catalog.shop_listings(session, shop_id=member.shop_id, ids=[mug.listing_id, shirt.listing_id])
    }
    assert [variant.price for variant in found["Shirt"].variants] == [4375, 4375]
    assert (found["Shirt"].status, found["Stoneware mug"].status) == (Status.ARCHIVED, Status.PUBLISHED)
    assert found["Stoneware mug"].variants[0].on_hand == 7
    assert session.execute(text("SELECT count(*) FROM price_change")).scalar_one() == 3


def stored_variants(session: WriteSession, edit: Edit) -> list[tuple[int, int | None, int | None]]:
    """The prices, former prices and stock of the listing's variants."""
    (listing,) = stored_listings(session, edit.listing_id)
    return [(each.price, each.compare_at, each.tracked_quantity) for each in listing.variants]


def undo(session: WriteSession, member: Membership, result: BulkResult, now: datetime = NOW) -> BulkResult:
    assert result.undo is not None
    return bulk.undo(session, user_id=member.user_id, shop=member.slug, change_id=result.undo.id, now=now)


def preview_bulk(
    session: WriteSession, member: Membership, action: BulkAction, *edits: Edit, **values: Any
) -> list[tuple[str, tuple[int | None, ...], tuple[int | None, ...]]]:
    request = BulkRequest(action=action, listing_ids=tuple(edit.listing_id for edit in edits), **values)
    found = bulk.preview(session, user_id=member.user_id, shop=member.slug, request=request)
    assert found.changed == len(found.rows)
    return [(row.title, row.before, row.after) for row in found.rows]


def test_a_preview_shows_the_prices_and_stock_before_and_after_and_changes_nothing(session: WriteSession) -> None:
    member = seller(session)
    content = SHIRT.with_cell(1, "price", "40.00").with_cell(1, "stock", "")
    mug, shirt = create_listing(session, member), create_listing(session, member, content)
    before = fingerprint(session)
    assert preview_bulk(session, member, BulkAction.PRICE, mug, shirt, percent=Decimal(-10)) == [
        ("Stoneware mug", (2000,), (1800,)),
        ("Shirt", (4000, 5000), (3600, 4500)),
    ]
    assert preview_bulk(session, member, BulkAction.STOCK, mug, shirt, quantity=5) == [("Shirt", (3, None), (5,))]
    assert preview_bulk(session, member, BulkAction.UNLIMITED, mug, shirt) == [
        ("Stoneware mug", (5,), (None,)),
        ("Shirt", (3, None), (None,)),
    ]
    assert fingerprint(session) == before


@pytest.mark.parametrize("action", [BulkAction.STOCK, BulkAction.PRICE])
def test_a_bulk_change_without_a_value_does_nothing(session: WriteSession, action: BulkAction) -> None:
    member = seller(session)
    mug = create_listing(session, member)
    before = fingerprint(session)
    for refused in (preview_bulk, apply_bulk):
        with pytest.raises(InvalidEdit):
            refused(session, member, action, mug)
    assert fingerprint(session) == before


def test_prices_changed_in_bulk_are_undone_with_the_original_prices(session: WriteSession) -> None:
    member = seller(session)
    content = SHIRT.with_cell(0, "compare_at", "52.00").with_cell(1, "price", "40.00")
    shirt, mug = create_listing(session, member, content), create_listing(session, member)
    before = stored_variants(session, shirt)
    done = apply_bulk(session, member, BulkAction.PRICE, shirt, mug, percent=Decimal(10))
    assert stored_variants(session, shirt) == [(5500, None, 3), (4400, None, 0)]
    save_draft(session, member, mug, title="A draft is no change of the listing")
    assert done.undo is not None
    assert (done.undo.listings, done.undo.until) == (2, NOW + rules.UNDO_PERIOD)
    assert undo(session, member, done) == BulkResult(changed=2, refused=())
    assert stored_variants(session, shirt) == before == [(5000, 5200, 3), (4000, None, 0)]
    again = fingerprint(session)
    with pytest.raises(AlreadyUndone):
        undo(session, member, done)
    assert fingerprint(session) == again


def test_stock_set_in_bulk_is_undone_less_what_was_sold_since(session: WriteSession) -> None:
    member = seller(session)
    mug, shirt = create_listing(session, member), create_listing(session, member, SHIRT.with_cell(1, "stock", ""))
    done = apply_bulk(session, member, BulkAction.STOCK, mug, shirt, quantity=25)
    session.execute(text("UPDATE stock SET on_hand = 23, sold = 2"))
    undo(session, member, done)
    assert [stock for _, _, stock in stored_variants(session, mug)] == [3]
    assert [stock for _, _, stock in stored_variants(session, shirt)] == [1, None]
    unlimited = apply_bulk(session, member, BulkAction.UNLIMITED, mug, shirt)
    assert [stock for _, _, stock in stored_variants(session, shirt)] == [None, None]
    undo(session, member, unlimited)
    assert [stock for _, _, stock in (*stored_variants(session, mug), *stored_variants(session, shirt))] == [3, 1, None]


def test_an_undo_leaves_listings_that_were_changed_or_deleted_since(session: WriteSession) -> None:
    member = seller(session)
    mug, shirt, gone = (create_listing(session, member, each) for each in (MUG, SHIRT, MUG))
    done = apply_bulk(session, member, BulkAction.PRICE, mug, shirt, gone, percent=Decimal(-50))
    mug = helpers.current_edit(session, member, mug.listing_id)
    publish(session, member, save_draft(session, member, mug, mug.content.with_cell(0, "price", "11.00")))
    shop = shops.by_id(session, shop_id=member.shop_id)
    catalog_service.remove_many(session, shop=shop, keys=[str(gone.listing_id)])
    undone = undo(session, member, done)
    assert (undone.changed, [(each.title, each.reason) for each in undone.refused]) == (
        1,
        [("Stoneware mug", "Changed since, so it was left as it is."), ("", "Deleted since.")],
    )
    assert [price for price, _, _ in stored_variants(session, mug)] == [1100]
    assert [price for price, _, _ in stored_variants(session, shirt)] == [5000, 5000]


def test_a_bulk_change_is_undone_by_members_with_its_permission_while_it_can_be(session: WriteSession) -> None:
    member, other = seller(session), seller(session, slug="other", email="bea@example.com")
    mug = create_listing(session, member)
    done = apply_bulk(session, member, BulkAction.PRICE, mug, percent=Decimal(10))
    before = fingerprint(session)
    for late in (NOW + rules.UNDO_PERIOD, NOW + timedelta(days=1)):
        with pytest.raises(BulkChangeNotFound):
            undo(session, member, done, now=late)
    with pytest.raises(BulkChangeNotFound):
        undo(session, other, done)
    session.execute(
        text("UPDATE shop_member SET role = 'staff', permissions = '{stock}' WHERE shop_id = :id"),
        {"id": member.shop_id},
    )
    with pytest.raises(NotPermitted):
        undo(session, member, done)
    assert fingerprint(session) == before
    stock = apply_bulk(session, member, BulkAction.STOCK, mug, quantity=9)
    found = shops.require_membership(session, user_id=member.user_id, shop=member.slug)
    assert queries.latest_undo(session, membership=found, now=NOW) == stock.undo
    assert undo(session, member, stock, now=NOW + rules.UNDO_PERIOD - timedelta(seconds=1)).changed == 1
    assert queries.latest_undo(session, membership=found, now=NOW) is None
    bulk.sweep_undo(session, now=NOW + rules.UNDO_PERIOD - timedelta(seconds=1))
    assert session.execute(text("SELECT count(*) FROM bulk_change")).scalar_one() == 2
    bulk.sweep_undo(session, now=NOW + rules.UNDO_PERIOD)
    assert session.execute(text("SELECT count(*) FROM bulk_change")).scalar_one() == 0
