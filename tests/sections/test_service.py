"""Sections and pinned listings: who may change them, and what a shop's page shows of them."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from platform_app.domain.catalog import service as catalog
from platform_app.domain.catalog.rules import Status
from platform_app.domain.search import queries as search
from platform_app.domain.search.schemas import SearchQuery
from platform_app.domain.sections import queries, rules, service
from platform_app.domain.sections.errors import (
    InvalidSection,
    SectionNotFound,
    SectionsChanged,
    TooManyPinned,
    TooManySections,
)
from platform_app.domain.sections.schemas import SectionList, ShopSection
from platform_app.domain.shared.model_base import new_id
from platform_app.domain.shops.errors import ShopNotFound
from platform_app.infra import db
from platform_app.infra.db import WriteSession
from tests.factories import make_listing, make_owner, make_shop, make_user

SHOP = "clay-and-co"


@pytest.fixture
def owner(session: WriteSession) -> UUID:
    return make_owner(session, shop=make_shop(session)).user.id


def titles(found: SectionList) -> list[str]:
    return [each.title for each in found.sections]


def add(session: WriteSession, owner: UUID, *names: str) -> SectionList:
    for name in names:
        found = service.add(session, user_id=owner, shop=SHOP, title=name)
    return found


def listed(session: WriteSession, **params: object) -> list[str]:
    """The titles on the shop's page."""
    query = SearchQuery.model_validate({"shop": SHOP, "limit": 16, **params})
    return [card.title for card in search.results(session, search_query=query).items]


def make_listings(session: WriteSession, *names: str) -> dict[str, UUID]:
    shop = make_shop(session)
    return {name: make_listing(session, shop=shop, key=name, title=name).id for name in names}


def test_sections_keep_their_order_and_their_slug(session: WriteSession, owner: UUID) -> None:
    found = add(session, owner, "Mugs", "  Large   bowls ", "日本")
    assert [(each.title, each.slug) for each in found.sections][:2] == [
        ("Mugs", "mugs"),
        ("Large bowls", "large-bowls"),
    ]
    mugs = found.sections[0]
    found = service.change(
        session, user_id=owner, shop=SHOP, section_id=mugs.id, title="Cups", position=2, version=found.version
    )
    assert titles(found) == ["Large bowls", "日本", "Cups"]
    assert found.sections[2].slug == "mugs"
    found = service.remove(session, user_id=owner, shop=SHOP, section_id=found.sections[0].id, version=found.version)
    assert titles(found) == ["日本", "Cups"]
    assert titles(add(session, owner, "Last")) == ["日本", "Cups", "Last"]


def test_two_sections_never_share_a_slug(session: WriteSession, owner: UUID) -> None:
    found = add(session, owner, "Mugs", "Mugs!", "mugs?")
    assert [each.slug for each in found.sections] == ["mugs", "mugs-2", "mugs-3"]


@pytest.mark.parametrize("title", ["", "   ", "x" * 81, "MUGS"])
def test_a_title_that_is_missing_too_long_or_taken_is_refused(session: WriteSession, owner: UUID, title: str) -> None:
    before = add(session, owner, "Mugs")
    with pytest.raises(InvalidSection) as refusal:
        service.add(session, user_id=owner, shop=SHOP, title=title)
    assert set(refusal.value.fields) == {"title"}
    assert titles(queries.section_list(session, user_id=owner, shop=SHOP)) == titles(before)


def test_a_change_of_what_somebody_else_has_changed_is_refused(session: WriteSession, owner: UUID) -> None:
    seen = add(session, owner, "Mugs")
    add(session, owner, "Bowls")
    mugs = seen.sections[0].id
    with pytest.raises(SectionsChanged):
        service.change(session, user_id=owner, shop=SHOP, section_id=mugs, title="Cups", version=seen.version)
    with pytest.raises(SectionsChanged):
        service.remove(session, user_id=owner, shop=SHOP, section_id=mugs, version=seen.version)
    with pytest.raises(SectionsChanged):
        service.set_pinned(session, user_id=owner, shop=SHOP, listing_ids=[], version=seen.version)


