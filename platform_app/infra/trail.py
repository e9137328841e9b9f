"""The trail: small documents about what people do, collected in the process and stored a batch at a time.

Whoever leaves one waits for nothing. A process that is told to stop stores what it has; one that is killed loses the
last few seconds, and what comes while the store is away is kept only as far as there is room. So the trail is for what may
be missed now and then, such as views, and never for what somebody is owed.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from functools import cache, partial

import anyio.to_thread
import structlog
from pydantic import JsonValue
from sqlalchemy.exc import SQLAlchemyError

from platform_app.infra import db, documents
from platform_app.infra.documents import Documents
from platform_app.infra.errors import Outage
from platform_app.infra.settings import settings

STORE_SECONDS = 5.0  # a document waits no longer, as long as the store answers
BATCH = 1000  # as many are stored at once, before their time
MOST = 20_000  # that wait, eight megabytes; what comes then is lost
TICK_SECONDS = 0.25

log = structlog.get_logger()

_Place = tuple[str, str, datetime]  # collection, partition, and when it may be forgotten


def leave(collection: str, partition: str, sort: str, value: Mapping[str, JsonValue], *, expires_at: datetime) -> None:
    """Store this document soon; one with the same names, left again, is the same."""
    if waiting() >= MOST:
        _state["lost"] += 1
        return
    _waiting.setdefault((collection, partition, expires_at), {})[sort] = value
    task = _tasks.get("storing")
    if task is None or task.done():
        _tasks["storing"] = asyncio.get_running_loop().create_task(_keep_storing(), name="trail")


def waiting() -> int:
    """How many documents are not stored yet."""
    return sum(map(len, _waiting.values()))


async def store() -> bool:
    """Store all that waits, now; False when the store is away, and everything waits on."""
    while _waiting:
        place = next(iter(_waiting))
        documents_of_it = _waiting.pop(place)
        try:
            await anyio.to_thread.run_sync(partial(_put, place, documents_of_it))
        except Outage as error:
            _waiting[place] = {**documents_of_it, **_waiting.get(place, {})}
            log.warning("trail waits", documents=waiting(), error=str(error))
            return False
        except SQLAlchemyError as error:
            log.warning("trail lost", documents=len(documents_of_it), error=str(error))
    if _state["lost"]:
        log.warning("trail lost", documents=_state["lost"], error="there was no room for more")
        _state["lost"] = 0
    return True


async def _keep_storing() -> None:
    """As long as something waits: store it when there is much, or when it has waited long enough."""
    waited = 0.0
    while _waiting:
        await asyncio.sleep(TICK_SECONDS)
        waited += TICK_SECONDS
        if waited >= STORE_SECONDS or waiting() >= BATCH:
            # After an outage everything has waited long enough, and is tried again no sooner for that.
            waited = 0.0 if await store() else waited - STORE_SECONDS


def _put(place: _Place, found: Mapping[str, Mapping[str, JsonValue]]) -> None:
    collection, partition, expires_at = place
    _documents().put_many(collection, partition, found.items(), expires_at=expires_at)


@cache
def _documents() -> Documents:
    return documents.from_settings(settings(), db.aside())


_waiting: dict[_Place, dict[str, Mapping[str, JsonValue]]] = {}
_tasks: dict[str, asyncio.Task[None]] = {}
_state = {"lost": 0}
