"""Every event handler of every state, called by other users for the victim's data.

The handlers are read from the states: a new one is tried at once, and must refuse unless it is listed here with a reason.
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
from reflex_base.utils.format import format_event_handler

import state as states
from platform_app.domain.accounts import rules
from platform_app.domain.shared.errors import ProductError
from platform_app.domain.shops import queries as shops
from platform_app.infra import cache, db
from state.core import intake, live_updates, sockets
from tests.isolation import declarations
from tests.isolation import victim as worlds
from tests.isolation.victim import Victim

# Handlers for everybody, with the reason. Those of a noun are in its tests, in `isolation.py`.
PUBLIC = {
    "LayoutState": "the layout: the categories, the visitor's own name, and a message in the visitor's own tab",
    "MailState": "in development only: the mails on the developer's own machine",
    **declarations.declared("PUBLIC_HANDLERS"),
}
# Handlers for signed-in users about themselves: the user comes from the session. Ids of other users are not found.
OWN_DATA = declarations.declared("OWN_DATA_HANDLERS")
REFUSED = ("missing", "forbidden")
PATHS = (
    "/sell/{shop}/settings",
    "/sell/{shop}/listings/{listing_id}",
    "/sell/{shop}/listings/{listing_id}/preview",
    "/shops/{shop}/{listing_id}",
    "/account?user_id={user_id}",
)


def own_states() -> list[type[rx.State]]:
    """Every state of the package. Reflex's own states handle only values of the same browser."""
    for module in pkgutil.walk_packages(states.__path__, "state."):
        importlib.import_module(module.name)
    return sorted(
        (each for each in subclasses(State) if each.__module__.startswith("state.")), key=lambda each: each.__name__
    )


def subclasses(kind: type[rx.State]) -> Iterator[type[rx.State]]:
    for each in kind.get_substates():
        yield each
        yield from subclasses(each)


def handlers() -> list[tuple[type[rx.State], str]]:
    return [(kind, name) for kind in own_states() for name in sorted(kind.event_handlers)]


def handler_name(kind: type[rx.State], name: str) -> str:
    return format_event_handler(kind.event_handlers[name])


@pytest.fixture
def victim(clean: None) -> Victim:
    return worlds.create()


def test_no_handler_reveals_or_changes_data_of_another_user(victim: Victim) -> None:
    found = [(kind, name) for kind, name in handlers() if intake._is_open(handler_name(kind, name))]
    assert len(found) > 20
    assert run_in_loop(find_violations(victim, found)) == []


def test_the_lists_name_existing_handlers_only() -> None:
    known = {f"{kind.__name__}.{name}" for kind, name in handlers()} | {kind.__name__ for kind in own_states()}
    assert {*PUBLIC, *OWN_DATA} - known == set()
    assert set(PUBLIC) & set(OWN_DATA) == set()


def test_a_new_handler_without_a_check_is_found(victim: Victim) -> None:
    wrong = run_in_loop(find_violations(victim, [(ForgetfulState, "show"), (ForgetfulState, "rename")]))
    assert sorted({line.partition(" by ")[0] for line in wrong}) == ["ForgetfulState.rename", "ForgetfulState.show"]
    assert any("ForgetfulState.show" in line and "hugo@victim.example" in line for line in wrong)
    assert any("ForgetfulState.rename" in line and "changed" in line for line in wrong)
    assert any("ForgetfulState.show by nobody" in line and "not refused" in line for line in wrong)


class ForgetfulState(rx.State):
    """A state without checks: it trusts the ids in its arguments."""

    member_emails: rx.Field[list[str]] = rx.field(default_factory=list)

    @rx.event
    async def show(self, shop: str) -> None:
        """Show any shop's staff to anybody."""
        found = await db.read(shops.find_by_slug, slug=shop)
        if found is not None:
            self.member_emails = [each.email for each in await db.read(shops.members, shop_id=found.id)]

    @rx.event
    async def rename(self, user_id: str) -> None:
        """Rename any user."""
        await db.write(_rename, user_id=user_id)


def _rename(session: db.WriteSession, *, user_id: str) -> None:
    session.connection().exec_driver_sql("UPDATE user_account SET name = 'Pwned' WHERE id::text = %s", (user_id,))


