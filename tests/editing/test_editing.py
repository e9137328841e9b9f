"""Writing, saving and changing listings, by those whose shop it is."""

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
from tests.editing.helpers import MUG, begun, kept, listed, saved, seller
from tests.factories import NOW, make_draft, make_user

SHIRT = (
    ListingContent.model_validate({"title": "Shirt", "variants": [{"price": "50.00", "stock": "3"}]})
    .with_option("Colour")
    .with_value(0, "Oat")
    .with_value(0, "Ink")
)


def fingerprint(session: WriteSession) -> list[Any]:
    """Every row that selling is about."""
    tables = ("listing", "variant", "stock", "listing_picture", "listing_edit", "price_change", "outbox", "upload")
    return [session.execute(text(f"SELECT {name} FROM {name} ORDER BY 1::text")).all() for name in tables]


def table(session: WriteSession, who: Membership, **asked: Any) -> list[tuple[str, Status, bool]]:
    page = queries.listing_rows(session, user_id=who.user_id, shop=who.slug, params=ListingFilter(**asked))
    return [(row.title, row.status, row.has_edit) for row in page.items]


def do(session: WriteSession, who: Membership, action: BulkAction, *edits: Edit, **said: Any) -> BulkResult:
    asked = BulkRequest(action=action, listing_ids=tuple(edit.listing_id for edit in edits), **said)
    return bulk.apply(session, user_id=who.user_id, shop=who.slug, request=asked, now=said.pop("now", NOW))


def test_what_is_written_becomes_a_listing_when_it_is_saved_and_is_for_sale_when_published(
    session: WriteSession,
) -> None:
    who = seller(session)
    edit = kept(session, who, begun(session, who), MUG)
    assert (edit.version, edit.base, edit.is_pending, edit.status) == (2, 0, True, None)
    draft = saved(session, who, edit)
    assert (draft.version, draft.base, draft.is_pending, draft.status) == (3, 1, False, Status.DRAFT)
    waiting = outbox.backlog(session).waiting
    done = saved(session, who, draft, status=Status.PUBLISHED)
    assert (done.status, done.slug, outbox.backlog(session).waiting) == (Status.PUBLISHED, "stoneware-mug", waiting + 2)
    (listing,) = catalog.listings_by_id(session, ids=[edit.listing_id])
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


def test_a_command_loads_the_listing_once_and_publishing_loads_what_it_made_of_it(session: WriteSession) -> None:
    who = seller(session)
    edit = listed(session, who)
    with listings_loaded() as loads:
        edit = kept(session, who, edit, title="Stoneware cup")
    assert len(loads) == 1
    with listings_loaded() as loads:
        saved(session, who, edit, status=Status.PUBLISHED)
    assert len(loads) == 2
    request = BulkRequest(action=BulkAction.ARCHIVE, listing_ids=(edit.listing_id,))
    with listings_loaded() as loads:
        result = bulk.apply(session, user_id=who.user_id, shop=who.slug, request=request, now=NOW)
    assert (result.changed, len(loads)) == (1, 1)


def test_a_listing_for_sale_stays_as_it_is_while_its_seller_writes(session: WriteSession) -> None:
    who = seller(session)
    edit = listed(session, who, status=Status.PUBLISHED)
    edit = kept(session, who, edit, title="Half a ti")
    assert catalog.published_listing(session, listing_id=edit.listing_id).title == "Stoneware mug"
    assert (edit.is_pending, edit.base, edit.status) == (True, 1, Status.PUBLISHED)
    saved(session, who, kept(session, who, edit, title="Half a tin"))
    assert catalog.published_listing(session, listing_id=edit.listing_id).title == "Half a tin"


def test_of_two_tabs_the_second_is_told_and_nothing_is_written_over(session: WriteSession) -> None:
    who = seller(session)
    edit = listed(session, who)
    first = kept(session, who, edit, title="By the first")
    before = fingerprint(session)
    for refused in (
        lambda: kept(session, who, edit, title="By the second"),
        lambda: saved(session, who, edit),
        lambda: service.discard_draft(
            session, user_id=who.user_id, shop=who.slug, listing_id=edit.listing_id, version=edit.version, now=NOW
        ),
    ):
        with pytest.raises(EditedElsewhere):
            refused()
    assert fingerprint(session) == before
    copy = service.duplicate(
        session, user_id=who.user_id, shop=who.slug, listing_id=edit.listing_id, content=edit.content, now=NOW
    )
    assert (copy.content.title, copy.listing_id == edit.listing_id) == ("Stoneware mug (copy)", False)
    assert copy.content.variants[0].id is None
    assert helpers.now(session, who, first.listing_id).content.title == "By the first"


