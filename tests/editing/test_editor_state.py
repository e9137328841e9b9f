"""The editor in a browser's tab: problems are named, linked, and gone when mended."""

import threading
from collections.abc import Awaitable, Callable
from itertools import count
from operator import methodcaller
from uuid import UUID

import pytest

from platform_app.domain.editing.schemas.content import ListingContent
from platform_app.domain.shops.schemas import Membership
from platform_app.infra import db
from state import editing_presenters
from state.editing import EditorState
from state.editing_problems import ProblemView
from tests.editing.conftest import run_in_tab
from tests.editing.helpers import SHIRT, create_draft, save_draft
from tests.factories import stored_listings

Act = Callable[[EditorState], Awaitable[object]]
_SEQUENCES = count(1)


@pytest.fixture
def listing_id(owner: Membership) -> UUID:
    """A new listing of two variants without a title, of a shop whose owner is signed in."""
    with db.writing() as session:
        return save_draft(session, owner, create_draft(session, owner), SHIRT, title="").listing_id


def in_tab(listing_id: UUID, *acts: Act) -> EditorState:
    """The editor of a new tab after these events."""
    url = f"/sell/clay-and-co/listings/{listing_id}"
    return run_in_tab(EditorState, url, methodcaller("load"), *acts)


def set_cell(index: int, name: str, value: str) -> Act:
    return lambda state: state.set_cell(next(_SEQUENCES), index, name, value)


def set_title(title: str) -> Act:
    return lambda state: state.set_field(next(_SEQUENCES), "title", title)


def save(state: EditorState) -> Awaitable[object]:
    return state.save("published")


BROKEN = (set_cell(0, "compare_at", "50.00"), set_cell(1, "stock", "many"), save)


def test_a_refused_save_names_each_field_with_its_element_and_moves_the_focus(listing_id: UUID) -> None:
    state = in_tab(listing_id, *BROKEN)
    assert state.problems == [
        ProblemView("listing-title", "Title", "Enter a title."),
        ProblemView(
            "cell-0-compare_at",
            "Original price of Oat",
            "Enter an original price higher than the price, or leave it empty.",
        ),
        ProblemView("cell-1-stock", "Stock of Ink", "Enter a whole number, or leave it empty to sell without a limit."),
    ]
    assert state.problem_summary == "3 fields need a change before this can be saved."
    assert (state.is_refused, state.refusals) == (True, 1)
    assert in_tab(listing_id, *BROKEN, save).refusals == 2


def test_a_problem_goes_when_it_is_mended_also_by_another_field(listing_id: UUID) -> None:
    state = in_tab(listing_id, *BROKEN, set_cell(0, "price", "45.00"))
    assert sorted(state.errors) == ["title", "variants.1.stock"]
    state = in_tab(
        listing_id,
        set_cell(0, "price", "60.00"),
        *BROKEN,
        set_title("Shirt"),
        lambda each: each.fill_column({"name": "stock", "value": "5"}),
    )
    assert list(state.errors) == ["variants.0.compare_at"]
    assert state.problem_summary == "1 field needs a change before this can be saved."
    state = in_tab(listing_id, set_cell(0, "compare_at", ""), set_cell(1, "stock", "5"), set_title("Shirt"), save)
    assert (state.errors, state.problems, state.problem_summary, state.is_refused) == ({}, [], "", False)
    with db.reading() as session:
        (listing,) = stored_listings(session, listing_id)
    assert (listing.title, listing.status) == ("Shirt", "published")


def test_problems_move_with_their_rows_and_go_with_them(listing_id: UUID) -> None:
    state = in_tab(listing_id, *BROKEN, lambda each: each.remove_value(0, "Oat"))
    assert state.errors == {
        "title": "Enter a title.",
        "variants.0.stock": "Enter a whole number, or leave it empty to sell without a limit.",
    }


def test_a_refused_step_is_no_refused_save_and_goes_with_the_next_one(listing_id: UUID) -> None:
    state = in_tab(listing_id, lambda each: each.add_option({"name": "colour"}))
    assert state.problems == [ProblemView("new-option", "Options", "Enter a new option name, such as Size.")]
    assert (state.is_refused, state.refusals) == (False, 0)
    assert (
        in_tab(
            listing_id, lambda each: each.add_option({"name": "colour"}), lambda each: each.add_option({"name": "Size"})
        ).errors
        == {}
    )


def test_a_field_that_does_not_exist_is_refused(listing_id: UUID) -> None:
    state = in_tab(listing_id, lambda each: each.set_field(next(_SEQUENCES), "status", "mine"))
    assert state.errors == {"status": "There is no such field."}


def test_variants_are_changed_and_drawn_beside_the_event_loop(
    listing_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill, draw = ListingContent.with_all_cells, editing_presenters.variant_rows
    threads: dict[str, int] = {}

    def filled(content: ListingContent, name: str, value: str) -> ListingContent:
        threads["fill"] = threading.get_ident()
        return fill(content, name, value)

    def drawn(content: ListingContent) -> list[editing_presenters.VariantRowView]:
        threads["draw"] = threading.get_ident()
        return draw(content)

    monkeypatch.setattr(ListingContent, "with_all_cells", filled)
    monkeypatch.setattr(editing_presenters, "variant_rows", drawn)
    tab = in_tab(listing_id, lambda state: state.fill_column({"name": "price", "value": "12"}))
    assert [row.price for row in tab.variant_rows] == ["12", "12"]
    assert set(threads) == {"fill", "draw"}
    assert threading.get_ident() not in threads.values()  # the test's thread runs the loop