async def find_violations(victim: Victim, found: Sequence[tuple[type[rx.State], str]]) -> list[str]:
    wrong: list[str] = []
    detector = worlds.ChangeDetector(victim)
    for kind, name in found:
        for attacker in victim.attackers:
            violations = [
                line
                for path in PATHS
                for line in await violations_of(victim, kind, name, attacker=attacker, path=path, detector=detector)
            ]
            wrong += [f"{kind.__name__}.{name} by {attacker}: {each}" for each in dict.fromkeys(violations)]
    return wrong


async def violations_of(
    victim: Victim, kind: type[rx.State], name: str, *, attacker: str, path: str, detector: worlds.ChangeDetector
) -> list[str]:
    """The violations of a handler when an attacker asks for the victim's data."""
    wrong = []
    url, token = path.format(**victim.ids), ""
    for payload in payloads(victim, kind, name, with_each_id=path == PATHS[0]):
        token = token or worlds.session_token(victim, attacker)
        root = open_tab(token, path=url)
        state = root.get_substate(kind.get_full_name().split("."))
        detector.skip()
        is_refused, messages = await call_handler(state, name, payload)
        token = token if is_refused else ""  # an allowed handler may have ended the session
        if detector.has_changed():
            wrong.append("changed what is the victim's")
        visible_text = messages + str(root.dict()) + str(live_updates._subscriptions.get(_TOKEN))
        if not is_refused and not is_allowed(kind, name, attacker=attacker):
            wrong.append("not refused")
        if leaked := worlds.leaked_secrets(victim, visible_text, sent=url + str(payload)):
            wrong.append(f"told {leaked}")
        live_updates.unsubscribe(_TOKEN)
    return wrong


def is_allowed(kind: type[rx.State], name: str, *, attacker: str) -> bool:
    names = {kind.__name__, f"{kind.__name__}.{name}"}
    return bool(names & set(PUBLIC)) or (attacker != "nobody" and bool(names & set(OWN_DATA)))


def payloads(victim: Victim, kind: type[rx.State], name: str, *, with_each_id: bool) -> list[dict[str, Any]]:
    """Arguments of the handler: the victim's by their names; `with_each_id`, then each of their ids for all of them."""
    parameters = list(inspect.signature(kind.event_handlers[name].fn).parameters.values())[1:]
    if not parameters:
        return [{}]
    own_values = {each.name: worlds.value_for(victim, each.name, each.annotation) for each in parameters}
    ids = victim.ids.values() if with_each_id else ()
    return [own_values, *({each.name: value for each in parameters} for value in ids)]


def open_tab(token: str, *, path: str) -> State:
    """A tab of the attacker, at a URL of the victim's data."""
    root = State(_reflex_internal_init=True)
    router_data = {
        "token": _TOKEN,
        "sid": _SID,
        "pathname": path,
        "asPath": path,
        "query": {},
        "headers": {"origin": "http://localhost"},
    }
    root.router = RouterData.from_router_data(router_data)
    sockets._digests.pop(_SID, None)
    if token:
        sockets._digests[_SID] = rules.digest(token)
    return root


async def call_handler(state: rx.State, name: str, payload: dict[str, Any]) -> tuple[bool, str]:
    """Whether the handler refused, and the text that it sent to the browser."""
    messages = []
    try:
        result = type(state).event_handlers[name].fn(state, **payload)
        if inspect.isasyncgen(result):
            messages = [str(each) async for each in result]
        elif inspect.isgenerator(result):
            messages = [str(each) for each in result]
        else:
            messages = [str(await result if inspect.isawaitable(result) else result)]
    except ProductError as refusal:
        return True, str(refusal)
    except (TypeError, ValueError, AttributeError) as error:
        return True, str(error)  # the handler cannot use such an argument
    return getattr(state, "status", "") in REFUSED, "".join(messages)


def run_in_loop(coroutine: Any) -> Any:
    """Run a coroutine in a new event loop, with an empty cache."""

    async def isolated() -> Any:
        try:
            return await coroutine
        finally:
            await cache._redis().aclose()

    cache.set_listening(False)
    cache._redis.cache_clear()
    try:
        return asyncio.run(isolated())
    finally:
        cache._redis.cache_clear()
        sockets._digests.pop(_SID, None)


_TOKEN, _SID = "a-tab-of-theirs", "a-socket-of-theirs"
