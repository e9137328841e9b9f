"""The event buffer: adding never waits, its size is bounded, and what the store refuses is retried."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import create_engine

from platform_app.domain.shared.model_base import utc_now
from platform_app.infra import db, document_store, event_buffer
from platform_app.infra.document_store import PostgresDocumentStore
from platform_app.infra.settings import settings
from platform_app.stack import processes
from tests.conftest import assert_queries

SOON = utc_now() + timedelta(hours=1)


@pytest.fixture(autouse=True)
def empty_buffer(clean: None) -> Iterator[None]:
    """Each test starts with an empty buffer, and leaves it empty."""
    event_buffer._pending.clear()
    yield
    event_buffer._pending.clear()


@pytest.fixture
def unreachable_store(monkeypatch: pytest.MonkeyPatch) -> PostgresDocumentStore:
    """A store whose port nothing listens on."""
    away = create_engine(f"postgresql+psycopg://nobody@127.0.0.1:{processes.free_port()}/nothing")
    lost = PostgresDocumentStore(away)
    monkeypatch.setattr(event_buffer, "_document_store", lambda: lost)
    return lost


def append_events(*sorts: str, partition: str = "p") -> None:
    for sort in sorts:
        event_buffer.append("buffer-test", partition, sort, {"text": sort}, expires_at=SOON)


def stored(partition: str = "p") -> list[str]:
    store = document_store.from_settings(settings(), db.engine())
    return [sort for sort, _ in store.page("buffer-test", partition, after=None, limit=100_000).items]


def test_events_are_flushed_in_the_background_on_separate_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_buffer, "FLUSH_SECONDS", 0.5)

    async def run() -> None:
        append_events("a", "b", "a")
        append_events("c", partition="q")
        assert event_buffer.pending_count() == 3
        with assert_queries(db.engine(), 0):
            await event_buffer._tasks["flush"]

    asyncio.run(run())
    assert (stored(), stored("q"), event_buffer.pending_count()) == (["a", "b"], ["c"], 0)


def test_a_full_batch_is_flushed_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_buffer, "FLUSH_SECONDS", 3600.0)

    async def run() -> None:
        append_events(*(f"{number:05}" for number in range(event_buffer.BATCH_SIZE)))
        await event_buffer._tasks["flush"]

    asyncio.run(run())
    assert len(stored()) == event_buffer.BATCH_SIZE


def test_events_wait_during_an_outage_up_to_the_limit_of_the_buffer(
    unreachable_store: PostgresDocumentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_buffer, "MAX_PENDING", 10)

    async def run() -> None:
        append_events(*(f"{number:02}" for number in range(8)))
        assert not await event_buffer.flush()
        append_events("08", "09", "10", "11")
        assert event_buffer.pending_count() == 10
        assert not await event_buffer.flush()
        monkeypatch.undo()
        assert await event_buffer.flush()

    asyncio.run(run())
    assert (stored(), event_buffer.pending_count()) == ([f"{number:02}" for number in range(10)], 0)


def test_a_newer_event_with_the_same_key_replaces_the_waiting_one(
    unreachable_store: PostgresDocumentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        event_buffer.append("buffer-test", "p", "a", {"text": "first"}, expires_at=SOON)
        failing = asyncio.create_task(event_buffer.flush())
        await asyncio.sleep(0)
        event_buffer.append("buffer-test", "p", "a", {"text": "second"}, expires_at=SOON)
        assert not await failing
        monkeypatch.undo()
        assert await event_buffer.flush()

    asyncio.run(run())
    store = document_store.from_settings(settings(), db.engine())
    assert store.page("buffer-test", "p", after=None, limit=9).items == [("a", {"text": "second"})]
