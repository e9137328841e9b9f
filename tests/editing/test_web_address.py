"""The web address of a listing: follows the title, is chosen, or is asked for before the listing is published."""

from collections.abc import Awaitable, Callable
from itertools import count
from operator import methodcaller
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog.errors import ListingMoved, ListingNotFound
from platform_app.domain.catalog.rules import Status
from platform_app.domain.editing import service
from platform_app.domain.editing.errors import InvalidEdit
from platform_app.domain.editing.rules import BulkAction
from platform_app.domain.editing.schemas.content import ListingContent
from platform_app.domain.shops.schemas import Membership
from platform_app.infra import db
from platform_app.infra.db import WriteSession
from state.catalog import ListingState
from state.editing import EditorState
from state.editing_problems import ProblemView
from tests.editing.conftest import run_in_tab
from tests.editing.helpers import (
    MUG,
    apply_bulk,
    create_draft,
    create_listing,
    current_edit,
    fingerprint,
    publish,
    save_draft,
    seller,
)
from tests.editing.test_rest import SHOP_URL, sign_in_as_owner
from tests.editing.test_rest import save_draft as save_over_rest
from tests.factories import NOW, make_listing, make_shop

VASE = MUG.model_copy(update={"title": "青い花瓶"})
ASKED = "This title can't become a readable web address. Enter one in letters from a to z, such as blue-vase."
FORM = "Use only lower-case letters from a to z, digits and hyphens between them, such as "
_SEQUENCES = count(1)
Act = Callable[[EditorState], Awaitable[object]]


def draft_of(session: WriteSession, member: Membership, content: ListingContent, **values: str) -> UUID:
    """A draft that was never saved."""
    return save_draft(session, member, create_draft(session, member), content, **values).listing_id


def refused(session: WriteSession, member: Membership, listing_id: UUID, **values: object) -> dict[str, str]:
    """The problems of a save, which changed nothing."""
    edit, before = current_edit(session, member, listing_id), fingerprint(session)
    with pytest.raises(InvalidEdit) as error:
        publish(session, member, edit, **values)
    assert fingerprint(session) == before
    return error.value.fields


def test_a_title_that_people_cannot_read_as_an_address_is_saved_but_not_published(session: WriteSession) -> None:
    member = seller(session)
    listing_id = draft_of(session, member, VASE)
    assert current_edit(session, member, listing_id).web_address == ""
    assert refused(session, member, listing_id, status=Status.PUBLISHED) == {"slug": ASKED}
    saved = publish(session, member, current_edit(session, member, listing_id))
    assert (saved.status, saved.slug, saved.web_address) == (Status.DRAFT, "qing-ihua-ping", "")
    assert refused(session, member, listing_id, status=Status.PUBLISHED) == {"slug": ASKED}
    chosen = save_draft(session, member, saved, slug="blue-vase")
    assert chosen.web_address == "blue-vase"
    done = publish(session, member, chosen, status=Status.PUBLISHED)
    assert (done.status, done.slug, done.web_address, done.content.slug) == (
        Status.PUBLISHED, "blue-vase", "blue-vase", "",
    )  # fmt: skip
    with pytest.raises(ListingNotFound):  # nobody knew it
        catalog.listing_by_slug(session, shop=member.slug, listing="qing-ihua-ping")


def test_the_transliterated_address_can_be_chosen(session: WriteSession) -> None:
    member = seller(session)
    saved = create_listing(session, member, VASE)
    done = publish(session, member, save_draft(session, member, saved, slug="qing-ihua-ping"), status=Status.PUBLISHED)
    assert (done.status, done.slug) == (Status.PUBLISHED, "qing-ihua-ping")


def test_an_open_address_follows_the_title_until_it_can_be_read(session: WriteSession) -> None:
    member = seller(session)
    first = create_listing(session, member, VASE)
    second = publish(session, member, save_draft(session, member, first, title="白い花瓶"))
    assert (second.slug, second.web_address) == ("bai-ihua-ping", "")
    assert refused(session, member, first.listing_id, status=Status.PUBLISHED) == {"slug": ASKED}
    third = save_draft(session, member, second, title="White vase")
    assert third.web_address == "white-vase"
    assert publish(session, member, third, status=Status.PUBLISHED).slug == "white-vase"


def test_a_listing_keeps_its_address_whatever_its_title_becomes(session: WriteSession) -> None:
    member = seller(session)
    mug = create_listing(session, member, MUG)
    for title in ("青い花瓶", "Blue vase"):
        mug = publish(session, member, save_draft(session, member, mug, title=title), status=Status.PUBLISHED)
        assert (mug.slug, mug.web_address) == ("stoneware-mug", "stoneware-mug")


