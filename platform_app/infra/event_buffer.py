"""A buffer for small event documents, which are stored in batches.

Appending never waits. A process that stops stores its buffer; a killed process loses the last few seconds. During an
outage of the store, the buffer keeps a limited number of documents. So it only suits data that may be lost now and
then, such as views.
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

FLUSH_SECONDS = 5.0  # maximum age of a buffered document while the store answers
BATCH_SIZE = 1000  # flush earlier at this number of documents
MAX_PENDING = 20_000  # documents, about eight megabytes; further ones are lost
TICK_SECONDS = 0.25

log = structlog.get_logger()

_BatchKey = tuple[str, str, datetime]  # collection, partition, expiry


def append(collection: str, partition: str, sort: str, value: Mapping[str, JsonValue], *, expires_at: datetime) -> None:
    """Buffer a document; one with the same keys replaces it."""
    if pending_count() >= MAX_PENDING:
        _state["lost"] += 1
        return
    _pending.setdefault((collection, partition, expires_at), {})[sort] = value
    task = _tasks.get("flush")
    if task is None or task.done():
        _tasks["flush"] = asyncio.get_running_loop().create_task(_flush_loop(), name="event_buffer")


def pending_count() -> int:
    """The number of documents that are not stored yet."""
    return sum(map(len, _pending.values()))


async def flush() -> bool:
    """Store all buffered documents now; False if the store is unavailable, and they stay buffered."""
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
    """Flush the buffer when it is large or old enough, until it is empty."""
    waited = 0.0
    while _pending:
        await asyncio.sleep(TICK_SECONDS)
        waited += TICK_SECONDS
        if waited >= FLUSH_SECONDS or pending_count() >= BATCH_SIZE:
            # During an outage, the next attempt still waits FLUSH_SECONDS.
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
