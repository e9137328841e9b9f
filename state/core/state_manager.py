"""Where a tab's state lives: in the process that holds its socket, and a moment later in Redis.

One tab has one socket, so that one process serves all its events, and no lock between processes is needed. Reflex's own
manager asks Redis for a lock, the states and the lock's release around every event.
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

WRITE_DELAY_SECONDS = 1.0  # after an event, what it changed is in Redis: more is not lost when a process is killed
IDLE_EVICTION_SECONDS = 60.0  # a tab that does nothing for so long is in Redis only
TICK_SECONDS = 0.25
WRITE_BATCH_SIZE = 20  # tabs written at once; pickling holds up the events of all others
REDIS_TIMEOUT_SECONDS = 1.0  # for Redis
MAX_CONNECTIONS = 16  # to it; a crowd that comes at once would open hundreds, and keep them

log = structlog.get_logger()


class InProcessStateManager(StateManagerRedis):
    """Reflex's manager without its locks: states are kept in this process while their tab is at work.

    Without Redis, events go on: a tab whose state cannot be read starts anew, and what cannot be written is written later.
    """

    def __init__(self, url: str, *, token_expiration: int) -> None:
        """States in this Redis, where they are kept for so many seconds."""
        pool = BlockingConnectionPool.from_url(
            url, max_connections=MAX_CONNECTIONS, timeout=REDIS_TIMEOUT_SECONDS, **_REDIS_OPTIONS
        )
        super().__init__(redis=TolerantRedis.from_pool(pool), token_expiration=token_expiration)
        self._entries: dict[str, _Entry] = {}  # by token, longest unused first
        self._dirty_since: dict[str, float] = {}  # token: since when, longest first
        self._write_task: asyncio.Task[None] | None = None

    def modify_state(self, token: Any, **_: Any) -> AbstractAsyncContextManager[Any]:  # type: ignore[override]
        """The token's states, for one event after the other."""
        return _StateContext(self, cast(BaseStateToken, self._coerce_token(token)))

    async def get_state(self, token: Any, top_level: bool = True, for_state_instance: Any = None) -> Any:
        """The token's states; Redis is not asked for those that are known to be as they are made."""
        token = self._coerce_token(token)
        entry = self._entries.get(token.ident)
        if for_state_instance is not None and entry and entry.changed_classes is not None:
            root = for_state_instance._get_root_state()
            missing = self._get_required_state_classes(token.cls, subclasses=True) - entry.changed_classes
            for cls in sorted(missing - {type(state) for state in _iter_tree(root)}, key=_full_name):
                _create_substate(cls, root)
        return await super().get_state(token, top_level, for_state_instance)

    async def release(self, ident: str) -> None:
        """The tab has left this process, or comes back to it: write what it changed, and read it anew next time."""
        await self._write([ident] if ident in self._dirty_since else [])
        entry = self._entries.get(ident)
        if entry and not entry.lock.locked() and ident not in self._dirty_since:
            self._evict(ident)

    async def close(self) -> None:
        """Write everything, for the process that the tabs will connect to next."""
        if self._write_task:
            self._write_task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._write_task
        await self._write(list(self._dirty_since))
        await super().close()  # type: ignore[no-untyped-call]

    def _ensure_lock_task(self) -> None:
        """There are no locks to hear of."""

    async def _acquire(self, token: BaseStateToken) -> "_Entry":
        """The tab's states, locked, with the one the token asks for among them."""
        entry = self._entries.get(token.ident)
        if entry is None:
            entry = self._entries[token.ident] = _Entry()
        await entry.lock.acquire()
        try:
            if entry.state is None:
                entry.state = await self.get_state(token)
            elif not _contains_state(entry.state, token.cls):
                await self.get_state(token, for_state_instance=entry.state)
            if entry.changed_classes is None and token.cls is type(entry.state):  # with everything that is below it
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
        """Write what these tabs have changed; what Redis does not take stays changed."""
        pipeline, written = self.redis.pipeline(transaction=False), []
        for ident in idents:
            entry = self._entries.get(ident)
            if entry is None or entry.state is None or entry.lock.locked():
                continue  # what is at work is written after it
            for key, value in self._collect_state_writes(
                BaseStateToken(ident=ident, cls=type(entry.state)), entry.state
            ):
                pipeline.set(key, value, ex=self.token_expiration)
            # Before the answer, since an event may touch it again meanwhile.
            _set_touched(entry.state, touched=False)
            written.append((ident, entry.state))
            del self._dirty_since[ident]
        try:
            if len(pipeline):
                await pipeline.execute()
        except (RedisError, OSError) as error:
            log.warning("states are not written", tabs=len(written), error=str(error))
            for ident, state in written:
                _set_touched(state, touched=True)
                self._dirty_since.setdefault(ident, time.monotonic())

    def _collect_state_writes(self, token: Any, base_state: BaseState) -> list[tuple[str, bytes]]:
        """Every state that was touched, as it is written; nothing of what is about a person."""
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
    """A state that stays in its process, since it is about a person; its page's handler makes it anew elsewhere."""


