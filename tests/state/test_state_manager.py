"""A tab's state is in its process while the tab is active, and in Redis a moment later; neither loses it."""

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
from state.accounts import AccountState
from state.accounts_presenters import ProfileView
from state.core import state_manager
from state.core.memo import memoize
from state.core.state_manager import InProcessStateManager
from state.core.wire_format import OneShotPacket
from state.layout import LayoutState
from state.search import SearchState


def token(ident: str, cls: type[State] = SearchState) -> BaseStateToken:
    return BaseStateToken(ident=ident, cls=cls)


async def write_query(manager: InProcessStateManager, ident: str, query: str) -> None:
    async with manager.modify_state(token(ident)) as root:
        (await root.get_state(SearchState)).q = query


async def read_query(manager: InProcessStateManager, ident: str) -> str:
    async with manager.modify_state(token(ident)) as root:
        return (await root.get_state(SearchState)).q


async def stored_values(redis: Redis, ident: str) -> AsyncIterator[bytes]:
    async for key in redis.scan_iter(match=f"*{ident}*"):
        yield await redis.get(key) or b""


@pytest.fixture
def short_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    """The manager's intervals take a moment instead of a second."""
    monkeypatch.setattr(state_manager, "TICK_SECONDS", 0.01)
    monkeypatch.setattr(state_manager, "WRITE_DELAY_SECONDS", 0.05)
    monkeypatch.setattr(state_manager, "IDLE_EVICTION_SECONDS", 0.1)


def test_another_process_finds_a_recent_write(stack: SimpleNamespace, short_intervals: None) -> None:
    async def moved() -> str:
        first_manager, second_manager = (InProcessStateManager(stack.state, token_expiration=60) for _ in range(2))
        ident = str(uuid4())
        await write_query(first_manager, ident, "mug")
        await asyncio.sleep(0.3)
        found = await read_query(second_manager, ident)
        await first_manager.close()
        await second_manager.close()
        return found

    assert asyncio.run(moved()) == "mug"


def test_releasing_a_tab_writes_its_state_at_once(stack: SimpleNamespace) -> None:
    async def moved() -> tuple[str, str]:
        first_manager, second_manager = (InProcessStateManager(stack.state, token_expiration=60) for _ in range(2))
        ident = str(uuid4())
        await write_query(first_manager, ident, "mug")
        await first_manager.release(ident)
        first = await read_query(second_manager, ident)
        await write_query(second_manager, ident, "bowl")
        await second_manager.release(ident)
        await first_manager.release(ident)
        second = await read_query(first_manager, ident)
        await first_manager.close()
        await second_manager.close()
        return first, second

    assert asyncio.run(moved()) == ("mug", "bowl")


def test_closing_writes_all_pending_changes(stack: SimpleNamespace) -> None:
    async def closed() -> str:
        first_manager, second_manager = (InProcessStateManager(stack.state, token_expiration=60) for _ in range(2))
        ident = str(uuid4())
        await write_query(first_manager, ident, "mug")
        await first_manager.close()
        found = await read_query(second_manager, ident)
        await second_manager.close()
        return found

    assert asyncio.run(closed()) == "mug"


def test_an_idle_tab_is_in_redis_only(stack: SimpleNamespace, short_intervals: None) -> None:
    async def idle() -> tuple[int, str]:
        manager = InProcessStateManager(stack.state, token_expiration=60)
        ident = str(uuid4())
        await write_query(manager, ident, "mug")
        for _ in range(600):
            if not manager._entries:
                break
            await asyncio.sleep(0.05)
        entries = len(manager._entries)
        found = await read_query(manager, ident)
        await manager.close()
        return entries, found

    assert asyncio.run(idle()) == (0, "mug")


def test_a_new_substate_joins_the_loaded_ones(stack: SimpleNamespace) -> None:
    async def joined() -> tuple[str, str]:
        manager = InProcessStateManager(stack.state, token_expiration=60)
        ident = str(uuid4())
        await write_query(manager, ident, "mug")
        async with manager.modify_state(token(ident, LayoutState)) as root:
            (await root.get_state(LayoutState)).incident = "0123456789ab"
        async with manager.modify_state(token(ident, State)) as root:
            found = (await root.get_state(SearchState)).q, (await root.get_state(LayoutState)).incident
        await manager.close()
        return found

    assert asyncio.run(joined()) == ("mug", "0123456789ab")


def test_events_of_one_tab_run_one_after_another(stack: SimpleNamespace) -> None:
    async def counted() -> str:
        manager = InProcessStateManager(stack.state, token_expiration=60)
        ident = str(uuid4())

        async def longer() -> None:
            async with manager.modify_state(token(ident)) as root:
                search = await root.get_state(SearchState)
                before = search.q
                await asyncio.sleep(0)
                search.q = before + "x"

        await asyncio.gather(*(longer() for _ in range(50)))
        found = await read_query(manager, ident)
        await manager.close()
        return found

    assert asyncio.run(counted()) == "x" * 50


def test_events_continue_without_redis_and_are_written_when_it_is_back(
    stack: SimpleNamespace, short_intervals: None
) -> None:
    async def through_an_outage() -> tuple[str, str]:
        manager = InProcessStateManager(stack.state, token_expiration=60)
        ident, redis = str(uuid4()), manager.redis
        closed_url = f"redis://127.0.0.1:{processes.free_port()}/0"
        manager.redis = state_manager.TolerantRedis.from_url(closed_url, **state_manager._REDIS_OPTIONS)
        await write_query(manager, ident, "mug")
        await asyncio.sleep(0.2)
        during = await read_query(manager, ident)
        manager.redis = redis
        await asyncio.sleep(0.3)
        second_manager = InProcessStateManager(stack.state, token_expiration=60)
        after = await read_query(second_manager, ident)
        await manager.close()
        await second_manager.close()
        return during, after

    assert asyncio.run(through_an_outage()) == ("mug", "mug")