def test_a_published_listing_leads_from_its_former_address_to_the_new_one(session: WriteSession) -> None:
    member = seller(session)
    mug = create_listing(session, member, MUG, status=Status.PUBLISHED)
    moved = publish(session, member, save_draft(session, member, mug, slug="cup"))
    assert (moved.slug, moved.base, moved.is_pending) == ("cup", mug.base + 1, False)
    with pytest.raises(ListingMoved) as error:
        catalog.listing_by_slug(session, shop=member.slug, listing="stoneware-mug")
    assert (error.value.shop, error.value.slug) == ("clay-and-co", "cup")
    back = publish(session, member, save_draft(session, member, moved, slug="stoneware-mug"))
    assert back.slug == "stoneware-mug"


def test_a_taken_address_is_refused_with_a_free_one(session: WriteSession) -> None:
    member = seller(session)
    mug = create_listing(session, member, MUG, status=Status.PUBLISHED)
    publish(session, member, save_draft(session, member, mug, slug="cup"))
    create_listing(session, member, MUG.model_copy(update={"title": "Cup 2", "slug": "cup-2"}))
    other = draft_of(session, member, MUG, slug="cup")
    taken = "Another listing of your shop has this web address, or had it before. "
    assert refused(session, member, other) == {"slug": taken + "cup-3 is free."}
    save_draft(session, member, current_edit(session, member, other), slug="stoneware-mug")
    assert refused(session, member, other) == {"slug": taken + "stoneware-mug-2 is free."}
    save_draft(session, member, current_edit(session, member, other), slug="stoneware-mug-2")
    assert publish(session, member, current_edit(session, member, other)).slug == "stoneware-mug-2"


def test_the_same_address_in_another_shop_is_free(session: WriteSession) -> None:
    make_listing(session, shop=make_shop(session, slug="other-shop"), title="Cup")
    member = seller(session)
    assert create_listing(session, member, MUG.model_copy(update={"slug": "cup"})).slug == "cup"


def test_a_suggestion_has_room_for_its_number(session: WriteSession) -> None:
    member = seller(session)
    create_listing(session, member, MUG.model_copy(update={"slug": "x" * 90}))
    other = draft_of(session, member, MUG, slug="x" * 90)
    assert refused(session, member, other)["slug"].endswith(f" {'x' * 84} is free.")


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("Blue Vase", f"{FORM}blue-vase."),
        ("Глиняная кружка", f"{FORM}glinianaia-kruzhka."),
        ("花瓶", f"{FORM}blue-vase."),
        ("-vase", f"{FORM}vase."),
        ("--", f"{FORM}blue-vase."),
        ("a/../b", f"{FORM}a-b."),
        ("https://example.org/", f"{FORM}https-example-org."),
        ("<script>alert(1)</script>", f"{FORM}script-alert-1-script."),
        ("' OR 1=1 --", f"{FORM}or-1-1."),
        ("%2e%2e", f"{FORM}2e-2e."),
        ("x" * 91, "Use at most 90 characters."),
    ],
)
def test_an_address_of_another_form_is_refused(session: WriteSession, typed: str, message: str) -> None:
    member = seller(session)
    listing_id = draft_of(session, member, MUG, slug=typed)
    assert refused(session, member, listing_id) == {"slug": message}


@pytest.mark.parametrize(("typed", "stored"), [("cup\n", "cup"), ("\u202ecup\x00", "cup"), ("  cup ", "cup")])
def test_what_nobody_sees_is_left_out(session: WriteSession, typed: str, stored: str) -> None:
    member = seller(session)
    listing_id = draft_of(session, member, MUG, slug=typed)
    assert publish(session, member, current_edit(session, member, listing_id)).slug == stored


def test_an_address_of_any_length_is_not_stored() -> None:
    with pytest.raises(ValidationError):
        ListingContent(slug="x" * 101)


def test_a_copy_has_an_address_of_its_own(session: WriteSession) -> None:
    member = seller(session)
    mug = save_draft(session, member, create_listing(session, member, MUG), slug="cup")
    copy = service.duplicate(session, user_id=member.user_id, shop=member.slug, listing_id=mug.listing_id, now=NOW)
    assert (copy.content.slug, copy.web_address) == ("", "stoneware-mug-copy")


def test_a_bulk_publication_names_the_listings_that_need_an_address(session: WriteSession) -> None:
    member = seller(session)
    mug, vase = create_listing(session, member, MUG), create_listing(session, member, VASE)
    named = create_listing(session, member, VASE.model_copy(update={"slug": "a-vase"}))
    done = apply_bulk(session, member, BulkAction.PUBLISH, mug, vase, named)
    reason = "Its title can't become a readable web address. Open this listing and enter one."
    assert (done.changed, [(each.title, each.reason) for each in done.refused]) == (2, [("青い花瓶", reason)])
    assert current_edit(session, member, vase.listing_id).status is Status.DRAFT
    assert apply_bulk(session, member, BulkAction.ARCHIVE, vase).changed == 1