@dataclass(slots=True)
class _Entry:
    state: BaseState | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    last_used: float = field(default_factory=time.monotonic)
    changed_classes: set[type[BaseState]] | None = None  # every other state is as it is made; None: that is not known


class _StateContext(AbstractAsyncContextManager[BaseState]):
    """One event's hold on a tab's states."""

    __slots__ = ("_entry", "_manager", "_token")

    def __init__(self, manager: InProcessStateManager, token: BaseStateToken) -> None:
        """Nothing is held yet."""
        self._manager, self._token = manager, token

    async def __aenter__(self) -> BaseState:
        """Wait for the tab's earlier events."""
        self._entry = await self._manager._acquire(self._token)
        assert self._entry.state is not None
        return self._entry.state

    async def __aexit__(self, *_: object) -> None:
        """Let the next event have them."""
        self._manager._finish_event(self._token.ident, self._entry)


class TolerantRedis(Redis):
    """A Redis that has nothing where it does not answer."""

    async def mget(self, keys: Any, *args: Any) -> Any:
        """The values of these keys; nothing when Redis is away."""
        try:
            return await super().mget(keys, *args)
        except (RedisError, OSError) as error:
            log.warning("states are not read", error=str(error))
            return [None] * len(keys)


_REDIS_OPTIONS: dict[str, Any] = {
    "socket_timeout": REDIS_TIMEOUT_SECONDS,
    "socket_connect_timeout": REDIS_TIMEOUT_SECONDS,
    "retry": Retry(NoBackoff(), 1),
}


def _contains_state(root: BaseState, cls: type[BaseState]) -> bool:
    """Whether this state is there, with all that is below it."""
    try:
        found = root.get_substate(cls.get_full_name().split("."))
    except ValueError:
        return False
    return len(found.substates) == len(type(found).get_substates())


def _iter_tree(root: BaseState) -> Iterator[BaseState]:
    """The state and all that are below it."""
    yield root
    for child in root.substates.values():
        yield from _iter_tree(child)


def _full_name(cls: type[BaseState]) -> str:
    return cls.get_full_name()


def _is_touched(state: BaseState) -> bool:
    return bool(state._was_touched or state.dirty_vars)


def _create_substate(cls: type[BaseState], root: BaseState) -> None:
    """A new state in its place, below its parent, which is there."""
    parent = root.get_substate(_full_name(cls).split(".")[:-1])
    parent.substates[cls.get_name()] = cls(parent_state=parent, init_substates=False, _reflex_internal_init=True)


def _prune(state: BaseState, changed_classes: set[type[BaseState]]) -> None:
    """Drop what is below this state and as it was made: a page shows few of all the states, and each takes its place."""
    for name, child in list(state.substates.items()):
        _prune(child, changed_classes)
        if not child.substates and type(child) not in changed_classes:
            del state.substates[name]


def _set_touched(state: BaseState, *, touched: bool) -> None:
    for node in _iter_tree(state):
        node._was_touched = touched