def test_a_stored_state_expires(stack: SimpleNamespace) -> None:
    async def remaining() -> list[int]:
        manager = InProcessStateManager(stack.state, token_expiration=60)
        ident = str(uuid4())
        await write_query(manager, ident, "mug")
        await manager.release(ident)
        redis = Redis.from_url(stack.state)
        ttls = [await redis.ttl(key) async for key in redis.scan_iter(match=f"*{ident}*")]
        await redis.aclose()
        await manager.close()
        return ttls

    ttls = asyncio.run(remaining())
    assert ttls
    assert all(0 < seconds <= 60 for seconds in ttls)


def test_personal_data_is_never_written(stack: SimpleNamespace) -> None:
    async def written() -> tuple[str, list[bytes]]:
        manager = InProcessStateManager(stack.state, token_expiration=60)
        ident = str(uuid4())
        async with manager.modify_state(token(ident, AccountState)) as root:
            (await root.get_state(AccountState)).profile = ProfileView(name="Ada", email="ada@example.org")
        await write_query(manager, ident, "mug")
        await manager.release(ident)
        stored = [value async for value in stored_values(manager.redis, ident)]
        second_manager = InProcessStateManager(stack.state, token_expiration=60)
        async with second_manager.modify_state(token(ident, AccountState)) as root:
            found = (await root.get_state(AccountState)).profile.email
        await manager.close()
        await second_manager.close()
        return found, stored

    found, stored = asyncio.run(written())
    assert found == ""
    assert any(b"mug" in value for value in stored)
    assert not any(b"ada@example.org" in value for value in stored)


def test_an_unchanged_state_takes_no_memory_and_is_not_read_from_redis(stack: SimpleNamespace) -> None:
    async def shrunk() -> tuple[int, int, str]:
        manager = InProcessStateManager(stack.state, token_expiration=60)
        ident = str(uuid4())
        async with manager.modify_state(token(ident, State)) as root:
            everything = root.dict()
            search = await root.get_state(SearchState)
            search.q = "mug"
            search._clean()
        left = {type(state) for state in state_manager._iter_tree(manager._entries[ident].state or root)}
        redis, manager.redis = manager.redis, _ForbiddenRedis()  # type: ignore[assignment]
        async with manager.modify_state(token(ident, LayoutState)) as root:
            again = await root.get_state(LayoutState)
            found = (await root.get_state(SearchState)).q + again.incident
        manager.redis = redis
        await manager.close()
        return len(everything), len(left), found

    everything, left, found = asyncio.run(shrunk())
    assert left == 2 < everything
    assert found == "mug"


def test_a_state_changed_elsewhere_is_kept_when_unchanged_ones_are_dropped(stack: SimpleNamespace) -> None:
    async def moved() -> tuple[set[type], str]:
        first_manager, second_manager = (InProcessStateManager(stack.state, token_expiration=60) for _ in range(2))
        ident = str(uuid4())
        await write_query(first_manager, ident, "mug")
        await first_manager.release(ident)
        async with second_manager.modify_state(token(ident, State)):
            pass  # as when a browser reconnects
        left = {type(state) for state in state_manager._iter_tree(second_manager._entries[ident].state or State())}
        found = await read_query(second_manager, ident)
        await first_manager.close()
        await second_manager.close()
        return left, found

    left, found = asyncio.run(moved())
    assert SearchState in left
    assert LayoutState not in left
    assert found == "mug"


def test_a_failed_handler_keeps_its_earlier_changes(stack: SimpleNamespace) -> None:
    async def failed() -> str:
        manager = InProcessStateManager(stack.state, token_expiration=60)
        ident = str(uuid4())

        async def fail() -> None:
            async with manager.modify_state(token(ident, State)) as root:
                (await root.get_state(SearchState)).q = "mug"
                raise RuntimeError

        with pytest.raises(RuntimeError):
            await fail()
        found = await read_query(manager, ident)
        await manager.close()
        return found

    assert asyncio.run(failed()) == "mug"


def test_personal_data_stays_with_its_tab(stack: SimpleNamespace, short_intervals: None) -> None:
    async def stayed() -> str:
        manager = InProcessStateManager(stack.state, token_expiration=60)
        ident = str(uuid4())
        async with manager.modify_state(token(ident, State)) as root:
            (await root.get_state(AccountState)).profile = ProfileView(name="Ada", email="ada@example.org")
            root._clean()
        await manager._write([ident])
        await write_query(manager, ident, "mug")
        async with manager.modify_state(token(ident, AccountState)) as root:
            found = (await root.get_state(AccountState)).profile.email
        await manager.close()
        return found

    assert asyncio.run(stayed()) == "ada@example.org"


def test_a_sent_packet_is_freed() -> None:
    packet = Packet(MESSAGE, data="a page")
    reference = weakref.ref(packet)
    outgoing = OneShotPacket(packet)
    del packet
    assert reference() is not None
    assert outgoing.encode() == "4a page"
    assert reference() is None


class _ForbiddenRedis:
    """A Redis that must not be used."""

    def __getattr__(self, name: str) -> object:
        raise AssertionError(name)


def test_a_memoized_value_is_built_once_per_object_and_name() -> None:
    answer, calls = object(), []

    def build() -> list[int]:
        calls.append(1)
        return [len(calls)]

    assert memoize(answer, "a", build) is memoize(answer, "a", build)
    assert (memoize(answer, "b", build), memoize(object(), "a", build)) == ([2], [3])