def test_a_listing_that_an_import_has_changed_meanwhile_is_not_written_over(session: WriteSession) -> None:
    who = seller(session)
    edit = kept(session, who, listed(session, who), title="By hand")
    shop = shops.by_id(session, shop_id=who.shop_id)
    draft = make_draft(key=str(edit.listing_id), title="By an import")
    catalog_service.save_many(session, shop=shop, inputs=[draft], reason=Reason.IMPORT, now=NOW)
    assert helpers.now(session, who, edit.listing_id).is_stale
    before = fingerprint(session)
    with pytest.raises(ListingChanged):
        saved(session, who, edit)
    assert fingerprint(session) == before
    asked = {"user_id": who.user_id, "shop": who.slug, "listing_id": edit.listing_id}
    service.discard_draft(session, **asked, version=edit.version, now=NOW)
    now = helpers.now(session, who, edit.listing_id)
    assert (now.content.title, now.is_stale, now.is_pending) == ("By an import", False, False)


def test_everything_that_is_in_the_way_of_saving_is_said_at_once(session: WriteSession) -> None:
    who = seller(session)
    bad = SHIRT.with_cell(0, "price", "cheap").with_cell(1, "compare_at", "10").with_cell(1, "stock", "-1")
    edit = kept(
        session, who, begun(session, who), bad, title="", category="nowhere", pictures=[{"picture_id": uuid4()}]
    )
    before = fingerprint(session)
    with pytest.raises(InvalidEdit) as refusal:
        saved(session, who, edit, status=Status.PUBLISHED)
    assert refusal.value.fields == {
        "title": "Enter a title.",
        "category": "Choose a category. This one no longer exists.",
        "pictures": "Remove the pictures that couldn't be used.",
        "variants.0.price": "Enter a price such as 12.50.",
        "variants.1.compare_at": "Enter a former price higher than the price, or leave it empty.",
        "variants.1.stock": "Enter a whole number, or leave it empty to sell without a limit.",
    }
    assert fingerprint(session) == before


def test_a_renamed_variant_keeps_its_id_even_when_two_change_names(session: WriteSession) -> None:
    who = seller(session)
    edit = listed(session, who, SHIRT)
    ids = {row.choice: row.id for row in edit.content.variants}
    swapped = (
        edit.content.with_renamed_value(0, "Oat", "x")
        .with_renamed_value(0, "Ink", "Oat")
        .with_renamed_value(0, "x", "Ink")
    )
    again = saved(session, who, kept(session, who, edit, swapped))
    assert {row.choice: row.id for row in again.content.variants} == {("Ink",): ids["Oat",], ("Oat",): ids["Ink",]}


def test_a_variant_that_was_sold_cannot_be_taken_out(session: WriteSession) -> None:
    who = seller(session)
    edit = listed(session, who, SHIRT)
    oat = edit.content.variants[0].id
    session.execute(text("UPDATE stock SET sold = 1 WHERE variant_id = :oat"), {"oat": oat})
    less = kept(session, who, edit, edit.content.without_value(0, "Oat"))
    with pytest.raises(InvalidEdit, match=r"Oat has been sold, so it can't be removed. Set its stock to 0 instead."):
        saved(session, who, less)
    renamed = kept(session, who, less, edit.content.with_renamed_value(0, "Oat", "Cream"))
    assert saved(session, who, renamed).content.variants[0].id == oat


def test_stock_that_the_seller_did_not_touch_stays_what_sales_have_left(session: WriteSession) -> None:
    who = seller(session)
    edit = kept(session, who, listed(session, who), title="A better title")
    session.execute(text("UPDATE stock SET on_hand = 4, sold = 1"))
    edit = saved(session, who, edit)
    assert (edit.content.title, edit.content.variants[0].stock) == ("A better title", "4")
    edit = saved(session, who, kept(session, who, edit, edit.content.with_cell(0, "stock", "9")))
    assert edit.content.variants[0].stock == "9"


