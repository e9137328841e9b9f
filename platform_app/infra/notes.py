"""Notes: small things worth writing down beside a request. Losing one costs nothing, and a flood of them writes few."""

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
MINUTE = 60.0
NOTES_A_MINUTE = 60  # that a process writes

log = structlog.get_logger()


def soon(
    command: Callable[Concatenate[WriteSession, Arguments], object],
    about: str,
    *args: Arguments.args,
    **kwargs: Arguments.kwargs,
) -> None:
    """Run the command after this, unless a note `about` the same, or a minute's fill of notes, was written within a minute."""
    _written.expire()
    if about in _written or len(_written) >= NOTES_A_MINUTE:
        return
    _written[about] = None
    task = asyncio.create_task(_write(partial(db.write, command, *args, **kwargs)))
    _running.add(task)
    task.add_done_callback(_running.discard)


async def _write(write: Callable[[], Awaitable[object]]) -> None:
    try:
        await write()
    except (Outage, SQLAlchemyError) as error:
        log.info("note lost", error=str(error))


_written: TTLCache[str, None] = TTLCache(maxsize=NOTES_A_MINUTE, ttl=MINUTE)
_running: set[asyncio.Task[None]] = set()
