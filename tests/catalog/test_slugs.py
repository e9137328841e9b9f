"""The slugs of titles in many scripts, and listings that get another slug."""

import pytest
from sqlalchemy import text

from platform_app.domain.catalog import queries, rules, service
from platform_app.domain.catalog.errors import ListingGone, ListingMoved, ListingNotFound
from platform_app.domain.catalog.rules import Status
from platform_app.domain.catalog.schemas import Listing
from platform_app.domain.catalog.service import removal
from platform_app.domain.stock.rules import Reason
from platform_app.infra.db import WriteSession
from tests.factories import NOW, make_listing, make_shop

COMBINING = "\u30ab\u3099\u30e9\u30b9"  # ガラス, decomposed


def move(session: WriteSession, listing: Listing, slug: str) -> Listing:
    """The listing after its slug alone was changed."""
    (done,) = service.save_many(
        session,
        shop=make_shop(session),
        inputs=[queries.to_input(listing)],
        reason=Reason.EDIT,
        now=NOW,
        new_slugs={listing.key: slug},
    )
    (found,) = queries.shop_listings(session, shop_id=listing.shop_id, ids=[listing.id])
    assert (done.changed, found.version) == (True, listing.version + 1)
    return found


def found_at(session: WriteSession, slug: str) -> str:
    """The title of the listing at this slug, or where it is now."""
    try:
        return queries.listing_by_slug(session, shop="clay-and-co", listing=slug).title
    except ListingMoved as moved:
        return f"moved to {moved.slug}"


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Crème brûlée dish, Ø 12 cm", "creme-brulee-dish-o-12-cm"),
        ("Große Schüssel", "grosse-schussel"),
        ("Đĩa gốm", "dia-gom"),
        ("Глиняная кружка", "glinianaia-kruzhka"),
        ("Κούπα", "koupa"),
        ("Գավաթ", "gavat"),
        ("ჭიქა", "chik-a"),
        ("りんご", "ringo"),
        ("ガラス", "garasu"),
        ("ｶﾞﾗｽ", "garasu"),
        ("コーヒーカップ", "kohikappu"),
        ("きゅうす まっちゃ", "kyuusu-maccha"),
        (COMBINING, "garasu"),
        ("머그", "meogeu"),
        ("Ｍｕｇ №5", "mug-no5"),
        ("100 % ½", "100-1-2"),
    ],
)
def test_a_title_in_a_readable_script_gives_its_slug(title: str, slug: str) -> None:
    assert (rules.readable_title_slug(title), rules.title_slug(title)) == (slug, slug)


@pytest.mark.parametrize(
    ("title", "suggested"),
    [
        ("青い花瓶", "blue-vase"),
        ("花瓶 Vase MX-5", "vase-mx-5"),
        ("ガラスの花瓶", "blue-vase"),
        ("陶瓷杯", "blue-vase"),
        ("مزهرية زرقاء", "blue-vase"),
        ("אגרטל כחול", "blue-vase"),
        ("แจกันสีฟ้า", "blue-vase"),
        ("नीला फूलदान", "blue-vase"),
        ("நீல குவளை", "blue-vase"),
        ("ሰማያዊ", "blue-vase"),
        ("¡¡!!", "blue-vase"),
        ("🎁", "blue-vase"),
        ("", "blue-vase"),
    ],
)
def test_a_title_in_any_other_script_gives_none_but_an_example(title: str, suggested: str) -> None:
    assert (rules.readable_title_slug(title), rules.suggested_slug(title)) == ("", suggested)


@pytest.mark.parametrize(
    ("slug", "is_choosable"),
    [
        ("blue-vase", True), ("7", True), ("a--b", True), ("x" * 90, True), ("x" * 91, False), ("", False), ("-a", False),
        ("a-", False), ("-", False), ("Blue", False), ("a_b", False), ("a b", False), ("a/b", False), ("..", False),
        ("花瓶", False), ("a\n", False), ("a\x00", False), ("<script>", False), ("ｍｕｇ", False), ("\u202ea", False),
    ],
)  # fmt: skip
def test_a_chosen_slug_has_the_form_of_one(slug: str, is_choosable: bool) -> None:
    assert rules.is_choosable_slug(slug) is is_choosable


