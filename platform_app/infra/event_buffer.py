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

from platform_app.infra import db, document_store
from platform_app.infra.document_store import DocumentStore
from platform_app.infra.errors import Outage
from platform_app.infra.settings import settings

FLUSH_SECONDS = 5.0  # a document waits no longer, as long as the store answers
BATCH_SIZE = 1000  # as many are stored at once, before their time
MAX_PENDING = 20_000  # that wait, eight megabytes; what comes then is lost
TICK_SECONDS = 0.25

log = structlog.get_logger()

_BatchKey = tuple[str, str, datetime]  # collection, partition, and when it may be forgotten


def append(collection: str, partition: str, sort: str, value: Mapping[str, JsonValue], *, expires_at: datetime) -> None:
    """Store this document soon; one with the same names, left again, is the same."""
    if pending_count() >= MAX_PENDING:
        _state["lost"] += 1
        return
    _pending.setdefault((collection, partition, expires_at), {})[sort] = value
    task = _tasks.get("flush")
    if task is None or task.done():
        _tasks["flush"] = asyncio.get_running_loop().create_task(_flush_loop(), name="event_buffer")


def pending_count() -> int:
    """How many documents are not stored yet."""
    return sum(map(len, _pending.values()))


async def flush() -> bool:
    """Store all that waits, now; False when the store is away, and everything waits on."""
    while _pending:
        batch_key = next(iter(_pending))
        batch = _pending.pop(batch_key)
        try:
            await anyio.to_thread.run_sync(partial(_put, batch_key, batch))
        except Outage as error:
            _pending[batch_key] = {**batch, **_pending.get(batch_key, {})}
            log.warning("event buffer not flushed yet", documents=pending_count(), error=str(error))
            return False
        except SQLAlchemyError as error:
            log.warning("buffered events lost", documents=len(batch), error=str(error))
    if _state["lost"]:
        log.warning("buffered events lost", documents=_state["lost"], error="there was no room for more")
        _state["lost"] = 0
    return True


async def _flush_loop() -> None:
    """As long as something waits: store it when there is much, or when it has waited long enough."""
    waited = 0.0
    while _pending:
        await asyncio.sleep(TICK_SECONDS)
        waited += TICK_SECONDS
        if waited >= FLUSH_SECONDS or pending_count() >= BATCH_SIZE:
            # After an outage everything has waited long enough, and is tried again no sooner for that.
            waited = 0.0 if await flush() else waited - FLUSH_SECONDS


def _put(batch_key: _BatchKey, batch: Mapping[str, Mapping[str, JsonValue]]) -> None:
    collection, partition, expires_at = batch_key
    _document_store().put_many(collection, partition, batch.items(), expires_at=expires_at)


@cache
def _document_store() -> DocumentStore:
    return document_store.from_settings(settings(), db.background_engine())


_pending: dict[_BatchKey, dict[str, Mapping[str, JsonValue]]] = {}
_tasks: dict[str, asyncio.Task[None]] = {}
_state = {"lost": 0}
