"""What a process does about pokes: forget cached answers, refresh pages, and close the sockets of ended sessions."""

import asyncio
import contextlib
import signal
import threading
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import cast

import reflex as rx
import structlog
from anyio import to_thread
from redis import RedisError
from starlette.applications import Starlette

from platform_app.infra import cache, db, garbage, metrics, pokes, trail
from state import bell, live, sockets

FIRST_WAIT_SECONDS = 0.5
MAX_BACKOFF_SECONDS = 2.0
LAG_TICK_SECONDS = 0.25
LAG_WINDOW = 20  # ticks
DRAIN = signal.SIGUSR1  # sends the browsers of this process away, before it ends or another release takes its place

log = structlog.get_logger()


async def web_lifespan(app: rx.App) -> None:
    """For as long as a web process lives: no stale answers, no stale pages, and no sockets of ended sessions; its trail is kept."""

    def changed(tags: list[str] | None) -> None:
        live.mark(tags)
        sockets.suspect(tags)

    garbage.calm()
    tasks = (live.refresh_due(app), sockets.close_ended(app), bell.make_up_for_lost_pokes(), measure_lag())
    beside = [asyncio.create_task(each) for each in tasks]
    if threading.current_thread() is threading.main_thread():  # signals arrive there alone
        asyncio.get_running_loop().add_signal_handler(
            DRAIN, lambda: beside.append(asyncio.create_task(sockets.drain(app)))
        )
    try:
        await _follow(changed)
    finally:
        for task in beside:
            task.cancel()
        await trail.store()


@asynccontextmanager
async def api_lifespan(_: Starlette) -> AsyncIterator[None]:
    """For as long as an api process lives: forget cached answers that have changed."""
    following = asyncio.create_task(_follow(lambda _: None))
    try:
        yield
    finally:
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following


async def measure_lag() -> None:
    """Keep the figure of how late this process's loop is, until cancelled."""
    loop = asyncio.get_running_loop()
    lags: deque[float] = deque(maxlen=LAG_WINDOW)
    while True:
        due = loop.time() + LAG_TICK_SECONDS
        await asyncio.sleep(LAG_TICK_SECONDS)
        lags.append(max(0.0, loop.time() - due))
        metrics.LOOP_LAG.set(max(lags))


async def _follow(changed: Callable[[list[str] | None], None]) -> None:
    """Pass every poke on, through outages of Redis, until cancelled."""
    wait = FIRST_WAIT_SECONDS
    while True:
        try:
            async with aclosing(cast(AsyncGenerator[list[str] | None], pokes.listen())) as heard:
                async for tags in heard:
                    wait = FIRST_WAIT_SECONDS
                    if tags is None:
                        await to_thread.run_sync(db.repeat_pokes)
                        cache.listening(True)
                    else:
                        cache.forget(tags)
                    changed(tags)
        except (RedisError, OSError, ValueError) as error:
            log.warning("pokes are not heard", error=str(error))
        finally:
            cache.listening(False)
        await asyncio.sleep(wait)
        wait = min(wait * 2, MAX_BACKOFF_SECONDS)
