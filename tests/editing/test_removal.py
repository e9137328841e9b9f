"""Deleting a listing for good, and restoring an archived one."""

from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError
from sqlalchemy import text

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog import service as catalog_service
from platform_app.domain.catalog.errors import ListingGone, ListingNotFound
from platform_app.domain.catalog.rules import Status
from platform_app.domain.catalog.schemas import Listing, PictureInput
from platform_app.domain.editing.errors import StillForSale
from platform_app.domain.editing.rules import BulkAction
from platform_app.domain.editing.schemas import BulkRequest, BulkResult, DeletedParts
from platform_app.domain.editing.service import bulk, removal
from platform_app.domain.media import service as media
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.errors import NotPermitted
from platform_app.domain.shops.rules import Permission
from platform_app.domain.shops.schemas import Membership
from platform_app.domain.shops.service import members
from platform_app.domain.stock.rules import Reason
from platform_app.infra import db
from platform_app.infra.db import WriteSession
from tests.accounts.helpers import signed_in
from tests.conftest import assert_queries
from tests.editing.helpers import (
    SHIRT,
    create_draft,
    create_listing,
    current_edit,
    fingerprint,
    publish,
    save_draft,
    seller,
)
from tests.factories import NOW, index_listings, make_draft, make_listing, make_shop, make_user
from tests.shops.test_members import make_staff

STATEMENTS_OF_A_DELETION = 14


def delete(session: WriteSession, member: Membership, listing_id: UUID) -> None:
    removal.delete_for_good(session, user_id=member.user_id, shop=member.slug, listing_id=listing_id, now=NOW)


def listing_of(session: WriteSession, member: Membership, **values: object) -> Listing:
    return make_listing(session, shop=shops.by_id(session, shop_id=member.shop_id), **values)


