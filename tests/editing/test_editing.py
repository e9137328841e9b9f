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
from platform_app.domain.catalog.schemas import PictureInput, VariantInput
from platform_app.domain.editing import queries, service
from platform_app.domain.editing.errors import (
    EditedElsewhere,
    InvalidEdit,
    ListingChanged,
)
from platform_app.domain.editing.rules import BulkAction
from platform_app.domain.editing.schemas import BulkRequest, Edit, ListingFilter
from platform_app.domain.editing.schemas.content import ListingContent
from platform_app.domain.editing.service import bulk
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.errors import NotPermitted, ShopNotFound
from platform_app.domain.shops.schemas import Membership
from platform_app.domain.stock.rules import Reason
from platform_app.infra import db, outbox
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
from tests.factories import NOW, make_draft, make_user


def table(session: WriteSession, member: Membership, **filters: Any) -> list[tuple[str, Status, bool]]:
    page = queries.listing_rows(session, user_id=member.user_id, shop=member.slug, params=ListingFilter(**filters))
    return [(row.title, row.status, row.has_edit) for row in page.items]


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
    assert (done.status, done.slug, outbox.backlog(session).waiting) == (Status.PUBLISHED, "stoneware-mug", waiting + 3)
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
        "variants.1.compare_at": "Enter an original price higher than the price, or leave it empty.",
        "variants.1.stock": "Enter a whole number, or leave it empty to sell without a limit.",
    }
    assert fingerprint(session) == before


@pytest.mark.parametrize(
    ("currency", "price", "compare_at", "problems"),
    [
        ("JPY", "1500.50", "", {"price": "Amounts in JPY have no decimals."}),
        ("KWD", "1.2345", "2.0001", dict.fromkeys(("price", "compare_at"), "Amounts in KWD have at most 3 decimals.")),
        ("USD", "9.999", "", {"price": "Amounts in USD have at most 2 decimals."}),
        ("EUR", "£5", "", {"price": "Enter a price such as 12.50."}),
        ("JPY", "much", "", {"price": "Enter a price such as 1250."}),
        ("USD", "90,071,992,547,409.92", "", {"price": "Enter an amount of at most $90,071,992,547,409.91."}),
        ("USD", "5", "5.00", {"compare_at": "Enter an original price higher than the price, or leave it empty."}),
    ],
)
def test_an_amount_that_would_be_changed_is_refused_with_its_reason(
    session: WriteSession, currency: str, price: str, compare_at: str, problems: dict[str, str]
) -> None:
    member = seller(session, currency=currency)
    content = ListingContent.model_validate({"title": "Mug", "variants": [{"price": price, "compare_at": compare_at}]})
    edit = save_draft(session, member, create_draft(session, member), content)
    with pytest.raises(InvalidEdit) as refusal:
        publish(session, member, edit)
    assert refusal.value.fields == {f"variants.0.{name}": message for name, message in problems.items()}


@pytest.mark.parametrize(
    ("currency", "price", "amount"),
    [
        ("JPY", "1500.00", 1500),
        ("KWD", "1.234", 1234),
        ("JPY", "9,007,199,254,740,991", 2**53 - 1),
        ("USD", "90,071,992,547,409.91", 2**53 - 1),
    ],
)
def test_the_highest_price_is_the_highest_exact_number_of_json(
    session: WriteSession, currency: str, price: str, amount: int
) -> None:
    member = seller(session, currency=currency)
    content = ListingContent.model_validate({"title": "Mug", "variants": [{"price": price}]})
    edit = create_listing(session, member, content)
    (listing,) = catalog.shop_listings(session, shop_id=member.shop_id, ids=[edit.listing_id])
    assert listing.variants[0].price == amount


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


def cells(edit: Edit) -> list[tuple[object, ...]]:
    return [(row.choice, row.price, row.stock, row.sku, row.is_offered) for row in edit.content.variants]