def test_every_change_of_a_price_is_noted_and_the_lowest_before_a_reduction_is_told(session: WriteSession) -> None:
    who = seller(session)
    edit = listed(session, who)
    for days, price in ((1, "30.00"), (40, "25.00"), (50, "18.00")):
        edit = kept(session, who, edit, edit.content.with_cell(0, "price", price))
        edit = saved(session, who, edit, now=NOW + timedelta(days=days))
    asked = {"user_id": who.user_id, "shop": who.slug, "listing_id": edit.listing_id}
    found = queries.prices(session, **asked, now=NOW + timedelta(days=51))
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
def test_the_lowest_price_of_thirty_days(price: int, changes: list[tuple[int, int, int]], lowest: int) -> None:
    at = [(NOW - timedelta(days=days), before, after) for days, before, after in changes]
    assert lowest_prior_price(price, at, now=NOW) == lowest


def test_the_table_has_what_was_never_saved_and_is_paged_searched_and_filtered(session: WriteSession) -> None:
    who = seller(session)
    mug, jug = (
        listed(session, who),
        listed(session, who, MUG.model_copy(update={"title": "Jug 100%"}), status=Status.PUBLISHED),
    )
    kept(session, who, mug, title="Another title")
    begun(session, who)
    kept(session, who, begun(session, who), ListingContent(title="Only begun"))
    assert table(session, who) == [
        ("Only begun", Status.DRAFT, True),
        ("Jug 100%", Status.PUBLISHED, False),
        ("Stoneware mug", Status.DRAFT, True),
    ]
    assert table(session, who, status=Status.PUBLISHED) == [("Jug 100%", Status.PUBLISHED, False)]
    assert table(session, who, q="100%") == [("Jug 100%", Status.PUBLISHED, False)]
    assert table(session, who, q="%") == [("Jug 100%", Status.PUBLISHED, False)]
    first = queries.listing_rows(session, user_id=who.user_id, shop=who.slug, params=ListingFilter(limit=2))
    second = queries.listing_rows(
        session, user_id=who.user_id, shop=who.slug, params=ListingFilter(limit=2, cursor=first.next_cursor)
    )
    assert [row.title for row in (*first.items, *second.items)] == ["Only begun", "Jug 100%", "Stoneware mug"]
    assert (second.next_cursor, jug.slug) == (None, "jug-100")


def test_many_are_changed_at_once_and_what_cannot_be_is_named(session: WriteSession) -> None:
    who = seller(session)
    mug, shirt = listed(session, who), listed(session, who, SHIRT)
    new = kept(session, who, begun(session, who), ListingContent(title="Only begun"))
    done = do(session, who, BulkAction.PUBLISH, mug, shirt, new)
    assert (done.changed, [(each.listing_id, each.reason) for each in done.refused]) == (
        2,
        [(new.listing_id, "Not saved yet. Open this listing and save it first.")],
    )
    assert do(session, who, BulkAction.PUBLISH, mug).changed == 0
    assert do(session, who, BulkAction.PRICE, mug, shirt, percent=Decimal("-12.5")).changed == 2
    assert do(session, who, BulkAction.STOCK, mug, quantity=7).changed == 1
    assert do(session, who, BulkAction.ARCHIVE, shirt).changed == 1
    found = {each.title: each for each in catalog.listings_by_id(session, ids=[mug.listing_id, shirt.listing_id])}
    assert [variant.price for variant in found["Shirt"].variants] == [4375, 4375]
    assert (found["Shirt"].status, found["Stoneware mug"].status) == (Status.ARCHIVED, Status.PUBLISHED)
    assert found["Stoneware mug"].variants[0].on_hand == 7
    assert session.execute(text("SELECT count(*) FROM price_change")).scalar_one() == 3


