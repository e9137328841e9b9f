"""Best-effort writes beside requests: once a minute per key, few in a flood, and lost silently in an outage."""

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from platform_app.infra import best_effort, db
from platform_app.infra.db import DatabaseUnavailable, WriteSession

pytestmark = pytest.mark.usefixtures("clean")


def write(session: WriteSession, *, words: str) -> None:
    values = {"words": words}
    session.execute(text("INSERT INTO document VALUES ('notes', :words, gen_random_uuid()::text, '{}')"), values)


def refuse(session: WriteSession, *, words: str) -> None:
    raise DatabaseUnavailable(words)


@pytest.fixture(autouse=True)
def nothing_written() -> Iterator[None]:
    best_effort._recent_keys.clear()
    yield
    best_effort._recent_keys.clear()


def note(*words: str) -> list[str]:
    """Record these words at once; returns what was written."""

    async def noting() -> None:
        for each in words:
            best_effort.write_later(write, each, words=each)
        await asyncio.gather(*best_effort._tasks)

    asyncio.run(noting())
    with db.reading() as session:
        return sorted(session.execute(text("SELECT partition FROM document WHERE collection = 'notes'")).scalars())


def test_a_key_is_written_once_a_minute() -> None:
    assert note("mug", "mug", "jug", "mug") == ["jug", "mug"]


def test_a_flood_of_keys_writes_few_rows() -> None:
    assert len(note(*(f"flood {number}" for number in range(1000)))) == best_effort.MAX_WRITES_PER_MINUTE


def test_a_failed_write_raises_nothing() -> None:
    async def noting() -> None:
        best_effort.write_later(refuse, "mug", words="down")
        await asyncio.gather(*best_effort._tasks)

    asyncio.run(noting())
    assert note("jug") == ["jug"]