def test_a_variant_that_is_offered_again_after_saving_has_its_own_price_stock_and_sku(session: WriteSession) -> None:
    member = seller(session)
    content = SHIRT.with_cell(1, "price", "55.00").with_cell(1, "stock", "8").with_cell(1, "sku", "INK")
    edit = create_listing(session, member, content, status=Status.PUBLISHED)
    less = publish(session, member, save_draft(session, member, edit, edit.content.with_cell(1, "is_offered", False)))
    assert cells(less) == [(("Oat",), "50.00", "3", "", True), (("Ink",), "55.00", "8", "INK", False)]
    draft = save_draft(session, member, less, title="Linen shirt")
    service.discard_draft(
        session, user_id=member.user_id, shop=member.slug, listing_id=edit.listing_id, version=draft.version, now=NOW
    )
    less = helpers.current_edit(session, member, edit.listing_id)
    again = publish(session, member, save_draft(session, member, less, less.content.with_cell(1, "is_offered", True)))
    (listing,) = catalog.shop_listings(session, shop_id=member.shop_id, ids=[edit.listing_id])
    assert [(each.price, each.tracked_quantity, each.sku) for each in listing.variants] == [
        (5000, 3, ""),
        (5500, 8, "INK"),
    ]
    assert (again.content.removed, again.content.options) == ((), SHIRT.options)


def test_a_value_that_is_added_back_after_saving_has_its_own_stock(session: WriteSession) -> None:
    member = seller(session)
    edit = create_listing(session, member, SHIRT.with_cell(1, "stock", "8"))
    less = publish(session, member, save_draft(session, member, edit, edit.content.without_value(0, "Ink")))
    assert cells(less) == [(("Oat",), "50.00", "3", "", True)]
    publish(session, member, save_draft(session, member, less, less.content.with_value(0, "Ink")))
    (listing,) = catalog.shop_listings(session, shop_id=member.shop_id, ids=[edit.listing_id])
    assert [(each.choice, each.tracked_quantity) for each in listing.variants] == [(("Oat",), 3), (("Ink",), 8)]


def test_a_value_that_was_removed_stays_removed_although_its_variant_was_not_offered(session: WriteSession) -> None:
    member = seller(session)
    edit = create_listing(session, member, SHIRT.with_cell(1, "is_offered", False))
    assert edit.content.options[0].values == ("Oat", "Ink")
    edit = publish(session, member, save_draft(session, member, edit, edit.content.without_value(0, "Ink")))
    assert edit.content.options[0].values == ("Oat",)
    content = edit.content.with_option("Size").with_value(1, "S")
    edit = publish(session, member, save_draft(session, member, edit, content))
    assert [(each.name, each.values) for each in edit.content.options] == [("Colour", ("Oat",)), ("Size", ("S",))]


def test_a_row_that_names_an_unknown_variant_keeps_the_stock_that_it_shows(session: WriteSession) -> None:
    member = seller(session)
    rows = [{"id": uuid4(), "price": "20.00", "stock": "5", "stock_was": "5"}]
    edit = create_listing(session, member, ListingContent.model_validate({"title": "Mug", "variants": rows}))
    (listing,) = catalog.shop_listings(session, shop_id=member.shop_id, ids=[edit.listing_id])
    assert listing.variants[0].tracked_quantity == 5


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
    (listing,) = catalog.shop_listings(session, shop_id=member.shop_id, ids=[saved.listing_id])
    assert catalog.to_input(listing) == draft.model_copy(update={"title": "Olive oil"})