def test_rest_asks_for_an_address_and_leads_to_the_new_one(pair: tuple[TestClient, TestClient]) -> None:
    browser, _ = pair
    sign_in_as_owner(browser)
    content = VASE.model_dump(mode="json", include={"title", "variants"})
    edit = save_over_rest(browser, browser.post(f"{SHOP_URL}/listings").json(), **content)
    at, body = f"{SHOP_URL}/listings/{edit['listing_id']}", {"version": edit["version"], "status": "published"}
    answer = browser.post(f"{at}/save", json=body)
    assert (answer.status_code, answer.json()["code"], answer.json()["fields"]) == (
        422,
        "invalid_edit",
        {"slug": ASKED},
    )
    edit = save_over_rest(browser, edit, slug="blue-vase")
    done = browser.post(f"{at}/save", json={"version": edit["version"], "status": "published"}).json()
    assert (done["slug"], done["web_address"], done["status"]) == ("blue-vase", "blue-vase", "published")
    moved = save_over_rest(browser, done, slug="vase")
    assert browser.post(f"{at}/save", json={"version": moved["version"]}).json()["slug"] == "vase"
    assert browser.get(f"/api/v1/listings/{edit['listing_id']}").json()["url"] == "/shops/clay-and-co/vase"
    long = {"version": moved["version"], "base": moved["base"], "content": {**edit["content"], "slug": "x" * 101}}
    assert browser.put(at, json=long).status_code == 422


@pytest.fixture
def listing_id(owner: Membership) -> UUID:
    """A new listing of a shop whose owner is signed in."""
    with db.writing() as session:
        return draft_of(session, owner, MUG)


def in_tab(listing_id: UUID, *acts: Act) -> EditorState:
    """The editor of a new tab after these events."""
    return run_in_tab(EditorState, f"/sell/clay-and-co/listings/{listing_id}", methodcaller("load"), *acts)


def typed(name: str, text: str) -> Act:
    return lambda state: state.set_field(next(_SEQUENCES), name, text)


def test_the_field_shows_what_the_title_gives_until_something_is_typed(listing_id: UUID) -> None:
    state = in_tab(listing_id)
    assert (state.web_address, state.url_prefix.partition("/shops/")[2]) == ("stoneware-mug", "clay-and-co/")
    assert in_tab(listing_id, typed("title", "Blue cup")).web_address == "blue-cup"
    assert in_tab(listing_id, typed("title", "青い花瓶")).web_address == ""
    assert in_tab(listing_id, typed("slug", "cup"), typed("title", "Jug")).web_address == "cup"
    assert in_tab(listing_id, typed("slug", "")).web_address == "jug"


def test_the_editor_asks_until_an_address_is_entered(listing_id: UUID) -> None:
    unreadable = (typed("title", "青い花瓶"), methodcaller("save", "published"))
    problem = ProblemView("listing-slug", "Web address", ASKED)
    assert in_tab(listing_id, *unreadable).problems == [problem]
    assert in_tab(listing_id, *unreadable, typed("tags", "vase")).problems == [problem]
    state = in_tab(listing_id, *unreadable, typed("slug", "blue-vase"))
    assert (state.problems, state.is_refused) == ([], True)
    done = in_tab(listing_id, methodcaller("save", "published"))
    assert (done.public_url, done.errors) == ("/shops/clay-and-co/blue-vase", {})


def test_an_address_that_is_too_long_is_refused_beside_its_field(listing_id: UUID) -> None:
    assert in_tab(listing_id, typed("slug", "x" * 101)).errors == {"slug": "This is too long or not a valid value."}


@pytest.mark.parametrize("act", ["load", "refresh"])
def test_an_open_page_goes_to_the_new_address(owner: Membership, act: str) -> None:
    with db.writing() as session:
        mug = create_listing(session, owner, MUG, status=Status.PUBLISHED)
        publish(session, owner, save_draft(session, owner, mug, slug="cup"))
    redirects: list[dict[str, str]] = []

    async def visit(state: ListingState) -> None:
        answer = await getattr(state, act)()
        redirects.append({str(name): str(value) for name, value in answer.args})

    state = run_in_tab(ListingState, "/shops/clay-and-co/stoneware-mug", visit)
    assert [(each["path"], each["replace"]) for each in redirects] == [('"/shops/clay-and-co/cup"', "true")]
    assert state.status == ""
    assert run_in_tab(ListingState, "/shops/clay-and-co/cup", methodcaller(act)).status == "ready"
