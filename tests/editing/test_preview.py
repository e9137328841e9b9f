"""The preview of a draft: the listing's page before it is published, for the members who edit it."""

from operator import methodcaller
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog.errors import ListingNotFound
from platform_app.domain.catalog.rules import Status
from platform_app.domain.editing.schemas import DraftPreview, Edit
from platform_app.domain.editing.service import draft_preview
from platform_app.domain.media import service as media
from platform_app.domain.media.schemas import StoredPicture
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.errors import NotPermitted, ShopNotFound
from platform_app.domain.shops.schemas import Membership
from platform_app.domain.shops.service import members
from platform_app.infra import db
from platform_app.infra.db import WriteSession
from platform_app.presenters import catalog as presenters
from state.catalog import ListingState
from state.editing_preview import PreviewState
from tests.accounts.helpers import signed_in
from tests.editing.conftest import run_in_tab
from tests.editing.helpers import MUG, SHIRT, create_draft, create_listing, publish, save_draft, seller
from tests.factories import NOW, make_pictures, make_shop, make_user, stored_listings

LATER = {"title": "Linen shirt", "description": "Soft.\n\nWarm.", "attributes": {"Material": "Linen"}, "tags": ("new",)}


def preview(session: WriteSession, member: Membership, edit: Edit) -> DraftPreview:
    return draft_preview.draft(session, user_id=member.user_id, shop=member.slug, listing_id=edit.listing_id, now=NOW)


def two_pictures(session: WriteSession, member: Membership) -> list[UUID]:
    """A picture that is ready, and one that is still to be fetched."""
    sources = [f"content:{name * 64}" for name in "ab"]
    ready = StoredPicture(content="a" * 64, width=900, height=600, colour="#aabbcc")
    make_pictures(session, shop=shops.by_id(session, shop_id=member.shop_id), pictures={sources[0]: ready})
    ids = media.request(session, shop_id=member.shop_id, sources=sources, now=NOW)
    return [ids[source] for source in sources]


def test_the_preview_of_a_new_draft_is_the_page_that_buyers_see_once_it_is_published(session: WriteSession) -> None:
    member = seller(session)
    picture, pending = two_pictures(session, member)
    content = (
        SHIRT.with_value(0, "Moss")
        .with_cell(0, "compare_at", "60.00")
        .with_cell(0, "picture", str(picture))
        .with_cell(1, "stock", "")
        .with_cell(2, "is_offered", False)
    )
    pictures = [{"picture_id": picture, "alt": "In oat"}, {"picture_id": pending}]
    edit = save_draft(session, member, create_draft(session, member), content, pictures=pictures, **LATER)
    found = preview(session, member, edit)
    assert (found.status, found.is_pending, found.problems) == (None, True, {})
    shown = presenters.listing(found.listing)
    publish(session, member, edit, status=Status.PUBLISHED)
    assert shown == presenters.listing(catalog.published_listing(session, listing_id=edit.listing_id))
    assert [(each.price, each.compare_at, each.stock, each.picture) for each in shown.variants] == [
        ("$50.00", "$60.00", "Only 3 left", 0),
        ("$50.00", "", "In stock", -1),
    ]
    assert ([each.alt for each in shown.pictures], shown.frame) == (["In oat"], "1.5")


def test_the_preview_shows_the_saved_draft_and_not_the_published_version(session: WriteSession) -> None:
    member = seller(session)
    edit = create_listing(session, member, SHIRT, status=Status.PUBLISHED)
    assert preview(session, member, edit).listing == catalog.published_listing(session, listing_id=edit.listing_id)
    draft = save_draft(session, member, edit, edit.content.without_value(0, "Ink").with_cell(0, "price", "45"), **LATER)
    found = preview(session, member, draft)
    assert (found.status, found.is_pending) == (Status.PUBLISHED, True)
    assert (found.listing.title, [each.price for each in found.listing.variants]) == ("Linen shirt", [4500])
    (stored,) = stored_listings(session, edit.listing_id)
    assert (stored.title, [each.price for each in stored.variants]) == ("Shirt", [5000, 5000])