def count(session: WriteSession, table: str) -> int:
    return int(session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


@pytest.mark.parametrize("status", [Status.DRAFT, Status.ARCHIVED])
def test_a_listing_that_is_not_for_sale_is_deleted_with_its_edit_and_its_address_is_gone(
    session: WriteSession, status: Status
) -> None:
    member = seller(session)
    listing = listing_of(session, member, status=status)
    save_draft(session, member, current_edit(session, member, listing.id), title="Another title")
    delete(session, member, listing.id)
    for table in ("listing", "variant", "stock", "listing_search", "listing_edit"):
        assert count(session, table) == 0
    with pytest.raises(ListingGone):
        catalog.listing_by_slug(session, shop=member.slug, listing=listing.slug)
    with pytest.raises(ListingNotFound):
        catalog.listing_by_slug(session, shop=member.slug, listing="never-was")
    with pytest.raises(ListingNotFound):
        delete(session, member, listing.id)


def test_a_new_listing_with_the_same_title_has_the_address_again(session: WriteSession) -> None:
    member = seller(session)
    first = listing_of(session, member, status=Status.ARCHIVED)
    delete(session, member, first.id)
    second = listing_of(session, member)
    assert second.slug == first.slug
    assert catalog.listing_by_slug(session, shop=member.slug, listing=first.slug).id == second.id


def test_a_listing_for_sale_is_not_deleted(session: WriteSession) -> None:
    member = seller(session)
    edit = create_listing(session, member, status=Status.PUBLISHED)
    with pytest.raises(StillForSale):
        delete(session, member, edit.listing_id)
    assert current_edit(session, member, edit.listing_id) == edit


def test_staff_without_the_permission_and_other_shops_delete_nothing(session: WriteSession) -> None:
    member = seller(session)
    other = seller(session, slug="others", email="eve@example.com")
    listing = listing_of(session, member, status=Status.ARCHIVED)
    owner, shop = make_user(session, email="own@example.com").user, shops.by_id(session, shop_id=member.shop_id)
    members.make_owner(session, slug=shop.slug, email=owner.email, now=NOW)
    bea = make_staff(session, shop, Permission.STOCK, by=owner, email="bea@example.com")
    with pytest.raises(ListingNotFound):
        delete(session, other, listing.id)
    with pytest.raises(NotPermitted):
        removal.delete_for_good(session, user_id=bea.id, shop=shop.slug, listing_id=listing.id, now=NOW)
    assert count(session, "listing") == 1


def test_its_pictures_are_released_unless_another_listing_or_an_edit_shows_them(session: WriteSession) -> None:
    member = seller(session)
    sources = {name: f"content:{name * 64}" for name in "abc"}
    ids = media.request(session, shop_id=member.shop_id, sources=sources.values(), now=NOW)
    pictures = tuple(PictureInput(source=source) for source in sources.values())
    listing = listing_of(session, member, status=Status.DRAFT, pictures=pictures)
    listing_of(session, member, key="bowl", pictures=(pictures[1],))
    shown = [{"picture_id": str(ids[sources["c"]])}]
    save_draft(session, member, create_draft(session, member), title="Plate", pictures=shown)
    delete(session, member, listing.id)
    left = session.execute(text("SELECT source FROM picture ORDER BY source")).scalars().all()
    assert left == [sources["b"], sources["c"]]


def test_an_archived_listing_is_restored_as_a_draft(session: WriteSession) -> None:
    member = seller(session)
    listing = listing_of(session, member, status=Status.ARCHIVED)
    restored = publish(session, member, current_edit(session, member, listing.id), status=Status.DRAFT)
    assert (restored.status, restored.content.title) == (Status.DRAFT, "Stoneware mug")
    index_listings(session, listing.id)
    assert count(session, "listing_search") == 0


def bulk_request(*listing_ids: UUID) -> BulkRequest:
    return BulkRequest(action=BulkAction.DELETE, listing_ids=listing_ids)


def delete_bulk(session: WriteSession, member: Membership, *listing_ids: UUID) -> BulkResult:
    request = bulk_request(*listing_ids)
    return bulk.apply(session, user_id=member.user_id, shop=member.slug, request=request, now=NOW)


def test_drafts_and_archived_listings_are_deleted_in_bulk_and_others_are_reported(session: WriteSession) -> None:
    member = seller(session)
    draft = listing_of(session, member, key="draft", status=Status.DRAFT)
    archived = listing_of(session, member, key="archived", status=Status.ARCHIVED)
    live = listing_of(session, member, key="live", title="Live mug")
    unsaved = save_draft(session, member, create_draft(session, member), title="Only begun")
    kept = save_draft(session, member, create_draft(session, member), title="Not chosen")
    nowhere = uuid4()
    done = delete_bulk(session, member, draft.id, archived.id, live.id, unsaved.listing_id, nowhere)
    assert (done.changed, done.undo) == (3, None)
    assert [(each.listing_id, each.title, each.reason) for each in done.refused] == [
        (live.id, "Live mug", "This listing is for sale. Take it down or archive it first."),
        (nowhere, "", "Already deleted."),
    ]
    left = session.execute(text("SELECT id FROM listing")).scalars().all()
    assert (left, count(session, "listing_edit")) == ([live.id], 1)
    assert current_edit(session, member, kept.listing_id).content.title == "Not chosen"
    for listing in (draft, archived):
        with pytest.raises(ListingGone):
            catalog.listing_by_slug(session, shop=member.slug, listing=listing.slug)
    assert delete_bulk(session, member, draft.id).changed == 0


def test_the_preview_of_a_deletion_names_what_goes_and_deletes_nothing(session: WriteSession) -> None:
    member = seller(session)
    shirt = create_listing(session, member, SHIRT)
    pictures = tuple(PictureInput(source=f"content:{name * 64}") for name in "ab")
    plate = listing_of(session, member, title="Plate", status=Status.ARCHIVED, pictures=pictures)
    live = listing_of(session, member, key="live")
    unsaved = save_draft(session, member, create_draft(session, member), title="Only begun")
    before = fingerprint(session)
    request = bulk_request(shirt.listing_id, plate.id, live.id, unsaved.listing_id)
    found = bulk.preview(session, user_id=member.user_id, shop=member.slug, request=request)
    assert (found.changed, sorted(row.title for row in found.rows)) == (3, ["Only begun", "Plate", "Shirt"])
    assert found.deleted == DeletedParts(variants=3, pictures=2)
    assert [each.listing_id for each in found.refused] == [live.id]
    assert fingerprint(session) == before


def test_staff_without_the_permission_and_other_shops_delete_nothing_in_bulk(session: WriteSession) -> None:
    member = seller(session)
    other = seller(session, slug="others", email="eve@example.com")
    listing = listing_of(session, member, status=Status.ARCHIVED)
    assert delete_bulk(session, other, listing.id).changed == 0
    session.execute(
        text("UPDATE shop_member SET role = 'staff', permissions = '{stock}' WHERE shop_id = :id"),
        {"id": member.shop_id},
    )
    with pytest.raises(NotPermitted):
        delete_bulk(session, member, listing.id)
    with pytest.raises(NotPermitted):
        bulk.preview(session, user_id=member.user_id, shop=member.slug, request=bulk_request(listing.id))
    assert count(session, "listing") == 1


def test_pictures_that_two_deleted_listings_share_are_released(session: WriteSession) -> None:
    member = seller(session)
    pictures = (PictureInput(source=f"content:{'a' * 64}"),)
    both = [listing_of(session, member, key=key, status=Status.DRAFT, pictures=pictures) for key in ("one", "two")]
    delete_bulk(session, member, *(each.id for each in both))
    assert count(session, "picture") == 0


def test_two_hundred_listings_are_deleted_with_as_many_statements_as_one(session: WriteSession) -> None:
    member = seller(session)
    shop = shops.by_id(session, shop_id=member.shop_id)
    inputs = [make_draft(key=f"mug-{number}", status=Status.DRAFT) for number in range(201)]
    saved = catalog_service.save_many(session, shop=shop, inputs=inputs, reason=Reason.IMPORT, now=NOW)
    first, *others = [result.listing_id for result in saved]
    session.flush()
    with assert_queries(db.engine(), STATEMENTS_OF_A_DELETION):
        assert delete_bulk(session, member, first).changed == 1
    with assert_queries(db.engine(), STATEMENTS_OF_A_DELETION):
        assert delete_bulk(session, member, *others).changed == 200
    assert count(session, "listing") == 0
    with pytest.raises(ValidationError, match="at most 200"):
        bulk_request(*(uuid4() for _ in range(201)))
    with pytest.raises(ValidationError, match="archive takes at most 100 listings at once"):
        BulkRequest(action=BulkAction.ARCHIVE, listing_ids=tuple(uuid4() for _ in range(101)))


def test_over_rest_listings_are_deleted_in_bulk(browser: TestClient) -> None:
    ada = signed_in(browser)
    with db.writing() as session:
        shop = make_shop(session)
        members.make_owner(session, slug=shop.slug, email=ada.email, now=NOW)
        drafts = [make_listing(session, shop=shop, key=key, status=Status.DRAFT) for key in ("one", "two")]
    url = f"/api/v1/shops/{shop.slug}/listings"
    body = {"action": "delete", "listing_ids": [str(each.id) for each in drafts]}
    shown = browser.post(f"{url}/bulk/preview", json=body).json()
    assert (shown["changed"], shown["deleted"]) == (2, {"variants": 2, "pictures": 0})
    assert browser.post(f"{url}/bulk", json=body).json() == {"changed": 2, "refused": [], "undo": None}
    assert browser.get(url).json()["items"] == []


def test_over_rest_a_deleted_listing_leads_back_to_the_table(browser: TestClient) -> None:
    ada = signed_in(browser)
    with db.writing() as session:
        shop = make_shop(session)
        members.make_owner(session, slug=shop.slug, email=ada.email, now=NOW)
        live = make_listing(session, shop=shop, key="live")
        draft = make_listing(session, shop=shop, key="draft", status=Status.DRAFT)
    url = f"/api/v1/shops/{shop.slug}/listings"
    refused = browser.delete(f"{url}/{live.id}")
    assert (refused.status_code, refused.json()["code"]) == (409, "still_for_sale")
    done = browser.delete(f"{url}/{draft.id}")
    assert (done.status_code, done.json()) == (200, {"next": "/sell/clay-and-co/listings?deleted=1"})
    assert [each["id"] for each in browser.get(url).json()["items"]] == [str(live.id)]
