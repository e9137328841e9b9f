"""Every event handler of every state, called for somebody else's things, as a socket of theirs could.

The handlers are read from the states: one that is new is tried as soon as it is there, and has to refuse, unless it stands
here with the reason why not.
"""

import asyncio
import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import reflex as rx
from reflex.istate.data import RouterData
from reflex.state import State

import state as states
from platform_app.domain.accounts import rules
from platform_app.domain.shared.errors import ProductError
from platform_app.domain.shops import queries as shops
from platform_app.infra import cache, db
from state import live, sockets
from tests.isolation import world as worlds
from tests.isolation.world import World

# Open to anybody, and why that is right.
PUBLIC = {
    "HomeState": "what is for sale is for everybody to see",
    "SearchState": "what is for sale is for everybody to see",
    "CategoryState": "what is for sale is for everybody to see",
    "ShopState": "a shop's public page",
    "ListingState": "a published listing's page",
    "SuggestionsState": "made of what is for sale",
    "ShellState": "the frame: the categories, the visitor's own name, and a word in the visitor's own tab",
    "SignInState.load": "the sign-in page",
    "BellState.refresh": "how much the viewer has not read; nobody has nothing",
    "HeartsState.refresh": "which listings on this tab the viewer likes; nobody likes none",
    "MailState": "shown in development only, by itself: letters kept on the developer's own machine",
}
# For whoever is signed in, and about nobody but them: the user comes from the session.
OWN = {
    "AccountState": "the viewer's own account",
    "SecurityState": "the viewer's own sessions",
    "AddressesState": "the viewer's own address book",
    "DataState": "a page that shows nothing of anybody",
    "FavouritesState": "what the viewer likes",
    "HeartsState.press": "liking what is for sale; the like is the viewer's own",
    "BellState": "what the viewer was told; others' ids change nothing",
    "NotificationsState": "what the viewer was told",
    "MyShopsState": "the shops the viewer runs, and the invitations to their own address",
    "OpeningState": "whether an address is free; shops' addresses are public",
}
REFUSED = ("missing", "forbidden")
PATHS = (
    "/sell/{shop}/settings",
    "/sell/{shop}/listings/{listing_id}",
    "/shops/{shop}/{listing_id}",
    "/account?user_id={user_id}",
)


def ours() -> list[type[rx.State]]:
    """Every state of the package; Reflex's own only move what came from the same browser."""
    for module in pkgutil.iter_modules(states.__path__, "state."):
        importlib.import_module(module.name)
    return sorted(
        (each for each in subclasses(State) if each.__module__.startswith("state.")), key=lambda each: each.__name__
    )


def subclasses(kind: type[rx.State]) -> Iterator[type[rx.State]]:
    for each in kind.get_substates():
        yield each
        yield from subclasses(each)


@pytest.fixture
def world(clean: None) -> World:
    return worlds.make()


def test_no_handler_gives_or_changes_what_is_somebody_elses(world: World) -> None:
    found = [(kind, name) for kind in ours() for name in sorted(kind.event_handlers)]
    assert len(found) > 20
    assert run(try_all(world, found)) == []


def test_the_lists_name_no_handler_that_is_not_there() -> None:
    known = {f"{kind.__name__}.{name}" for kind in ours() for name in kind.event_handlers} | {
        kind.__name__ for kind in ours()
    }
    assert {*PUBLIC, *OWN} - known == set()
    assert set(PUBLIC) & set(OWN) == set()


def test_a_new_handler_that_forgets_to_ask_is_found(world: World) -> None:
    wrong = run(try_all(world, [(ForgetfulState, "show"), (ForgetfulState, "rename")]))
    assert sorted({line.partition(" by ")[0] for line in wrong}) == ["ForgetfulState.rename", "ForgetfulState.show"]
    assert any("ForgetfulState.show" in line and "hugo@victim.example" in line for line in wrong)
    assert any("ForgetfulState.rename" in line and "changed" in line for line in wrong)
    assert any("ForgetfulState.show by nobody" in line and "not refused" in line for line in wrong)


