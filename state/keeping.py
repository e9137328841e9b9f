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

WRITE_SECONDS = 1.0  # after an event, what it changed is in Redis: more is not lost when a process is killed
IDLE_SECONDS = 60.0  # a tab that does nothing for so long is in Redis only
TICK_SECONDS = 0.25
BATCH = 20  # tabs written at once; pickling holds up the events of all others
WAIT_SECONDS = 1.0  # for Redis
CONNECTIONS = 16  # to it; a crowd that comes at once would open hundreds, and keep them

log = structlog.get_logger()


class KeptStates(StateManagerRedis):
    """Reflex's manager without its locks: states are kept in this process while their tab is at work.

    Without Redis, events go on: a tab whose state cannot be read starts anew, and what cannot be written is written later.
    """

    def __init__(self, url: str, *, token_expiration: int) -> None:
        """States in this Redis, where they are kept for so many seconds."""
        pool = BlockingConnectionPool.from_url(url, max_connections=CONNECTIONS, timeout=WAIT_SECONDS, **_PATIENCE)
        super().__init__(redis=_Patient.from_pool(pool), token_expiration=token_expiration)
        self._kept: dict[str, _Kept] = {}  # by token, longest unused first
        self._changed: dict[str, float] = {}  # token: since when, longest first
        self._writer: asyncio.Task[None] | None = None

    def modify_state(self, token: Any, **_: Any) -> AbstractAsyncContextManager[Any]:  # type: ignore[override]
        """The token's states, for one event after the other."""
        return _Modified(self, cast(BaseStateToken, self._coerce_token(token)))

    async def get_state(self, token: Any, top_level: bool = True, for_state_instance: Any = None) -> Any:
        """The token's states; Redis is not asked for those that are known to be as they are made."""
        token = self._coerce_token(token)
        kept = self._kept.get(token.ident)
        if for_state_instance is not None and kept and kept.changed is not None:
            root = for_state_instance._get_root_state()
            wanted = self._get_required_state_classes(token.cls, subclasses=True) - kept.changed
            for cls in sorted(wanted - {type(state) for state in _tree(root)}, key=_name):
                _make(cls, root)
        return await super().get_state(token, top_level, for_state_instance)

    async def let_go(self, ident: str) -> None:
        """The tab has left this process, or comes back to it: write what it changed, and read it anew next time."""
        await self._write([ident] if ident in self._changed else [])
        kept = self._kept.get(ident)
        if kept and not kept.lock.locked() and ident not in self._changed:
            self._drop(ident)

    async def close(self) -> None:
        """Write everything, for the process that the tabs will connect to next."""
        if self._writer:
            self._writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._writer
        await self._write(list(self._changed))
        await super().close()  # type: ignore[no-untyped-call]

    def _ensure_lock_task(self) -> None:
        """There are no locks to hear of."""

    async def _open(self, token: BaseStateToken) -> "_Kept":
        """The tab's states, locked, with the one the token asks for among them."""
        kept = self._kept.get(token.ident)
        if kept is None:
            kept = self._kept[token.ident] = _Kept()
        await kept.lock.acquire()
        try:
            if kept.state is None:
                kept.state = await self.get_state(token)
            elif not _has(kept.state, token.cls):
                await self.get_state(token, for_state_instance=kept.state)
            if kept.changed is None and token.cls is type(kept.state):  # with everything that is below it
                kept.changed = {type(state) for state in _tree(kept.state) if vars(state)}
        except BaseException:
            kept.lock.release()
            raise
        return kept

    def _closed(self, ident: str, kept: "_Kept") -> None:
        kept.used = time.monotonic()
        if kept.state and kept.changed is not None:
            kept.changed.update(type(state) for state in _tree(kept.state) if _is_touched(state))
            _prune(kept.state, kept.changed)
        self._kept.pop(ident, None)
        self._kept[ident] = kept
        self._changed.setdefault(ident, kept.used)
        kept.lock.release()
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._keep_writing(), name="states to Redis")

    async def _keep_writing(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = time.monotonic()
            due = [ident for ident, since in self._changed.items() if since <= now - WRITE_SECONDS]
            for place in range(0, len(due), BATCH):
                await self._write(due[place : place + BATCH])
            for ident in [ident for ident, kept in self._kept.items() if kept.used <= now - IDLE_SECONDS]:
                if ident not in self._changed and not self._kept[ident].lock.locked():
                    self._drop(ident)

    async def _write(self, idents: Iterable[str]) -> None:
        """Write what these tabs have changed; what Redis does not take stays changed."""
        pipeline, written = self.redis.pipeline(transaction=False), []
        for ident in idents:
            kept = self._kept.get(ident)
            if kept is None or kept.state is None or kept.lock.locked():
                continue  # what is at work is written after it
            for key, value in self._collect_state_writes(BaseStateToken(ident=ident, cls=type(kept.state)), kept.state):
                pipeline.set(key, value, ex=self.token_expiration)
            # Before the answer, since an event may touch it again meanwhile.
            _touch(kept.state, touched=False)
            written.append((ident, kept.state))
            del self._changed[ident]
        try:
            if len(pipeline):
                await pipeline.execute()
        except (RedisError, OSError) as error:
            log.warning("states are not written", tabs=len(written), error=str(error))
            for ident, state in written:
                _touch(state, touched=True)
                self._changed.setdefault(ident, time.monotonic())

    def _collect_state_writes(self, token: Any, base_state: BaseState) -> list[tuple[str, bytes]]:
        """Every state that was touched, as it is written; nothing of what is about a person."""
        return [
            (token._state_key(type(state)), value)
            for state in _tree(base_state)
            if state._was_touched and not isinstance(state, Unwritten) and (value := state._serialize())
        ]

    def _drop(self, ident: str) -> None:
        kept = self._kept.pop(ident)
        if kept.state is not None:
            _release_state_tree(kept.state)


class Unwritten(State, mixin=True):
    """A state that stays in its process, since it is about a person; its page's handler makes it anew elsewhere."""


@dataclass(slots=True)
class _Kept:
    state: BaseState | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    used: float = field(default_factory=time.monotonic)
    changed: set[type[BaseState]] | None = None  # every other state is as it is made; None: that is not known


class _Modified(AbstractAsyncContextManager[BaseState]):
    """One event's hold on a tab's states."""

    __slots__ = ("_kept", "_manager", "_token")

    def __init__(self, manager: KeptStates, token: BaseStateToken) -> None:
        """Nothing is held yet."""
        self._manager, self._token = manager, token

    async def __aenter__(self) -> BaseState:
        """Wait for the tab's earlier events."""
        self._kept = await self._manager._open(self._token)
        assert self._kept.state is not None
        return self._kept.state

    async def __aexit__(self, *_: object) -> None:
        """Let the next event have them."""
        self._manager._closed(self._token.ident, self._kept)


class _Patient(Redis):
    """A Redis that has nothing where it does not answer."""

    async def mget(self, keys: Any, *args: Any) -> Any:
        """The values of these keys; nothing when Redis is away."""
        try:
            return await super().mget(keys, *args)
        except (RedisError, OSError) as error:
            log.warning("states are not read", error=str(error))
            return [None] * len(keys)


_PATIENCE: dict[str, Any] = {
    "socket_timeout": WAIT_SECONDS,
    "socket_connect_timeout": WAIT_SECONDS,
    "retry": Retry(NoBackoff(), 1),
}


def _has(root: BaseState, cls: type[BaseState]) -> bool:
    """Whether this state is there, with all that is below it."""
    try:
        found = root.get_substate(cls.get_full_name().split("."))
    except ValueError:
        return False
    return len(found.substates) == len(type(found).get_substates())


def _tree(root: BaseState) -> Iterator[BaseState]:
    """The state and all that are below it."""
    yield root
    for below in root.substates.values():
        yield from _tree(below)


def _name(cls: type[BaseState]) -> str:
    return cls.get_full_name()


def _is_touched(state: BaseState) -> bool:
    return bool(state._was_touched or state.dirty_vars)


def _make(cls: type[BaseState], root: BaseState) -> None:
    """A new state in its place, below its parent, which is there."""
    parent = root.get_substate(_name(cls).split(".")[:-1])
    parent.substates[cls.get_name()] = cls(parent_state=parent, init_substates=False, _reflex_internal_init=True)


def _prune(state: BaseState, changed: set[type[BaseState]]) -> None:
    """Drop what is below this state and as it was made: a page shows few of all the states, and each takes its place."""
    for name, below in list(state.substates.items()):
        _prune(below, changed)
        if not below.substates and type(below) not in changed:
            del state.substates[name]


def _touch(state: BaseState, *, touched: bool) -> None:
    for each in _tree(state):
        each._was_touched = touched
