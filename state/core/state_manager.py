"""The state manager: a tab's states are in the process with its socket, and shortly after also in Redis.

A tab has one socket, so one process serves all its events and needs no lock in Redis. For every event, Reflex's manager
acquires a lock in Redis, reads the states and releases the lock.
"""

import asyncio
import contextlib
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, cast

import structlog
from redis import RedisError
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from reflex.istate.manager import _release_state_tree
from reflex.istate.manager.redis import StateManagerRedis
from reflex.istate.manager.token import BaseStateToken
from reflex.state import BaseState, State

from state.core.hooks import Hook

WRITE_DELAY_SECONDS = 1.0  # from an event to its write: a killed process loses at most this much
IDLE_EVICTION_SECONDS = 60.0  # after that, an idle tab is only in Redis
TICK_SECONDS = 0.25
WRITE_BATCH_SIZE = 20  # tabs at once; pickling blocks all other events
REDIS_TIMEOUT_SECONDS = 1.0
MAX_CONNECTIONS = 16  # without a limit, a burst of visitors opens hundreds

_MANAGER = "reflex.istate.manager.redis:StateManagerRedis"
_STATE = "reflex.state:BaseState"
HOOKS = (
    Hook(
        "reflex.istate.manager:_ModifyStateWithLinks.__aenter__",
        "events take a tab's states from our modify_state",
        source=("manager.modify_state(",),
    ),
    Hook(f"{_MANAGER}.modify_state", "ours needs no lock in Redis", parameters=("token", "context")),
    Hook(
        f"{_MANAGER}.get_state",
        "reads the states that are not in this process",
        parameters=("token", "top_level", "for_state_instance"),
        source=(
            "self._get_populated_states(for_state_instance)",
            "await self.redis.mget([",
            "init_substates=False",
            "_reflex_internal_init=True",
        ),
    ),
    Hook(
        f"{_MANAGER}._get_required_state_classes",
        "the states that an event needs",
        parameters=("target_state_cls", "subclasses", "required_state_classes"),
    ),
    Hook(f"{_MANAGER}._ensure_lock_task", "there are no locks to watch", parameters=()),
    Hook(
        f"{_MANAGER}._collect_state_writes",
        "ours also skips ephemeral states",
        parameters=("token", "base_state"),
        source=("state._was_touched and (pickle_state := state._serialize())", "token._state_key(type(state))"),
    ),
    Hook(f"{_MANAGER}.set_state", "ours writes the same format", source=("ex=self.token_expiration",)),
    Hook(f"{_MANAGER}.close", "ours writes everything first", parameters=()),
    Hook("reflex.istate.manager:StateManager._coerce_token", "some callers pass strings", parameters=("token",)),
    Hook("reflex.istate.manager.token:BaseStateToken._state_key", "a state's key in Redis", parameters=("cls",)),
    Hook("reflex.istate.manager:_release_state_tree", "frees an evicted tab's states", parameters=("state",)),
    Hook(
        f"{_STATE}.__init__",
        "a missing state is created below its parent",
        parameters=("parent_state", "init_substates", "_reflex_internal_init", "kwargs"),
    ),
    Hook(
        f"{_STATE}._init_bookkeeping",
        "which states have changed",
        source=('"_was_touched", False', '"substates", {}', '"dirty_vars", set()'),
    ),
    Hook(f"{_STATE}._get_root_state", "a tab's states are one tree", parameters=()),
    Hook(f"{_STATE}._serialize", "a state in its stored form", parameters=()),
    Hook(f"{_STATE}.get_substate", "finds a state in the tree", parameters=("path",)),
    Hook(f"{_STATE}.get_substates", "the classes of a state's children", parameters=()),
)

log = structlog.get_logger()