def test_one_section_more_than_the_limit_is_refused(
    session: WriteSession, owner: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MAX_SECTIONS", 1)
    add(session, owner, "Mugs")
    with pytest.raises(TooManySections, match="Your shop has 1 sections"):
        add(session, owner, "Bowls")


def test_a_listing_is_in_one_section_at_most_and_only_in_one_of_its_shop(session: WriteSession, owner: UUID) -> None:
    found, ids = add(session, owner, "Mugs", "Bowls"), make_listings(session, "one", "two")
    mugs, bowls = (each.id for each in found.sections)
    other = make_listing(session, shop=make_shop(session, slug="wood"), key="spoon", title="spoon").id
    chosen = [*ids.values(), other, new_id()]
    assert service.assign(session, user_id=owner, shop=SHOP, listing_ids=chosen, section_id=mugs) == 2
    assert service.assign(session, user_id=owner, shop=SHOP, listing_ids=[ids["two"]], section_id=bowls) == 1
    assert (listed(session, section="mugs"), listed(session, section="bowls")) == (["one"], ["two"])
    for name, section in (("one", mugs), ("two", bowls)):
        assert queries.section_of_listing(session, user_id=owner, shop=SHOP, listing_id=ids[name]) == section
    service.assign(session, user_id=owner, shop=SHOP, listing_ids=[ids["one"]], section_id=None)
    assert listed(session, section="mugs") == []
    with pytest.raises(SectionNotFound):
        service.assign(session, user_id=owner, shop=SHOP, listing_ids=[ids["one"]], section_id=new_id())


def test_visitors_see_the_sections_that_have_a_listing_for_sale(session: WriteSession, owner: UUID) -> None:
    found, ids = add(session, owner, "Empty", "Drafts", "Mugs"), make_listings(session, "one")
    draft = make_listing(session, key="draft", title="draft", status=Status.DRAFT).id
    _, drafts, mugs = (each.id for each in found.sections)
    service.assign(session, user_id=owner, shop=SHOP, listing_ids=ids.values(), section_id=mugs)
    service.assign(session, user_id=owner, shop=SHOP, listing_ids=[draft], section_id=drafts)
    assert queries.of_shop(session, shop=SHOP) == (ShopSection(slug="mugs", title="Mugs"),)
    assert queries.of_shop(session, shop="nowhere") == ()
    counts = [each.listings for each in queries.section_list(session, user_id=owner, shop=SHOP).sections]
    assert counts == [0, 1, 1]


def test_pinned_listings_come_first_in_their_order_and_only_once(session: WriteSession, owner: UUID) -> None:
    ids = make_listings(session, *"abcdefghijklmnopqrst")
    plain = listed(session, pinned_first=True)
    pinned = [ids["c"], ids["a"]]
    service.pin(session, user_id=owner, shop=SHOP, listing_ids=pinned, is_pinned=True)
    service.pin(session, user_id=owner, shop=SHOP, listing_ids=[ids["a"], new_id()], is_pinned=True)
    first = listed(session, pinned_first=True)
    assert first[:2] == ["c", "a"]
    query = SearchQuery(shop=SHOP, limit=16, pinned_first=True)
    page = search.results(session, search_query=query)
    rest = search.results(session, search_query=query.model_copy(update={"cursor": page.next_cursor}))
    everything = [card.title for card in (*page.items, *rest.items)]
    assert (len(page.items), page.total, sorted(everything)) == (16, 20, sorted(ids))
    assert [title for title in everything if title not in "ca"][:14] == [title for title in plain if title not in "ca"][
        :14
    ]
    assert listed(session) == plain
    service.pin(session, user_id=owner, shop=SHOP, listing_ids=[ids["c"]], is_pinned=False)
    assert listed(session, pinned_first=True)[0] == "a"


def test_pinned_listings_are_ordered_limited_and_dropped_with_the_listing(session: WriteSession, owner: UUID) -> None:
    ids = list(make_listings(session, *"abcdefghi").values())
    found = service.pin(session, user_id=owner, shop=SHOP, listing_ids=ids[:8], is_pinned=True)
    with pytest.raises(TooManyPinned, match="up to 8"):
        service.pin(session, user_id=owner, shop=SHOP, listing_ids=[ids[8]], is_pinned=True)
    version = queries.section_list(session, user_id=owner, shop=SHOP).version
    found = service.set_pinned(session, user_id=owner, shop=SHOP, listing_ids=[ids[1], ids[0]], version=version)
    assert [each.title for each in found.pinned] == ["b", "a"]
    catalog.remove_many(session, shop=make_shop(session), keys=["b"])
    assert [each.title for each in queries.section_list(session, user_id=owner, shop=SHOP).pinned] == ["a"]


def test_only_members_who_may_edit_listings_change_sections(session: WriteSession, owner: UUID) -> None:
    add(session, owner, "Mugs")
    stranger = make_user(session, email="bob@example.com").user.id
    with pytest.raises(ShopNotFound):
        service.add(session, user_id=stranger, shop=SHOP, title="Mine")
    with pytest.raises(ShopNotFound):
        queries.section_list(session, user_id=stranger, shop=SHOP)
    assert titles(queries.section_list(session, user_id=owner, shop=SHOP)) == ["Mugs"]


def test_sections_that_are_added_at_the_same_time_are_all_there(clean: None) -> None:
    with db.writing() as session:
        owner = make_owner(session, shop=make_shop(session)).user.id

    def press(number: int) -> None:
        with db.writing() as session:
            service.add(session, user_id=owner, shop=SHOP, title=f"Section {number}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(press, range(8)))
    with db.reading() as reading:
        found = queries.section_list(reading, user_id=owner, shop=SHOP)
    assert (sorted(titles(found)), found.version) == ([f"Section {number}" for number in range(8)], 8)