def make_bottle(session: WriteSession, member: Membership, **details: str) -> Edit:
    shop = shops.by_id(session, shop_id=member.shop_id)
    draft = make_draft(key="oil", variants=(VariantInput(price=900, quantity=1, **details),))
    (saved,) = catalog_service.save_many(session, shop=shop, inputs=[draft], reason=Reason.IMPORT, now=NOW)
    return helpers.current_edit(session, member, saved.listing_id)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ({"barcode": "4 006381-333931", "weight": "1,250.5 g"}, None),
        ({"barcode": "4 006381-333931", "weight": "450G"}, ("4006381333931", "450 g")),
        ({"barcode": "", "weight": "0,450 kg"}, ("", "0.45 kg")),
        ({"barcode": "036000291452", "weight": "2 lbs"}, ("036000291452", "2 lb")),
        ({"barcode": "96385074", "weight": "0 g"}, ("96385074", "")),
        ({}, ("96385074", "1 kg")),
    ],
)
def test_barcode_and_weight_are_edited(
    session: WriteSession, typed: dict[str, str], stored: tuple[str, str] | None
) -> None:
    member = seller(session)
    edit = make_bottle(session, member, barcode="96385074", weight="1 kg", measure="500 ml", base_measure="100 ml")
    content = edit.content
    assert (content.variants[0].barcode, content.variants[0].weight) == ("96385074", "1 kg")
    for name, value in typed.items():
        content = content.with_cell(0, name, value)
    draft = save_draft(session, member, edit, content, title="Oil")
    if stored is None:
        with pytest.raises(InvalidEdit) as refusal:
            publish(session, member, draft)
        assert refusal.value.fields == {
            "variants.0.weight": "Enter a weight such as 450 g or 1.2 kg, or leave it empty."
        }
        return
    publish(session, member, draft)
    (listing,) = catalog.shop_listings(session, shop_id=member.shop_id, ids=[edit.listing_id])
    (variant,) = listing.variants
    assert (variant.barcode, variant.weight) == stored
    assert (variant.measure, variant.base_measure) == ("500 ml", "100 ml")


@pytest.mark.parametrize(
    ("barcode", "problem"),
    [
        ("4006381333932", "One digit of this barcode is wrong: its last digit doesn't match the others."),
        ("12345", "Enter the 8, 12, 13 or 14 digits under the barcode, or leave it empty."),
        ("ABC-1", "Enter the 8, 12, 13 or 14 digits under the barcode, or leave it empty."),
    ],
)
def test_a_barcode_that_is_none_is_refused_with_its_reason(session: WriteSession, barcode: str, problem: str) -> None:
    member = seller(session)
    edit = make_bottle(session, member)
    draft = save_draft(session, member, edit, edit.content.with_cell(0, "barcode", barcode))
    before = fingerprint(session)
    with pytest.raises(InvalidEdit) as refusal:
        publish(session, member, draft)
    assert refusal.value.fields == {"variants.0.barcode": problem}
    assert fingerprint(session) == before


def test_an_edit_from_before_the_fields_keeps_the_stored_barcode_and_weight(session: WriteSession) -> None:
    member = seller(session)
    edit = make_bottle(session, member, barcode="96385074", weight="1 kg")
    row = {**edit.content.variants[0].model_dump(mode="json"), "price": "8.00"}
    old = {name: value for name, value in row.items() if name not in ("barcode", "weight")}
    publish(session, member, save_draft(session, member, edit, variants=[old]))
    (listing,) = catalog.shop_listings(session, shop_id=member.shop_id, ids=[edit.listing_id])
    assert (listing.variants[0].price, listing.variants[0].barcode, listing.variants[0].weight) == (
        800,
        "96385074",
        "1 kg",
    )


def test_a_variant_shows_the_picture_that_the_seller_links_until_it_is_taken_out(session: WriteSession) -> None:
    member = seller(session)
    shop = shops.by_id(session, shop_id=member.shop_id)
    pictures = tuple(PictureInput(source=f"https://example.com/{n}.jpg") for n in range(2))
    draft = make_draft(key="mug", pictures=pictures)
    (saved,) = catalog_service.save_many(session, shop=shop, inputs=[draft], reason=Reason.IMPORT, now=NOW)
    edit = helpers.current_edit(session, member, saved.listing_id)
    second = edit.pictures[1].picture_id
    edit = publish(
        session, member, save_draft(session, member, edit, edit.content.with_cell(0, "picture", str(second)))
    )
    (listing,) = catalog.shop_listings(session, shop_id=member.shop_id, ids=[saved.listing_id])
    assert listing.variants[0].picture_id == second == edit.content.variants[0].picture
    content = edit.content.with_cell(0, "picture", "")
    publish(session, member, save_draft(session, member, edit, content))
    (listing,) = catalog.shop_listings(session, shop_id=member.shop_id, ids=[saved.listing_id])
    assert listing.variants[0].picture_id is None
