"""Background tasks of a web or api process: cache invalidations, live updates and ended sessions."""

import asyncio
import contextlib
import signal
import threading
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any, cast

import reflex as rx
import structlog
from anyio import to_thread
from redis import RedisError
from starlette.applications import Starlette

from platform_app.domain.catalog.tags import CATALOG
from platform_app.infra import cache, db, event_buffer, gc_tuning, invalidation, metrics
from state.core import live_updates, sockets

INITIAL_BACKOFF_SECONDS = 0.5
MAX_BACKOFF_SECONDS = 2.0
# Every change of a listing invalidates this tag. Lists may be stale by this many more seconds.
COALESCE_SECONDS = {CATALOG: 2.0}
LAG_TICK_SECONDS = 0.25
LAG_WINDOW_TICKS = 20
DRAIN_SIGNAL = signal.SIGUSR1  # closes the sockets of this process before it ends or is replaced

BackgroundTask = Callable[[], Coroutine[Any, Any, None]]

log = structlog.get_logger()


async def web_lifespan(app: rx.App, background_tasks: Sequence[BackgroundTask] = ()) -> None:
    """Run the background tasks of a web process until it ends, including `background_tasks`; then flush its events."""

    def on_invalidation(tags: list[str] | None) -> None:
        live_updates.invalidate(tags)
        sockets.mark_for_recheck(tags)

    gc_tuning.configure()
    coroutines = (
        live_updates.refresh_due(app),
        sockets.close_ended_sessions(app),
        measure_lag(),
        *(start() for start in background_tasks),
    )
    tasks = [asyncio.create_task(each) for each in coroutines]
    if threading.current_thread() is threading.main_thread():  # only the main thread receives signals
        asyncio.get_running_loop().add_signal_handler(
            DRAIN_SIGNAL, lambda: tasks.append(asyncio.create_task(sockets.drain(app)))
        )
    try:
        await _follow_invalidations(on_invalidation)
    finally:
        for task in tasks:
            task.cancel()
        await event_buffer.flush()


@asynccontextmanager
async def api_lifespan(_: Starlette) -> AsyncIterator[None]:
    """Follow the cache's invalidations until an api process ends."""
    follower = asyncio.create_task(_follow_invalidations(lambda _: None))
    try:
        yield
    finally:
        follower.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await follower


async def measure_lag() -> None:
    """Measure the lag of this process's event loop until cancelled."""
    loop = asyncio.get_running_loop()
    lags: deque[float] = deque(maxlen=LAG_WINDOW_TICKS)
    while True:
        due = loop.time() + LAG_TICK_SECONDS
        await asyncio.sleep(LAG_TICK_SECONDS)
        lags.append(max(0.0, loop.time() - due))
        metrics.LOOP_LAG.set(max(lags))


async def _follow_invalidations(on_invalidation: Callable[[list[str] | None], None]) -> None:
    """Pass on every invalidation until cancelled; reconnects after outages of Redis."""
    backoff = INITIAL_BACKOFF_SECONDS
    while True:
        try:
            async with aclosing(
                cast(AsyncGenerator[list[str] | None], invalidation.listen(COALESCE_SECONDS))
            ) as messages:
                async for tags in messages:
                    backoff = INITIAL_BACKOFF_SECONDS
                    if tags is None:
                        await to_thread.run_sync(db.resend_invalidations)
                        cache.set_listening(True)
                    else:
                        cache.forget_generations(tags)
                    on_invalidation(tags)
        except (RedisError, OSError, ValueError) as error:
            log.warning("invalidations not received", error=str(error))
        finally:
            cache.set_listening(False)
        await asyncio.sleep(backoff)
        backoff = min(backoff * 2, MAX_BACKOFF_SECONDS)
