"""Drafting, publishing and changing listings, by members of their shop."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, text

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog import service as catalog_service
from platform_app.domain.catalog.errors import ListingNotFound
from platform_app.domain.catalog.rules import Status, lowest_prior_price
from platform_app.domain.catalog.schemas import VariantInput
from platform_app.domain.editing import queries, service
from platform_app.domain.editing.errors import EditedElsewhere, InvalidEdit, ListingChanged
from platform_app.domain.editing.rules import BulkAction
from platform_app.domain.editing.schemas import BulkRequest, BulkResult, Edit, ListingFilter
from platform_app.domain.editing.schemas.content import ListingContent
from platform_app.domain.editing.service import bulk
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.errors import NotPermitted, ShopNotFound
from platform_app.domain.shops.schemas import Membership
from platform_app.domain.stock.rules import Reason
from platform_app.infra import db, outbox
from platform_app.infra.db import WriteSession
from tests.editing import helpers
from tests.editing.helpers import MUG, create_draft, create_listing, publish, save_draft, seller
from tests.factories import NOW, make_draft, make_user

SHIRT = (
    ListingContent.model_validate({"title": "Shirt", "variants": [{"price": "50.00", "stock": "3"}]})
    .with_option("Colour")
    .with_value(0, "Oat")
    .with_value(0, "Ink")
)


def fingerprint(session: WriteSession) -> list[Any]:
    """Every row of the tables about selling."""
    tables = ("listing", "variant", "stock", "listing_picture", "listing_edit", "price_change", "outbox", "upload")
    return [session.execute(text(f"SELECT {name} FROM {name} ORDER BY 1::text")).all() for name in tables]


def table(session: WriteSession, member: Membership, **filters: Any) -> list[tuple[str, Status, bool]]:
    page = queries.listing_rows(session, user_id=member.user_id, shop=member.slug, params=ListingFilter(**filters))
    return [(row.title, row.status, row.has_edit) for row in page.items]


def apply_bulk(
    session: WriteSession, member: Membership, action: BulkAction, *edits: Edit, **values: Any
) -> BulkResult:
    request = BulkRequest(action=action, listing_ids=tuple(edit.listing_id for edit in edits), **values)
    return bulk.apply(session, user_id=member.user_id, shop=member.slug, request=request, now=values.pop("now", NOW))


def test_a_draft_becomes_a_listing_when_saved_and_is_for_sale_when_published(
    session: WriteSession,
) -> None:
    member = seller(session)
    edit = save_draft(session, member, create_draft(session, member), MUG)
    assert (edit.version, edit.base, edit.is_pending, edit.status) == (2, 0, True, None)
    draft = publish(session, member, edit)
    assert (draft.version, draft.base, draft.is_pending, draft.status) == (3, 1, False, Status.DRAFT)
    waiting = outbox.backlog(session).waiting
    done = publish(session, member, draft, status=Status.PUBLISHED)
    assert (done.status, done.slug, outbox.backlog(session).waiting) == (Status.PUBLISHED, "stoneware-mug", waiting + 2)
    (listing,) = catalog.shop_listings(session, shop_id=member.shop_id, ids=[edit.listing_id])
    assert (listing.title, listing.variants[0].price, listing.variants[0].on_hand) == ("Stoneware mug", 2000, 5)


@contextmanager
def listings_loaded() -> Iterator[list[str]]:
    """The statements of the block that load whole listings."""
    loads: list[str] = []

    def record(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        loads.extend([statement] if statement.startswith("\nSELECT listing.*") else [])

    event.listen(db.engine(), "before_cursor_execute", record)
    try:
        yield loads
    finally:
        event.remove(db.engine(), "before_cursor_execute", record)


def test_a_command_loads_the_listing_once_and_publishing_loads_the_result(session: WriteSession) -> None:
    member = seller(session)
    edit = create_listing(session, member)
    with listings_loaded() as loads:
        edit = save_draft(session, member, edit, title="Stoneware cup")
    assert len(loads) == 1
    with listings_loaded() as loads:
        publish(session, member, edit, status=Status.PUBLISHED)
    assert len(loads) == 2
    request = BulkRequest(action=BulkAction.ARCHIVE, listing_ids=(edit.listing_id,))
    with listings_loaded() as loads:
        result = bulk.apply(session, user_id=member.user_id, shop=member.slug, request=request, now=NOW)
    assert (result.changed, len(loads)) == (1, 1)


def test_a_published_listing_is_unchanged_while_its_draft_is_edited(session: WriteSession) -> None:
    member = seller(session)
    edit = create_listing(session, member, status=Status.PUBLISHED)
    edit = save_draft(session, member, edit, title="Half a ti")
    assert catalog.published_listing(session, listing_id=edit.listing_id).title == "Stoneware mug"
    assert (edit.is_pending, edit.base, edit.status) == (True, 1, Status.PUBLISHED)
    publish(session, member, save_draft(session, member, edit, title="Half a tin"))
    assert catalog.published_listing(session, listing_id=edit.listing_id).title == "Half a tin"


def test_a_conflicting_edit_of_a_second_tab_is_refused_and_changes_nothing(session: WriteSession) -> None:
    member = seller(session)
    edit = create_listing(session, member)
    first = save_draft(session, member, edit, title="By the first")
    before = fingerprint(session)
    for refused in (
        lambda: save_draft(session, member, edit, title="By the second"),
        lambda: publish(session, member, edit),
        lambda: service.discard_draft(
            session, user_id=member.user_id, shop=member.slug, listing_id=edit.listing_id, version=edit.version, now=NOW
        ),
    ):
        with pytest.raises(EditedElsewhere):
            refused()
    assert fingerprint(session) == before
    copy = service.duplicate(
        session, user_id=member.user_id, shop=member.slug, listing_id=edit.listing_id, content=edit.content, now=NOW
    )
    assert (copy.content.title, copy.listing_id == edit.listing_id) == ("Stoneware mug (copy)", False)
    assert copy.content.variants[0].id is None
    assert helpers.current_edit(session, member, first.listing_id).content.title == "By the first"


def test_a_draft_does_not_overwrite_a_listing_that_an_import_has_changed(session: WriteSession) -> None:
    member = seller(session)
    edit = save_draft(session, member, create_listing(session, member), title="By hand")
    shop = shops.by_id(session, shop_id=member.shop_id)
    draft = make_draft(key=str(edit.listing_id), title="By an import")
    catalog_service.save_many(session, shop=shop, inputs=[draft], reason=Reason.IMPORT, now=NOW)
    assert helpers.current_edit(session, member, edit.listing_id).is_stale
    before = fingerprint(session)
    with pytest.raises(ListingChanged):
        publish(session, member, edit)
    assert fingerprint(session) == before
    arguments = {"user_id": member.user_id, "shop": member.slug, "listing_id": edit.listing_id}
    service.discard_draft(session, **arguments, version=edit.version, now=NOW)
    now = helpers.current_edit(session, member, edit.listing_id)
    assert (now.content.title, now.is_stale, now.is_pending) == ("By an import", False, False)


def test_all_problems_of_a_draft_are_reported_at_once(session: WriteSession) -> None:
    member = seller(session)
    bad = SHIRT.with_cell(0, "price", "cheap").with_cell(1, "compare_at", "10").with_cell(1, "stock", "-1")
    edit = save_draft(
        session,
        member,
        create_draft(session, member),
        bad,
        title="",
        category="nowhere",
        pictures=[{"picture_id": uuid4()}],
    )
    before = fingerprint(session)
    with pytest.raises(InvalidEdit) as refusal:
        publish(session, member, edit, status=Status.PUBLISHED)
    assert refusal.value.fields == {
        "title": "Enter a title.",
        "category": "Choose a category. This one no longer exists.",
        "pictures": "Remove the pictures that couldn't be used.",
        "variants.0.price": "Enter a price such as 12.50.",
        "variants.1.compare_at": "Enter a former price higher than the price, or leave it empty.",
        "variants.1.stock": "Enter a whole number, or leave it empty to sell without a limit.",
    }
    assert fingerprint(session) == before


def test_variants_keep_their_ids_when_their_values_are_swapped(session: WriteSession) -> None:
    member = seller(session)
    edit = create_listing(session, member, SHIRT)
    ids = {row.choice: row.id for row in edit.content.variants}
    swapped = (
        edit.content.with_renamed_value(0, "Oat", "x")
        .with_renamed_value(0, "Ink", "Oat")
        .with_renamed_value(0, "x", "Ink")
    )
    again = publish(session, member, save_draft(session, member, edit, swapped))
    assert {row.choice: row.id for row in again.content.variants} == {("Ink",): ids["Oat",], ("Oat",): ids["Ink",]}


def test_a_sold_variant_cannot_be_removed(session: WriteSession) -> None:
    member = seller(session)
    edit = create_listing(session, member, SHIRT)
    oat = edit.content.variants[0].id
    session.execute(text("UPDATE stock SET sold = 1 WHERE variant_id = :oat"), {"oat": oat})
    less = save_draft(session, member, edit, edit.content.without_value(0, "Oat"))
    with pytest.raises(InvalidEdit, match=r"Oat has been sold, so it can't be removed. Set its stock to 0 instead."):
        publish(session, member, less)
    renamed = save_draft(session, member, less, edit.content.with_renamed_value(0, "Oat", "Cream"))
    assert publish(session, member, renamed).content.variants[0].id == oat


def test_unedited_stock_keeps_what_sales_have_left(session: WriteSession) -> None:
    member = seller(session)
    edit = save_draft(session, member, create_listing(session, member), title="A better title")
    session.execute(text("UPDATE stock SET on_hand = 4, sold = 1"))
    edit = publish(session, member, edit)
    assert (edit.content.title, edit.content.variants[0].stock) == ("A better title", "4")
    edit = publish(session, member, save_draft(session, member, edit, edit.content.with_cell(0, "stock", "9")))
    assert edit.content.variants[0].stock == "9"


def test_price_changes_are_logged_with_the_lowest_price_before_a_reduction(session: WriteSession) -> None:
    member = seller(session)
    edit = create_listing(session, member)
    for days, price in ((1, "30.00"), (40, "25.00"), (50, "18.00")):
        edit = save_draft(session, member, edit, edit.content.with_cell(0, "price", price))
        edit = publish(session, member, edit, now=NOW + timedelta(days=days))
    arguments = {"user_id": member.user_id, "shop": member.slug, "listing_id": edit.listing_id}
    found = queries.prices(session, **arguments, now=NOW + timedelta(days=51))
    assert [(step.before.amount, step.price.amount) for step in found.steps] == [
        (2500, 1800),
        (3000, 2500),
        (2000, 3000),
    ]
    assert [(each.price.amount, each.lowest.amount) for each in found.variants] == [(1800, 2500)]


@pytest.mark.parametrize(
    ("price", "changes", "lowest"),
    [
        (100, [], 100),
        (80, [(5, 100, 80)], 100),
        (80, [(20, 90, 100), (5, 100, 80)], 90),
        (80, [(50, 70, 100), (5, 100, 80)], 100),
        (100, [(5, 80, 100)], 80),
        (100, [(31, 80, 100)], 100),
    ],
)
def test_the_lowest_prior_price_covers_thirty_days(
    price: int, changes: list[tuple[int, int, int]], lowest: int
) -> None:
    at = [(NOW - timedelta(days=days), before, after) for days, before, after in changes]
    assert lowest_prior_price(price, at, now=NOW) == lowest


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


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize("what", ["keep", "save"])
def test_of_two_concurrent_saves_one_succeeds_and_the_other_is_refused(what: str) -> None:
    with db.writing() as session:
        member = seller(session)
        edit = save_draft(session, member, create_listing(session, member), title="Before")
    start, outcomes = threading.Barrier(2), list[str]()

    def write(title: str) -> None:
        start.wait()
        try:
            with db.writing() as session:
                if what == "keep":
                    save_draft(session, member, edit, title=title)
                else:
                    publish(session, member, edit)
            outcomes.append(title)
        except EditedElsewhere:
            outcomes.append("refused")

    threads = [threading.Thread(target=write, args=(title,)) for title in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = [each for each in outcomes if each != "refused"]
    assert len(outcomes) == 2
    with db.writing() as session:
        now = helpers.current_edit(session, member, edit.listing_id)
    assert (now.version, now.content.title) == (edit.version + 1, winner if what == "keep" else "Before")


def test_drafts_without_content_are_deleted_after_a_day(session: WriteSession) -> None:
    member = seller(session)
    blank, written = (
        create_draft(session, member),
        save_draft(session, member, create_draft(session, member), ListingContent(title="Written")),
    )
    service.sweep_blank_drafts(session, now=NOW + timedelta(hours=25))
    with pytest.raises(ListingNotFound):
        helpers.current_edit(session, member, blank.listing_id)
    assert helpers.current_edit(session, member, written.listing_id).content.title == "Written"


def test_an_edit_keeps_what_the_editor_has_no_fields_for(session: WriteSession) -> None:
    member = seller(session)
    shop = shops.by_id(session, shop_id=member.shop_id)
    details = {"barcode": "4006381333931", "weight": "0.45 kg", "measure": "500 ml", "base_measure": "100 ml"}
    draft = make_draft(
        key="oil", attributes={"Care": "x" * 500}, variants=(VariantInput(price=900, quantity=1, **details),)
    )
    (saved,) = catalog_service.save_many(session, shop=shop, inputs=[draft], reason=Reason.IMPORT, now=NOW)
    edit = helpers.current_edit(session, member, saved.listing_id)
    publish(session, member, save_draft(session, member, edit, title="Olive oil"))
    (listing,) = catalog.shop_listings(session, shop_id=shop.id, ids=[saved.listing_id])
    assert catalog.to_input(listing) == draft.model_copy(update={"title": "Olive oil"})