class ForgetfulState(rx.State):
    """What must never pass: it takes an argument's word for whose shop it is."""

    people: rx.Field[list[str]] = rx.field(default_factory=list)

    @rx.event
    async def show(self, shop: str) -> None:
        """Show somebody's staff to anybody."""
        found = await db.read(shops.find, slug=shop)
        if found is not None:
            self.people = [each.email for each in await db.read(shops.members, shop_id=found.id)]

    @rx.event
    async def rename(self, user_id: str) -> None:
        """Rename anybody."""
        await db.write(_rename, user_id=user_id)


def _rename(session: db.WriteSession, *, user_id: str) -> None:
    session.connection().exec_driver_sql("UPDATE user_account SET name = 'Pwned' WHERE id::text = %s", (user_id,))


async def try_all(world: World, found: Sequence[tuple[type[rx.State], str]]) -> list[str]:
    wrong: list[str] = []
    before = worlds.fingerprint(world)
    for kind, name in found:
        for who in world.tries:
            said = [line for path in PATHS for line in await tried(world, kind, name, who=who, path=path)]
            after = worlds.fingerprint(world)
            if after != before:
                said.append("changed what is the victim's")
                before = after
            wrong += [f"{kind.__name__}.{name} by {who}: {each}" for each in dict.fromkeys(said)]
    return wrong


async def tried(world: World, kind: type[rx.State], name: str, *, who: str, path: str) -> list[str]:
    """What is wrong with what a handler does for somebody who asks for the victim's things."""
    wrong = []
    here = path.format(**world.ids)
    for payload in payloads(world, kind, name):
        root = tab(world, who=who, path=here)
        state = root.get_substate(kind.get_full_name().split("."))
        is_refused, said = await called(state, name, payload)
        shown = said + str(root.dict()) + str(live._watches.get(_TOKEN))
        if not is_refused and not is_allowed(kind, name, who=who):
            wrong.append("not refused")
        if leaked := worlds.told(world, shown, said=here + str(payload)):
            wrong.append(f"told {leaked}")
        live.forget(_TOKEN)
    return wrong


def is_allowed(kind: type[rx.State], name: str, *, who: str) -> bool:
    names = {kind.__name__, f"{kind.__name__}.{name}"}
    return bool(names & set(PUBLIC)) or (who != "nobody" and bool(names & set(OWN)))


def payloads(world: World, kind: type[rx.State], name: str) -> list[dict[str, Any]]:
    """The handler's arguments: the victim's own by their names, then each of the victim's ids for all of them."""
    asked = list(inspect.signature(kind.event_handlers[name].fn).parameters.values())[1:]
    if not asked:
        return [{}]
    named = {each.name: worlds.value(world, each.name, each.annotation) for each in asked}
    return [named, *({each.name: given for each in asked} for given in world.ids.values())]


def tab(world: World, *, who: str, path: str) -> State:
    """A tab of theirs, at an address of the victim's."""
    root = State(_reflex_internal_init=True)
    given = {
        "token": _TOKEN,
        "sid": _SID,
        "pathname": path,
        "asPath": path,
        "query": {},
        "headers": {"origin": "http://localhost"},
    }
    root.router = RouterData.from_router_data(given)
    token = worlds.token(world, who)
    sockets._digests.pop(_SID, None)
    if token:
        sockets._digests[_SID] = rules.digest(token)
    return root


async def called(state: rx.State, name: str, payload: dict[str, Any]) -> tuple[bool, str]:
    """Whether the handler refused, and what it said to the browser."""
    said = []
    try:
        made = type(state).event_handlers[name].fn(state, **payload)
        if inspect.isasyncgen(made):
            said = [str(each) async for each in made]
        elif inspect.isgenerator(made):
            said = [str(each) for each in made]
        else:
            said = [str(await made if inspect.isawaitable(made) else made)]
    except ProductError as refusal:
        return True, str(refusal)
    except (TypeError, ValueError, AttributeError) as error:
        return True, str(error)  # it could not make anything of such an argument
    return getattr(state, "status", "") in REFUSED, "".join(said)


def run(trying: Any) -> Any:
    """In a loop of its own, with a cache of its own."""

    async def apart() -> Any:
        try:
            return await trying
        finally:
            await cache._redis().aclose()

    cache.listening(False)
    cache._redis.cache_clear()
    try:
        return asyncio.run(apart())
    finally:
        cache._redis.cache_clear()
        sockets._digests.pop(_SID, None)


_TOKEN, _SID = "a-tab-of-theirs", "a-socket-of-theirs"
