"""Best-effort writes beside a request: deduplicated, rate limited, and lost without harm when the database is down."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Concatenate, ParamSpec

import structlog
from cachetools import TTLCache
from sqlalchemy.exc import SQLAlchemyError

from platform_app.infra import db
from platform_app.infra.db import WriteSession
from platform_app.infra.errors import Outage

Arguments = ParamSpec("Arguments")
MINUTE_SECONDS = 60.0
MAX_WRITES_PER_MINUTE = 60  # per process

log = structlog.get_logger()


def write_later(
    command: Callable[Concatenate[WriteSession, Arguments], object],
    dedup_key: str,
    *args: Arguments.args,
    **kwargs: Arguments.kwargs,
) -> None:
    """Run a command in the background, unless one with this `dedup_key`, or the maximum number, ran within a minute."""
    _recent_keys.expire()
    if dedup_key in _recent_keys or len(_recent_keys) >= MAX_WRITES_PER_MINUTE:
        return
    _recent_keys[dedup_key] = None
    task = asyncio.create_task(_write(partial(db.write, command, *args, **kwargs)))
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


async def _write(write: Callable[[], Awaitable[object]]) -> None:
    try:
        await write()
    except (Outage, SQLAlchemyError) as error:
        log.info("best-effort write lost", error=str(error))


_recent_keys: TTLCache[str, None] = TTLCache(maxsize=MAX_WRITES_PER_MINUTE, ttl=MINUTE_SECONDS)
_tasks: set[asyncio.Task[None]] = set()