class InProcessStateManager(StateManagerRedis):
    """Reflex's manager without its locks: the states of active tabs stay in this process.

    Events also run without Redis: a tab whose states cannot be read starts with new ones, and writes wait for Redis.
    """

    def __init__(self, url: str, *, token_expiration: int) -> None:
        """Store states in this Redis, for `token_expiration` seconds after their last write."""
        pool = BlockingConnectionPool.from_url(
            url, max_connections=MAX_CONNECTIONS, timeout=REDIS_TIMEOUT_SECONDS, **_REDIS_OPTIONS
        )
        super().__init__(redis=TolerantRedis.from_pool(pool), token_expiration=token_expiration)
        self._entries: dict[str, _Entry] = {}  # by token, least recently used first
        self._dirty_since: dict[str, float] = {}  # time of the first unwritten change by token, oldest first
        self._write_task: asyncio.Task[None] | None = None

    def modify_state(self, token: Any, **_: Any) -> AbstractAsyncContextManager[Any]:  # type: ignore[override]
        """The token's states, for one event at a time."""
        return _StateContext(self, cast(BaseStateToken, self._coerce_token(token)))

    async def get_state(self, token: Any, top_level: bool = True, for_state_instance: Any = None) -> Any:
        """The token's states; states known to have default values are not read from Redis."""
        token = self._coerce_token(token)
        entry = self._entries.get(token.ident)
        if for_state_instance is not None and entry and entry.changed_classes is not None:
            root = for_state_instance._get_root_state()
            missing = self._get_required_state_classes(token.cls, subclasses=True) - entry.changed_classes
            for cls in sorted(missing - {type(state) for state in _iter_tree(root)}, key=_full_name):
                _create_substate(cls, root)
        return await super().get_state(token, top_level, for_state_instance)

    async def release(self, ident: str) -> None:
        """Flush the tab's changes and drop its cached state."""
        await self._write([ident] if ident in self._dirty_since else [])
        entry = self._entries.get(ident)
        if entry and not entry.lock.locked() and ident not in self._dirty_since:
            self._evict(ident)

    async def close(self) -> None:
        """Flush the changes of all tabs."""
        if self._write_task:
            self._write_task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._write_task
        await self._write(list(self._dirty_since))
        await super().close()  # type: ignore[no-untyped-call]

    def _ensure_lock_task(self) -> None:
        """Do nothing: there are no locks to watch."""

    async def _acquire(self, token: BaseStateToken) -> "_Entry":
        """Lock the tab's states and return them, including the token's state."""
        entry = self._entries.get(token.ident)
        if entry is None:
            entry = self._entries[token.ident] = _Entry()
        await entry.lock.acquire()
        try:
            if entry.state is None:
                entry.state = await self.get_state(token)
            elif not _contains_state(entry.state, token.cls):
                await self.get_state(token, for_state_instance=entry.state)
            if entry.changed_classes is None and token.cls is type(entry.state):  # the whole tree
                entry.changed_classes = {type(state) for state in _iter_tree(entry.state) if vars(state)}
        except BaseException:
            entry.lock.release()
            raise
        return entry

    def _finish_event(self, ident: str, entry: "_Entry") -> None:
        entry.last_used = time.monotonic()
        if entry.state and entry.changed_classes is not None:
            entry.changed_classes.update(type(state) for state in _iter_tree(entry.state) if _is_touched(state))
            _prune(entry.state, entry.changed_classes)
        self._entries.pop(ident, None)
        self._entries[ident] = entry
        self._dirty_since.setdefault(ident, entry.last_used)
        entry.lock.release()
        if self._write_task is None or self._write_task.done():
            self._write_task = asyncio.create_task(self._write_periodically(), name="write states to Redis")

    async def _write_periodically(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = time.monotonic()
            due = [ident for ident, since in self._dirty_since.items() if since <= now - WRITE_DELAY_SECONDS]
            for start in range(0, len(due), WRITE_BATCH_SIZE):
                await self._write(due[start : start + WRITE_BATCH_SIZE])
            for ident in [
                ident for ident, entry in self._entries.items() if entry.last_used <= now - IDLE_EVICTION_SECONDS
            ]:
                if ident not in self._dirty_since and not self._entries[ident].lock.locked():
                    self._evict(ident)

    async def _write(self, idents: Iterable[str]) -> None:
        """Write the changes of these tabs; if that fails, they are written later."""
        pipeline, written = self.redis.pipeline(transaction=False), []
        for ident in idents:
            entry = self._entries.get(ident)
            if entry is None or entry.state is None or entry.lock.locked():
                continue  # an event is running: its changes are written afterwards
            for key, value in self._collect_state_writes(
                BaseStateToken(ident=ident, cls=type(entry.state)), entry.state
            ):
                pipeline.set(key, value, ex=self.token_expiration)
            # Before Redis answers, because an event may change the state in the meantime.
            _set_touched(entry.state, touched=False)
            written.append((ident, entry.state))
            del self._dirty_since[ident]
        try:
            if len(pipeline):
                await pipeline.execute()
        except (RedisError, OSError) as error:
            log.warning("states not written", tabs=len(written), error=str(error))
            for ident, state in written:
                _set_touched(state, touched=True)
                self._dirty_since.setdefault(ident, time.monotonic())

    def _collect_state_writes(self, token: Any, base_state: BaseState) -> list[tuple[str, bytes]]:
        """Every changed state, serialised, except ephemeral states."""
        return [
            (token._state_key(type(state)), value)
            for state in _iter_tree(base_state)
            if state._was_touched and not isinstance(state, EphemeralState) and (value := state._serialize())
        ]

    def _evict(self, ident: str) -> None:
        entry = self._entries.pop(ident)
        if entry.state is not None:
            _release_state_tree(entry.state)


class EphemeralState(State, mixin=True):
    """A state with personal data: never written to Redis. In another process, the page's handler fills it again."""


@dataclass(slots=True)
class _Entry:
    state: BaseState | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    last_used: float = field(default_factory=time.monotonic)
    changed_classes: set[type[BaseState]] | None = None  # all others have default values; None if unknown


class _StateContext(AbstractAsyncContextManager[BaseState]):
    """Locks a tab's states for one event."""

    __slots__ = ("_entry", "_manager", "_token")

    def __init__(self, manager: InProcessStateManager, token: BaseStateToken) -> None:
        """Prepare the lock."""
        self._manager, self._token = manager, token

    async def __aenter__(self) -> BaseState:
        """Wait for the tab's earlier events."""
        self._entry = await self._manager._acquire(self._token)
        assert self._entry.state is not None
        return self._entry.state

    async def __aexit__(self, *_: object) -> None:
        """Unlock the states for the next event."""
        self._manager._finish_event(self._token.ident, self._entry)


class TolerantRedis(Redis):
    """A Redis client whose reads return nothing during an outage."""

    async def mget(self, keys: Any, *args: Any) -> Any:
        """The values of these keys; None for each during an outage."""
        try:
            return await super().mget(keys, *args)
        except (RedisError, OSError) as error:
            log.warning("states not read", error=str(error))
            return [None] * len(keys)


_REDIS_OPTIONS: dict[str, Any] = {
    "socket_timeout": REDIS_TIMEOUT_SECONDS,
    "socket_connect_timeout": REDIS_TIMEOUT_SECONDS,
    "retry": Retry(NoBackoff(), 1),
}


def _contains_state(root: BaseState, cls: type[BaseState]) -> bool:
    """Whether the tree contains this state and all states below it."""
    try:
        found = root.get_substate(cls.get_full_name().split("."))
    except ValueError:
        return False
    return len(found.substates) == len(type(found).get_substates())


def _iter_tree(root: BaseState) -> Iterator[BaseState]:
    """The state and all states below it."""
    yield root
    for child in root.substates.values():
        yield from _iter_tree(child)


def _full_name(cls: type[BaseState]) -> str:
    return cls.get_full_name()


def _is_touched(state: BaseState) -> bool:
    return bool(state._was_touched or state.dirty_vars)


def _create_substate(cls: type[BaseState], root: BaseState) -> None:
    """Add a new state to the tree, below its parent."""
    parent = root.get_substate(_full_name(cls).split(".")[:-1])
    parent.substates[cls.get_name()] = cls(parent_state=parent, init_substates=False, _reflex_internal_init=True)


def _prune(state: BaseState, changed_classes: set[type[BaseState]]) -> None:
    """Drop the states below this one that have default values: a page uses few states, and each takes memory."""
    for name, child in list(state.substates.items()):
        _prune(child, changed_classes)
        if not child.substates and type(child) not in changed_classes:
            del state.substates[name]


def _set_touched(state: BaseState, *, touched: bool) -> None:
    for node in _iter_tree(state):
        node._was_touched = touched