def test_a_shop_is_open_to_those_alone_who_run_it(session: WriteSession) -> None:
    who, other = seller(session), seller(session, slug="other", email="bea@example.com")
    stranger = make_user(session, email="cleo@example.com").user
    edit = listed(session, who)
    theirs = {"user_id": other.user_id, "shop": "other"}
    before = fingerprint(session)
    for user, shop, error in ((stranger.id, who.slug, ShopNotFound), (other.user_id, who.slug, ShopNotFound)):
        for call in everything(session, user, shop, edit):
            with pytest.raises(error):
                call()
    for call in everything(session, theirs["user_id"], "other", edit)[
        :-3
    ]:  # in their own shop there is no such listing
        with pytest.raises(ListingNotFound):
            call()
    assert do(session, other, BulkAction.ARCHIVE, edit).changed == 0
    session.execute(
        text("UPDATE shop_member SET role = 'staff', permissions = '{figures}' WHERE shop_id = :id"),
        {"id": who.shop_id},
    )
    for call in everything(session, who.user_id, who.slug, edit):
        with pytest.raises(NotPermitted):
            call()
    assert fingerprint(session) == before


def test_whoever_may_only_count_stock_sees_what_is_saved_and_counts_it(session: WriteSession) -> None:
    who = seller(session)
    mug = listed(session, who)
    kept(session, who, mug, title="Another title")
    kept(session, who, begun(session, who), ListingContent(title="Only begun"))
    session.execute(
        text("UPDATE shop_member SET role = 'staff', permissions = '{stock}' WHERE shop_id = :id"), {"id": who.shop_id}
    )
    assert table(session, who) == [("Stoneware mug", Status.DRAFT, False)]
    assert table(session, who, q="begun") == []
    assert do(session, who, BulkAction.STOCK, mug, quantity=9).changed == 1
    before = fingerprint(session)
    for refused in (BulkAction.PRICE, BulkAction.PUBLISH, BulkAction.UNPUBLISH, BulkAction.ARCHIVE):
        with pytest.raises(NotPermitted):
            do(session, who, refused, mug, percent=Decimal(5))
    for call in everything(session, who.user_id, who.slug, mug)[:-1]:
        with pytest.raises(NotPermitted):
            call()
    assert fingerprint(session) == before
    (listing,) = catalog.listings_by_id(session, ids=[mug.listing_id])
    assert listing.variants[0].on_hand == 9


def everything(session: WriteSession, user_id: UUID, shop: str, edit: Edit) -> list[Callable[[], object]]:
    asked: dict[str, Any] = {"user_id": user_id, "shop": shop}
    one = {**asked, "listing_id": edit.listing_id}
    many = BulkRequest(action=BulkAction.ARCHIVE, listing_ids=(edit.listing_id,))
    return [
        lambda: queries.edit(session, **one),
        lambda: queries.prices(session, **one, now=NOW),
        lambda: service.save_draft(session, **one, version=0, base=0, content=MUG, now=NOW),
        lambda: service.duplicate(session, **one, now=NOW),
        lambda: service.publish(session, **one, version=0, now=NOW),
        lambda: service.discard_draft(session, **one, version=0, now=NOW),
        lambda: service.create_draft(session, **asked, now=NOW),
        lambda: bulk.apply(session, **asked, request=many, now=NOW),
        lambda: queries.listing_rows(session, **asked, params=ListingFilter()),
    ]


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize("what", ["keep", "save"])
def test_of_two_at_the_same_moment_one_is_kept_and_the_other_is_told(what: str) -> None:
    with db.writing() as session:
        who = seller(session)
        edit = kept(session, who, listed(session, who), title="Before")
    start, outcomes = threading.Barrier(2), list[str]()

    def write(title: str) -> None:
        start.wait()
        try:
            with db.writing() as session:
                if what == "keep":
                    kept(session, who, edit, title=title)
                else:
                    saved(session, who, edit)
            outcomes.append(title)
        except EditedElsewhere:
            outcomes.append("told")

    threads = [threading.Thread(target=write, args=(title,)) for title in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = [each for each in outcomes if each != "told"]
    assert len(outcomes) == 2
    with db.writing() as session:
        now = helpers.now(session, who, edit.listing_id)
    assert (now.version, now.content.title) == (edit.version + 1, winner if what == "keep" else "Before")


def test_listings_of_which_nothing_was_written_are_forgotten_after_a_day(session: WriteSession) -> None:
    who = seller(session)
    blank, written = begun(session, who), kept(session, who, begun(session, who), ListingContent(title="Written"))
    service.sweep_blank_drafts(session, now=NOW + timedelta(hours=25))
    with pytest.raises(ListingNotFound):
        helpers.now(session, who, blank.listing_id)
    assert helpers.now(session, who, written.listing_id).content.title == "Written"
