"""Bulk actions in a browser's tab: what is asked first, what is changed, and what can be undone."""

from collections.abc import Awaitable, Callable
from operator import methodcaller
from uuid import UUID

import pytest

from platform_app.domain.editing.rules import BulkAction
from platform_app.domain.shops.schemas import Membership
from platform_app.infra import db
from state.editing_bulk_presenters import BulkPreviewView, BulkRowView
from state.editing_table import ListingsState
from tests.editing.conftest import run_in_tab
from tests.editing.helpers import MUG, create_listing
from tests.factories import stored_listings

Act = Callable[[ListingsState], Awaitable[object]]


@pytest.fixture
def listing_ids(owner: Membership) -> list[UUID]:
    """Two mugs of a shop whose owner is signed in."""
    with db.writing() as session:
        mugs = [
            create_listing(session, owner, MUG.model_copy(update={"title": title})) for title in ("Mug", "Stone mug")
        ]
    return [each.listing_id for each in mugs]


def in_tab(*acts: Act) -> ListingsState:
    """The table of a new tab after these events."""
    return run_in_tab(ListingsState, "/sell/clay-and-co/listings", methodcaller("load"), *acts)


def choose(listing_ids: list[UUID], action: BulkAction | str, amount: str = "") -> Act:
    return lambda state: state.change_selected(action, [str(each) for each in listing_ids], amount)


def confirm(state: ListingsState) -> Awaitable[object]:
    return state.apply_preview()


def undo(state: ListingsState) -> Awaitable[object]:
    return state.undo_change(state.undo_view.id)


def stored(listing_ids: list[UUID]) -> list[tuple[int, int | None]]:
    with db.reading() as session:
        found = {each.id: each.variants[0] for each in stored_listings(session, *listing_ids)}
    return [(found[each].price, found[each].tracked_quantity) for each in listing_ids]


def test_a_change_of_prices_is_asked_with_the_number_of_listings_and_each_price(listing_ids: list[UUID]) -> None:
    state = in_tab(choose(listing_ids, "price", "-12,5"))
    assert state.preview == BulkPreviewView(
        key="1",
        question="Change the prices of 2 listings by \u221212.5%?",
        confirm="Change 2 listings",
        rows=[
            BulkRowView(id=str(listing_ids[0]), title="Mug", before="$20.00", after="$17.50"),
            BulkRowView(id=str(listing_ids[1]), title="Stone mug", before="$20.00", after="$17.50"),
        ],
    )
    assert stored(listing_ids) == [(2000, 5), (2000, 5)]


def test_a_confirmed_change_is_made_and_can_be_undone(listing_ids: list[UUID]) -> None:
    state = in_tab(choose(listing_ids, "price", "-10%"), confirm)
    assert (state.flash, state.preview.key) == ("2 listings repriced.", "")
    assert state.undo_view.text == "The prices of 2 listings changed. You can undo this for 10 minutes."
    assert stored(listing_ids) == [(1800, 5), (1800, 5)]
    state = in_tab(undo)
    assert (state.flash, state.undo_view.id) == ("Undone for 2 listings.", "")
    assert stored(listing_ids) == [(2000, 5), (2000, 5)]


def test_a_change_of_stock_is_asked_too_and_selling_without_a_limit_has_its_own_question(
    listing_ids: list[UUID],
) -> None:
    state = in_tab(choose(listing_ids, "stock", "1200"))
    assert state.preview.question == "Set the stock of 2 listings to 1,200 for each variant?"
    assert [(row.before, row.after) for row in state.preview.rows] == [("5", "1,200")] * 2
    state = in_tab(choose(listing_ids[:1], "unlimited"))
    assert (state.preview.question, state.preview.confirm) == ("Sell 1 listing without a limit?", "Change 1 listing")
    assert [(row.before, row.after) for row in state.preview.rows] == [("5", "No limit")]
    assert stored(listing_ids) == [(2000, 5), (2000, 5)]


@pytest.mark.parametrize("amount", ["", "  ", "many", "-1", "2.5"])
def test_stock_without_a_whole_number_does_nothing(listing_ids: list[UUID], amount: str) -> None:
    state = in_tab(choose(listing_ids, "stock", amount), confirm)
    assert state.error == ""
    assert stored(listing_ids) == [(2000, 5), (2000, 5)]
    state = in_tab(choose(listing_ids, "stock", amount))
    assert state.error == "Enter how many of each variant you have, such as 25. Nothing was changed."
    assert state.preview == BulkPreviewView()


def test_a_deletion_is_asked_with_the_number_of_listings_and_what_goes_with_them(listing_ids: list[UUID]) -> None:
    state = in_tab(choose(listing_ids, "delete"))
    assert state.preview == BulkPreviewView(
        key="1",
        question="Delete 2 listings for good?",
        text="2 variants and all unsaved changes go with them. "
        "People who liked them keep the titles, and the links lead nowhere. This can't be undone.",
        confirm="Delete 2 listings",
        rows=[
            BulkRowView(id=str(listing_ids[0]), title="Mug", before="", after=""),
            BulkRowView(id=str(listing_ids[1]), title="Stone mug", before="", after=""),
        ],
    )
    assert len(stored(listing_ids)) == 2
    assert in_tab(choose(listing_ids[:1], "delete")).preview.text == (
        "1 variant and all unsaved changes go with it. "
        "People who liked it keep its title, and its link leads nowhere. This can't be undone."
    )
    state = in_tab(choose(listing_ids, "delete"), confirm)
    assert (state.flash, state.rows, state.preview.key, state.undo_view.id) == ("2 listings deleted.", [], "", "")


def test_a_listing_for_sale_is_not_deleted_in_bulk(listing_ids: list[UUID]) -> None:
    state = in_tab(choose(listing_ids, "publish"), choose(listing_ids, "delete"), confirm)
    assert (state.preview.key, len(state.rows)) == ("", 2)
    state = in_tab(choose(listing_ids[:1], "unpublish"), choose(listing_ids, "delete"))
    assert (state.preview.question, [each.title for each in state.refused]) == (
        "Delete 1 listing for good?",
        ["Stone mug"],
    )


def test_a_change_that_is_not_confirmed_does_nothing(listing_ids: list[UUID]) -> None:
    in_tab(choose(listing_ids, "stock", "9"), lambda state: state.dismiss_preview(), confirm)
    assert stored(listing_ids) == [(2000, 5), (2000, 5)]


def test_a_change_that_would_change_nothing_is_not_asked(listing_ids: list[UUID]) -> None:
    state = in_tab(choose(listing_ids, "stock", "5"))
    assert (state.error, state.preview.key) == ("Nothing would change: these listings already have these values.", "")


def test_a_change_that_does_not_exist_is_not_undone(listing_ids: list[UUID]) -> None:
    for change_id in ("", "nothing", str(listing_ids[0])):
        tab = in_tab(methodcaller("undo_change", change_id))
        assert tab.error == "This change can't be undone any more."
