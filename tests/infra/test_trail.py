"""The trail: nobody waits for it, it has an end, and what the store does not take waits."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import create_engine

from platform_app.domain.shared.tables import utc_now
from platform_app.infra import db, documents, trail
from platform_app.infra.documents import PostgresDocuments
from platform_app.infra.settings import settings
from platform_app.stack import processes
from tests.conftest import assert_queries

SOON = utc_now() + timedelta(hours=1)


@pytest.fixture(autouse=True)
def nothing_waits(clean: None) -> Iterator[None]:
    """Each test begins with an empty trail, and leaves none."""
    trail._waiting.clear()
    yield
    trail._waiting.clear()


@pytest.fixture
def store_is_away(monkeypatch: pytest.MonkeyPatch) -> PostgresDocuments:
    """A store that nothing listens for."""
    away = create_engine(f"postgresql+psycopg://nobody@127.0.0.1:{processes.free_port()}/nothing")
    lost = PostgresDocuments(away)
    monkeypatch.setattr(trail, "_documents", lambda: lost)
    return lost


def leave(*sorts: str, partition: str = "p") -> None:
    for sort in sorts:
        trail.leave("trail-test", partition, sort, {"said": sort}, expires_at=SOON)


def stored(partition: str = "p") -> list[str]:
    kept = documents.from_settings(settings(), db.engine())
    return [sort for sort, _ in kept.page("trail-test", partition, after=None, limit=100_000).items]


def test_what_is_left_is_stored_by_itself_and_not_by_a_pages_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trail, "STORE_SECONDS", 0.5)

    async def run() -> None:
        leave("a", "b", "a")
        leave("c", partition="q")
        assert trail.waiting() == 3
        with assert_queries(db.engine(), 0):
            await trail._tasks["storing"]

    asyncio.run(run())
    assert (stored(), stored("q"), trail.waiting()) == (["a", "b"], ["c"], 0)


def test_much_is_stored_before_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trail, "STORE_SECONDS", 3600.0)

    async def run() -> None:
        leave(*(f"{number:05}" for number in range(trail.BATCH)))
        await trail._tasks["storing"]

    asyncio.run(run())
    assert len(stored()) == trail.BATCH


def test_what_the_store_does_not_take_waits_and_is_not_more_than_there_is_room_for(
    store_is_away: PostgresDocuments, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trail, "MOST", 10)

    async def run() -> None:
        leave(*(f"{number:02}" for number in range(8)))
        assert not await trail.store()
        leave("08", "09", "10", "11")
        assert trail.waiting() == 10
        assert not await trail.store()
        monkeypatch.undo()
        assert await trail.store()

    asyncio.run(run())
    assert (stored(), trail.waiting()) == ([f"{number:02}" for number in range(10)], 0)


def test_what_was_left_anew_meanwhile_counts(store_is_away: PostgresDocuments, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        trail.leave("trail-test", "p", "a", {"said": "first"}, expires_at=SOON)
        failing = asyncio.create_task(trail.store())
        await asyncio.sleep(0)
        trail.leave("trail-test", "p", "a", {"said": "second"}, expires_at=SOON)
        assert not await failing
        monkeypatch.undo()
        assert await trail.store()

    asyncio.run(run())
    kept = documents.from_settings(settings(), db.engine())
    assert kept.page("trail-test", "p", after=None, limit=9).items == [("a", {"said": "second"})]