def test_an_incomplete_draft_has_a_preview_without_what_is_missing(session: WriteSession) -> None:
    member = seller(session)
    empty = preview(session, member, create_draft(session, member))
    assert (empty.listing.title, presenters.listing(empty.listing).variants[0].price) == ("Untitled", "")
    assert list(empty.problems) == ["title", "variants.0.price"]
    nothing = MUG.with_cell(0, "is_offered", False)
    shown = presenters.listing(
        preview(session, member, save_draft(session, member, create_draft(session, member), nothing)).listing
    )
    assert [(each.price, each.stock) for each in shown.variants] == [("", "Sold out")]
    wrong = SHIRT.with_cell(0, "price", "much").with_cell(0, "compare_at", "60").with_cell(1, "stock", "-2")
    edit = save_draft(
        session, member, create_draft(session, member), wrong, category="nowhere", pictures=[{"picture_id": uuid4()}]
    )
    found = preview(session, member, edit)
    assert [(each.price, each.compare_at, each.tracked_quantity) for each in found.listing.variants] == [
        (0, None, 3),
        (5000, None, None),
    ]
    assert (found.listing.category, found.listing.pictures) == (None, ())
    assert sorted(found.problems) == ["category", "pictures", "variants.0.price", "variants.1.stock"]


def test_only_members_who_edit_listings_see_the_preview(session: WriteSession) -> None:
    member, other = seller(session), seller(session, slug="other", email="bea@example.com")
    edit = create_listing(session, member)
    stranger = make_user(session, email="cleo@example.com").user
    arguments: dict[str, Any] = {"listing_id": edit.listing_id, "now": NOW}
    for user_id in (stranger.id, other.user_id):
        with pytest.raises(ShopNotFound):
            draft_preview.draft(session, user_id=user_id, shop=member.slug, **arguments)
    with pytest.raises(ListingNotFound):
        draft_preview.draft(session, user_id=other.user_id, shop=other.slug, **arguments)
    session.execute(
        text("UPDATE shop_member SET role = 'staff', permissions = '{stock}' WHERE shop_id = :id"),
        {"id": member.shop_id},
    )
    with pytest.raises(NotPermitted):
        preview(session, member, edit)


def test_over_rest_the_preview_is_never_cached(browser: TestClient) -> None:
    ada = signed_in(browser)
    with db.writing() as session:
        make_shop(session)
        member = members.make_owner(session, slug="clay-and-co", email=ada.email, now=NOW)
        edit = save_draft(session, member, create_listing(session, member), title="Mug for two")
    answer = browser.get(f"/api/v1/shops/clay-and-co/listings/{edit.listing_id}/preview")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert (answer.json()["title"], answer.json()["variants"][0]["price"]) == (
        "Mug for two",
        {"amount": 2000, "currency": "USD"},
    )
    assert browser.get(f"/api/v1/listings/{edit.listing_id}").status_code == 404


def url_of(listing_id: object) -> str:
    return f"/sell/clay-and-co/listings/{listing_id}/preview"


def test_in_a_tab_the_listing_page_shows_the_draft_and_leads_back_to_the_editor(owner: Membership) -> None:
    with db.writing() as session:
        edit = save_draft(session, owner, create_listing(session, owner, status=Status.PUBLISHED), title="Mug for two")
    tab, page = open_preview(edit.listing_id)
    assert (tab.status, tab.editor_url) == ("ready", f"/sell/clay-and-co/listings/{edit.listing_id}")
    assert tab.notice == "Buyers don't see these changes until you save them."
    assert (page.status, page.loaded, page.listing.title) == ("ready", url_of(edit.listing_id), "Mug for two")
    assert (page.related, page.followers) == ([], "")


def test_the_notice_says_what_buyers_see_and_what_is_missing(owner: Membership) -> None:
    with db.writing() as session:
        new = create_draft(session, owner)
        archived = create_listing(session, owner, status=Status.ARCHIVED)
        live = create_listing(session, owner, status=Status.PUBLISHED)
    notices = [open_preview(each.listing_id)[0].notice for each in (new, archived, live)]
    assert notices == [
        "Buyers can't see this listing until you publish it. 2 fields need a change before this can be saved.",
        "Buyers can't see this listing.",
        "Buyers see the same page.",
    ]


def test_a_tab_without_access_shows_no_listing(owner: Membership) -> None:
    with db.writing() as session:
        edit = create_listing(session, owner)
    for listing_id in (uuid4(), "nothing"):
        tab, page = open_preview(listing_id)
        assert (tab.status, page.status, page.listing.title) == ("missing", "", "")
    with db.writing() as session:
        session.execute(text("UPDATE shop_member SET role = 'staff', permissions = '{stock}'"))
    tab, page = open_preview(edit.listing_id)
    assert (tab.status, page.status, page.listing.title) == ("forbidden", "", "")


def open_preview(listing_id: object) -> tuple[PreviewState, ListingState]:
    """The preview in a new tab, and the state of the listing's page that it fills."""
    pages: list[ListingState] = []

    async def note_page(state: PreviewState) -> None:
        pages.append(await state.get_state(ListingState))

    tab = run_in_tab(PreviewState, url_of(listing_id), methodcaller("load"), note_page)
    return tab, pages[0]
