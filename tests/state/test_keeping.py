"""A tab's state is in its process while it is at work, in Redis a moment later, and lost by neither."""

import asyncio
import weakref
from collections.abc import AsyncIterator
from types import SimpleNamespace
from uuid import uuid4

import pytest
from engineio.packet import MESSAGE, Packet
from redis.asyncio import Redis
from reflex.istate.manager.token import BaseStateToken
from reflex.state import State

from platform_app.stack import processes
from state import keeping
from state.account_views import ProfileView
from state.accounts import AccountState
from state.keeping import KeptStates
from state.made import once
from state.packets import Outgoing
from state.search import SearchState
from state.shell import ShellState


def token(ident: str, cls: type[State] = SearchState) -> BaseStateToken:
    return BaseStateToken(ident=ident, cls=cls)


async def show(states: KeptStates, ident: str, words: str) -> None:
    async with states.modify_state(token(ident)) as root:
        (await root.get_state(SearchState)).q = words


async def shown(states: KeptStates, ident: str) -> str:
    async with states.modify_state(token(ident)) as root:
        return (await root.get_state(SearchState)).q


async def _values(redis: Redis, ident: str) -> AsyncIterator[bytes]:
    async for key in redis.scan_iter(match=f"*{ident}*"):
        yield await redis.get(key) or b""


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes a second takes a moment."""
    monkeypatch.setattr(keeping, "TICK_SECONDS", 0.01)
    monkeypatch.setattr(keeping, "WRITE_SECONDS", 0.05)
    monkeypatch.setattr(keeping, "IDLE_SECONDS", 0.1)


def test_another_process_finds_what_this_one_wrote_a_moment_ago(stack: SimpleNamespace, fast: None) -> None:
    async def moved() -> str:
        here, there = (KeptStates(stack.state, token_expiration=60) for _ in range(2))
        ident = str(uuid4())
        await show(here, ident, "mug")
        await asyncio.sleep(0.3)
        found = await shown(there, ident)
        await here.close()
        await there.close()
        return found

    assert asyncio.run(moved()) == "mug"


def test_a_tab_that_leaves_takes_everything_along_at_once(stack: SimpleNamespace) -> None:
    async def moved() -> tuple[str, str]:
        here, there = (KeptStates(stack.state, token_expiration=60) for _ in range(2))
        ident = str(uuid4())
        await show(here, ident, "mug")
        await here.let_go(ident)
        first = await shown(there, ident)
        await show(there, ident, "bowl")
        await there.let_go(ident)
        await here.let_go(ident)
        second = await shown(here, ident)
        await here.close()
        await there.close()
        return first, second

    assert asyncio.run(moved()) == ("mug", "bowl")


def test_closing_writes_what_was_not_written_yet(stack: SimpleNamespace) -> None:
    async def closed() -> str:
        here, there = (KeptStates(stack.state, token_expiration=60) for _ in range(2))
        ident = str(uuid4())
        await show(here, ident, "mug")
        await here.close()
        found = await shown(there, ident)
        await there.close()
        return found

    assert asyncio.run(closed()) == "mug"


def test_a_tab_that_does_nothing_is_in_redis_only(stack: SimpleNamespace, fast: None) -> None:
    async def idle() -> tuple[int, str]:
        states = KeptStates(stack.state, token_expiration=60)
        ident = str(uuid4())
        await show(states, ident, "mug")
        for _ in range(600):
            if not states._kept:
                break
            await asyncio.sleep(0.05)
        kept = len(states._kept)
        found = await shown(states, ident)
        await states.close()
        return kept, found

    assert asyncio.run(idle()) == (0, "mug")


def test_a_state_that_was_not_there_joins_those_that_are(stack: SimpleNamespace) -> None:
    async def joined() -> tuple[str, str]:
        states = KeptStates(stack.state, token_expiration=60)
        ident = str(uuid4())
        await show(states, ident, "mug")
        async with states.modify_state(token(ident, ShellState)) as root:
            (await root.get_state(ShellState)).incident = "0123456789ab"
        async with states.modify_state(token(ident, State)) as root:
            found = (await root.get_state(SearchState)).q, (await root.get_state(ShellState)).incident
        await states.close()
        return found

    assert asyncio.run(joined()) == ("mug", "0123456789ab")


def test_events_of_one_tab_wait_for_each_other(stack: SimpleNamespace) -> None:
    async def counted() -> str:
        states = KeptStates(stack.state, token_expiration=60)
        ident = str(uuid4())

        async def longer() -> None:
            async with states.modify_state(token(ident)) as root:
                search = await root.get_state(SearchState)
                before = search.q
                await asyncio.sleep(0)
                search.q = before + "x"

        await asyncio.gather(*(longer() for _ in range(50)))
        found = await shown(states, ident)
        await states.close()
        return found

    assert asyncio.run(counted()) == "x" * 50


def test_without_redis_events_go_on_and_are_written_when_it_is_back(stack: SimpleNamespace, fast: None) -> None:
    async def through_an_outage() -> tuple[str, str]:
        states = KeptStates(stack.state, token_expiration=60)
        ident, known = str(uuid4()), states.redis
        nowhere = f"redis://127.0.0.1:{processes.free_port()}/0"
        states.redis = keeping._Patient.from_url(nowhere, **keeping._PATIENCE)
        await show(states, ident, "mug")
        await asyncio.sleep(0.2)
        during = await shown(states, ident)
        states.redis = known
        await asyncio.sleep(0.3)
        there = KeptStates(stack.state, token_expiration=60)
        after = await shown(there, ident)
        await states.close()
        await there.close()
        return during, after

    assert asyncio.run(through_an_outage()) == ("mug", "mug")


def test_what_is_written_expires(stack: SimpleNamespace) -> None:
    async def remaining() -> list[int]:
        states = KeptStates(stack.state, token_expiration=60)
        ident = str(uuid4())
        await show(states, ident, "mug")
        await states.let_go(ident)
        redis = Redis.from_url(stack.state)
        left = [await redis.ttl(key) async for key in redis.scan_iter(match=f"*{ident}*")]
        await redis.aclose()
        await states.close()
        return left

    left = asyncio.run(remaining())
    assert left
    assert all(0 < seconds <= 60 for seconds in left)


def test_what_is_about_a_person_is_never_written(stack: SimpleNamespace) -> None:
    async def written() -> tuple[str, list[bytes]]:
        states = KeptStates(stack.state, token_expiration=60)
        ident = str(uuid4())
        async with states.modify_state(token(ident, AccountState)) as root:
            (await root.get_state(AccountState)).profile = ProfileView(name="Ada", email="ada@example.org")
        await show(states, ident, "mug")
        await states.let_go(ident)
        kept = [value async for value in _values(states.redis, ident)]
        there = KeptStates(stack.state, token_expiration=60)
        async with there.modify_state(token(ident, AccountState)) as root:
            found = (await root.get_state(AccountState)).profile.email
        await states.close()
        await there.close()
        return found, kept

    found, kept = asyncio.run(written())
    assert found == ""
    assert any(b"mug" in value for value in kept)
    assert not any(b"ada@example.org" in value for value in kept)


def test_what_nobody_changed_takes_no_place_and_redis_is_not_asked_for_it(stack: SimpleNamespace) -> None:
    async def shrunk() -> tuple[int, int, str]:
        states = KeptStates(stack.state, token_expiration=60)
        ident = str(uuid4())
        async with states.modify_state(token(ident, State)) as root:
            everything = root.dict()
            search = await root.get_state(SearchState)
            search.q = "mug"
            search._clean()
        left = {type(state) for state in keeping._tree(states._kept[ident].state or root)}
        known, states.redis = states.redis, _Refusing()  # type: ignore[assignment]
        async with states.modify_state(token(ident, ShellState)) as root:
            again = await root.get_state(ShellState)
            found = (await root.get_state(SearchState)).q + again.incident
        states.redis = known
        await states.close()
        return len(everything), len(left), found

    everything, left, found = asyncio.run(shrunk())
    assert left == 2 < everything
    assert found == "mug"


def test_what_was_changed_elsewhere_is_kept_when_everything_else_is_dropped(stack: SimpleNamespace) -> None:
    async def moved() -> tuple[set[type], str]:
        here, there = (KeptStates(stack.state, token_expiration=60) for _ in range(2))
        ident = str(uuid4())
        await show(here, ident, "mug")
        await here.let_go(ident)
        async with there.modify_state(token(ident, State)):
            pass  # as when a browser connects anew
        left = {type(state) for state in keeping._tree(there._kept[ident].state or State())}
        found = await shown(there, ident)
        await here.close()
        await there.close()
        return left, found

    left, found = asyncio.run(moved())
    assert SearchState in left
    assert ShellState not in left
    assert found == "mug"


def test_a_handler_that_fails_keeps_what_it_had_changed(stack: SimpleNamespace) -> None:
    async def failed() -> str:
        states = KeptStates(stack.state, token_expiration=60)
        ident = str(uuid4())

        async def fail() -> None:
            async with states.modify_state(token(ident, State)) as root:
                (await root.get_state(SearchState)).q = "mug"
                raise RuntimeError

        with pytest.raises(RuntimeError):
            await fail()
        found = await shown(states, ident)
        await states.close()
        return found

    assert asyncio.run(failed()) == "mug"


def test_what_is_about_a_person_stays_with_its_tab(stack: SimpleNamespace, fast: None) -> None:
    async def stayed() -> str:
        states = KeptStates(stack.state, token_expiration=60)
        ident = str(uuid4())
        async with states.modify_state(token(ident, State)) as root:
            (await root.get_state(AccountState)).profile = ProfileView(name="Ada", email="ada@example.org")
            root._clean()
        await states._write([ident])
        await show(states, ident, "mug")
        async with states.modify_state(token(ident, AccountState)) as root:
            found = (await root.get_state(AccountState)).profile.email
        await states.close()
        return found

    assert asyncio.run(stayed()) == "ada@example.org"


def test_a_packet_that_is_sent_is_let_go_of() -> None:
    packet = Packet(MESSAGE, data="a page")
    known = weakref.ref(packet)
    outgoing = Outgoing(packet)
    del packet
    assert known() is not None
    assert outgoing.encode() == "4a page"
    assert known() is None


class _Refusing:
    """A Redis that nothing may ask."""

    def __getattr__(self, name: str) -> object:
        raise AssertionError(name)


def test_what_is_made_of_an_answer_is_made_once() -> None:
    answer, calls = object(), []

    def make() -> list[int]:
        calls.append(1)
        return [len(calls)]

    assert once(answer, "a", make) is once(answer, "a", make)
    assert (once(answer, "b", make), once(object(), "a", make)) == ([2], [3])