@pytest.mark.parametrize(
    ("status", "title", "slug", "is_open"),
    [
        (Status.DRAFT, "青い花瓶", "qing-ihua-ping", True),
        (Status.DRAFT, "青い花瓶", "qing-ihua-ping-12", True),
        (Status.DRAFT, "🎁", "listing", True),
        (Status.DRAFT, "青い花瓶", "blue-vase", False),
        (Status.DRAFT, "Blue vase", "blue-vase", False),
        (Status.PUBLISHED, "青い花瓶", "qing-ihua-ping", False),
    ],
)
def test_a_slug_is_open_while_nobody_chose_or_knows_it(
    session: WriteSession, status: Status, title: str, slug: str, is_open: bool
) -> None:
    assert make_listing(session, title=title, status=status).model_copy(update={"slug": slug}).is_slug_open is is_open


def test_what_visitors_have_seen_is_not_open_any_more(session: WriteSession) -> None:
    for status in (Status.PUBLISHED, Status.DRAFT):
        listing = make_listing(session, title="青い花瓶", status=status)
    assert (listing.slug, listing.status, listing.is_slug_open) == ("qing-ihua-ping", Status.DRAFT, False)


def test_a_listing_is_found_at_all_its_former_slugs(session: WriteSession) -> None:
    listing = make_listing(session, title="Mug")
    third = move(session, move(session, listing, "cup"), "blue-cup")
    assert [found_at(session, slug) for slug in ("mug", "cup", "blue-cup")] == [
        "moved to blue-cup", "moved to blue-cup", "Mug",
    ]  # fmt: skip
    move(session, third, "mug")
    assert [found_at(session, slug) for slug in ("mug", "cup", "blue-cup")] == ["Mug", "moved to mug", "moved to mug"]


def test_a_listing_with_the_same_slug_is_not_changed(session: WriteSession) -> None:
    listing = make_listing(session)
    (done,) = service.save_many(
        session,
        shop=make_shop(session),
        inputs=[queries.to_input(listing)],
        reason=Reason.EDIT,
        now=NOW,
        new_slugs={listing.key: listing.slug},
    )
    assert (done.changed, done.version) == (False, listing.version)


def test_no_other_listing_gets_a_slug_that_leads_somewhere(session: WriteSession) -> None:
    first = move(session, make_listing(session, title="Mug"), "cup")
    assert make_listing(session, key="other", title="Mug").slug == "mug-2"
    arguments = {"shop_id": first.shop_id, "slug": "mug"}
    assert queries.is_slug_taken(session, **arguments, listing_id=make_listing(session, key="third").id)
    assert not queries.is_slug_taken(session, **arguments, listing_id=first.id)
    taken_elsewhere = {"shop_id": make_shop(session, slug="other-shop").id, "slug": "mug", "listing_id": first.id}
    assert not queries.is_slug_taken(session, **taken_elsewhere)


def test_a_slug_that_nobody_knows_is_free_again(session: WriteSession) -> None:
    move(session, make_listing(session, title="Mug", status=Status.DRAFT), "cup")
    with pytest.raises(ListingNotFound):
        found_at(session, "mug")
    assert make_listing(session, key="other", title="Mug").slug == "mug"


@pytest.mark.parametrize(
    ("status", "answer"), [(Status.ARCHIVED, "moved to cup"), (Status.DRAFT, "not found"), (Status.PUBLISHED, "moved to cup")]
)  # fmt: skip
def test_a_former_slug_leads_to_what_visitors_can_see(session: WriteSession, status: Status, answer: str) -> None:
    moved = move(session, make_listing(session, title="Mug"), "cup")
    make_listing(session, **queries.to_input(moved).model_copy(update={"status": status}).model_dump())
    if answer == "not found":
        with pytest.raises(ListingNotFound):
            found_at(session, "mug")
    else:
        assert found_at(session, "mug") == answer


def test_all_slugs_of_a_deleted_listing_are_gone_until_one_leads_to_another_listing(session: WriteSession) -> None:
    shop = make_shop(session)
    first = move(session, make_listing(session, title="Mug"), "cup")
    removal.delete_for_good(session, shop=shop, listings=[first], kept=(), now=NOW)
    for slug in ("mug", "cup"):
        with pytest.raises(ListingGone):
            found_at(session, slug)
    assert session.execute(text("SELECT count(*) FROM former_slug")).scalar_one() == 0
    move(session, make_listing(session, key="new", title="Mug"), "jug")
    assert found_at(session, "mug") == "moved to jug"
