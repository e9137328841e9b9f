"""Deleting a listing for good, and restoring an archived one."""

from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog.errors import ListingGone, ListingNotFound
from platform_app.domain.catalog.rules import Status
from platform_app.domain.catalog.schemas import Listing, PictureInput
from platform_app.domain.editing.errors import StillForSale
from platform_app.domain.editing.service import removal
from platform_app.domain.media import service as media
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.errors import NotPermitted
from platform_app.domain.shops.rules import Permission
from platform_app.domain.shops.schemas import Membership
from platform_app.domain.shops.service import members
from platform_app.infra import db
from platform_app.infra.db import WriteSession
from tests.accounts.helpers import signed_in
from tests.editing.helpers import create_draft, create_listing, current_edit, publish, save_draft, seller
from tests.factories import NOW, index_listings, make_listing, make_shop, make_user
from tests.shops.test_members import make_staff


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
