"""Drafting, publishing and changing listings, by members of their shop."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog import service as catalog_service
from platform_app.domain.catalog.errors import ListingNotFound
from platform_app.domain.catalog.rules import Status
from platform_app.domain.editing import service
from platform_app.domain.editing.errors import (
    EditedElsewhere,
    InvalidEdit,
    ListingChanged,
)
from platform_app.domain.editing.rules import BulkAction
from platform_app.domain.editing.schemas import BulkRequest
from platform_app.domain.editing.schemas.content import ListingContent
from platform_app.domain.editing.service import bulk
from platform_app.domain.shops import queries as shops
from platform_app.domain.stock.rules import Reason
from platform_app.infra import db, outbox
from platform_app.infra.db import WriteSession
from tests.editing import helpers
from tests.editing.helpers import MUG, SHIRT, create_draft, create_listing, fingerprint, publish, save_draft, seller
from tests.factories import NOW, make_draft


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
