"""The studio's page of sections, the bulk actions, and the links on a shop's page."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

import pytest
from reflex.istate.data import RouterData
from reflex.state import State

from platform_app.domain.accounts import rules as accounts
from platform_app.domain.sections import queries, service
from platform_app.infra import cache, db
from platform_app.presenters.shops import SectionLinkView
from state.core import identity, live_updates, sockets
from state.editing_table import ListingsState
from state.layout import LayoutState
from state.sections import ListingSectionState, SectionsState, update_listing_section
from state.shops import ShopState
from tests.factories import UNKNOWN_ID, make_listing, make_owner, make_shop

Answer = TypeVar("Answer")
SHOP = "clay-and-co"


@pytest.fixture
def owner(clean: None, monkeypatch: pytest.MonkeyPatch) -> UUID:
    """The owner of a shop with three listings and two sections, signed in in every tab of this process."""
    with db.writing() as session:
        shop = make_shop(session)
        created = make_owner(session, shop=shop)
        for name in "abc":
            make_listing(session, shop=shop, key=name, title=name)
        for title in ("Mugs", "Bowls"):
            service.add(session, user_id=created.user.id, shop=SHOP, title=title)
    monkeypatch.setitem(sockets._digests, "", accounts.digest(created.token))
    return created.user.id


def run_in_tab(path: str, act: Callable[[State], Awaitable[Answer]]) -> Answer:
    """What comes of this in a new tab at this URL."""

    async def run() -> Answer:
        cache._redis.cache_clear()
        cache.set_listening(True)
        try:
            tab = State(_reflex_internal_init=True)
            pathname = path.partition("?")[0]
            data = {"token": "", "sid": "", "pathname": pathname, "asPath": path, "query": {}, "headers": {}}
            tab.router = RouterData.from_router_data(data)
            return await act(tab)
        finally:
            cache.set_listening(False)
            await cache._redis().aclose()
            cache._redis.cache_clear()
            live_updates.unsubscribe("")

    return asyncio.run(run())


def test_sections_are_moved_and_deleted_in_the_studio(owner: UUID) -> None:
    async def act(tab: State) -> list[list[str]]:
        page = await tab.get_state(SectionsState)
        await SectionsState.load.fn(page)
        seen = [[each.title for each in page.sections]]
        await SectionsState.move.fn(page, page.sections[1].id, -1)
        seen.append([each.title for each in page.sections])
        await SectionsState.move.fn(page, page.sections[0].id, -1)
        await SectionsState.move.fn(page, UNKNOWN_ID, 1)
        seen.append([each.title for each in page.sections])
        await SectionsState.remove.fn(page, page.sections[0].id)
        seen.append([each.title for each in page.sections])
        return seen

    both = ["Bowls", "Mugs"]
    assert run_in_tab(f"/sell/{SHOP}/sections", act) == [["Mugs", "Bowls"], both, both, ["Mugs"]]


def test_a_change_over_a_newer_one_is_refused_and_the_newer_one_is_shown(owner: UUID) -> None:
    async def act(tab: State) -> tuple[list[str], str]:
        page = await tab.get_state(SectionsState)
        await SectionsState.load.fn(page)
        with db.writing() as session:
            service.add(session, user_id=owner, shop=SHOP, title="Vases")
        await SectionsState.remove.fn(page, page.sections[0].id)
        return [each.title for each in page.sections], (await tab.get_state(LayoutState)).message

    titles, message = run_in_tab(f"/sell/{SHOP}/sections", act)
    assert titles == ["Mugs", "Bowls", "Vases"]
    assert message.startswith("Somebody has changed the sections")


def test_selected_listings_are_moved_pinned_and_shown_on_the_shops_page(owner: UUID) -> None:
    async def select(tab: State) -> list[str]:
        table = await tab.get_state(ListingsState)
        await ListingsState.load.fn(table)
        rows, (mugs, _) = {each.title: each.id for each in table.rows}, table.sections
        seen = []
        await ListingsState.assign_section.fn(table, [rows["a"], rows["b"]], mugs.value)
        seen.append(table.flash)
        await ListingsState.pin_selected.fn(table, [rows["b"], "nonsense"], True)
        seen.append(table.flash)
        await ListingsState.assign_section.fn(table, [], mugs.value)
        seen.append(table.error)
        await ListingsState.assign_section.fn(table, [rows["c"]], "nonsense")
        seen.append(table.error)
        return seen

    assert run_in_tab(f"/sell/{SHOP}/listings", select) == [
        "2 listings moved.",
        "Pinned to the top of your shop's page.",
        "Select at least one listing first.",
        "This section doesn't exist any more.",
    ]

    async def visit(tab: State) -> tuple[list[SectionLinkView], list[str]]:
        page = await tab.get_state(ShopState)
        await ShopState.load.fn(page)
        return list(page.sections), [card.title for card in page.cards]

    links, cards = run_in_tab(f"/shops/{SHOP}", visit)
    path = f"/shops/{SHOP}"
    assert links == [
        SectionLinkView("All", path, is_active=True),
        SectionLinkView("Mugs", f"{path}?section=mugs", is_active=False),
    ]
    assert (cards[0], sorted(cards)) == ("b", ["a", "b", "c"])
    links, cards = run_in_tab(f"{path}?section=mugs&sort=price_up", visit)
    assert links == [
        SectionLinkView("All", f"{path}?sort=price_up", is_active=False),
        SectionLinkView("Mugs", f"{path}?section=mugs&sort=price_up", is_active=True),
    ]
    assert sorted(cards) == ["a", "b"]
    assert len(run_in_tab(f"{path}?section=nowhere", visit)[1]) == 3


def test_the_editor_has_the_listings_section_and_changes_it_at_once(owner: UUID) -> None:
    async def act(tab: State) -> tuple[list[str], list[str]]:
        table = await tab.get_state(ListingsState)
        await ListingsState.load.fn(table)
        field, listing_id = await tab.get_state(ListingSectionState), UUID(table.rows[0].id)
        membership = await identity.require_membership(field)
        await update_listing_section(field, membership, listing_id)
        seen = [field.selected]
        for section in (field.options[1].value, "", "nonsense"):
            await ListingSectionState.choose.fn(field, section)
            with db.reading() as session:
                stored = queries.section_of_listing(session, user_id=owner, shop=SHOP, listing_id=listing_id)
            seen.append("Bowls" if str(stored) == field.options[1].value else str(stored or ""))
        return [each.label for each in field.options], seen

    assert run_in_tab(f"/sell/{SHOP}/listings", act) == (["Mugs", "Bowls"], ["", "Bowls", "", ""])
