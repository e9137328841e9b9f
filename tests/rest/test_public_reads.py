"""Public reads: limited in cost, and never blocking sign-in, writes and probes."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import text

from platform_app.infra import cache, db, engines
from platform_app.infra.db import ReadSession
from platform_app.infra.settings import settings
from tests.accounts.helpers import browsers, create_user, is_signed_in, sign_in
from tests.conftest import assert_queries
from tests.infra.database_servers import settings_are, wait_until

pytestmark = pytest.mark.usefixtures("clean")
WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
FACETS = ("brand", "colour", "material", "size")


@cache.cached(int, tags=lambda **_: ("words",))
def steps(session: ReadSession, *, count: int, seconds: float) -> int:
    """Send statements of this duration; returns how many were sent."""
    for _ in range(count):
        session.execute(text("SELECT pg_sleep(:seconds)"), {"seconds": seconds})
    return count


@contextmanager
def locked(table: str) -> Iterator[None]:
    """Lock the table, so that reads of it wait."""
    with psycopg.connect(engines.to_libpq_url(settings().direct_url)) as connection:
        connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE".encode())
        yield


def listing_path() -> str:
    """A path whose answer no other request shares."""
    return f"/api/v1/listings/{uuid4()}"


def waiting() -> int:
    with db.reading() as session:
        return int(session.execute(WAITING).scalar_one())


def read_steps(*, count: int, seconds: float) -> int:
    async def read() -> int:
        try:
            return await cache.read(steps, count=count, seconds=seconds)
        finally:
            await cache._redis().aclose()

    return asyncio.run(read())


def test_too_many_facet_combinations_are_refused_without_a_query() -> None:
    filters = [(name, f"{name} {number}") for name in FACETS for number in range(8)]
    with browsers() as (client,), assert_queries(db.engine(), 0):
        answer = client.get("/api/v1/listings", params=filters)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["code"] == "search_too_broad"
    assert answer.json()["detail"] == (
        "8 of brand × 8 of colour × 8 of material × 8 of size make 4,096 combinations; the limit is 64. "
        "Choose fewer values, or search again."
    )
    assert answer.json()["fields"] == dict.fromkeys(FACETS, "Choose fewer values (8 now).")


def test_sign_in_writes_and_probes_work_while_all_public_slots_are_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engines, "PUBLIC_SECONDS", 60.0)
    monkeypatch.setattr(db, "PUBLIC_WAIT_SECONDS", 0.2)
    slots = engines.public_connections()
    user = create_user()
    with settings_are(), browsers() as (client,), ThreadPoolExecutor(slots) as visitors:
        with locked("listing"):
            reads = [visitors.submit(client.get, listing_path()) for _ in range(slots)]
            wait_until(lambda: waiting() == slots)
            one_more = client.get(listing_path())
            assert (one_more.status_code, one_more.json()["code"]) == (503, "unavailable")
            assert one_more.headers["retry-after"] == "5"
            assert client.get("/healthz/ready").json() == {"status": "ready"}
            assert sign_in(client, email=user.email).status_code == 200
            assert is_signed_in(client)
            assert client.patch("/api/v1/account", json={"name": "Ada L."}).json()["name"] == "Ada L."
            assert waiting() == slots
        assert [read.result().json()["code"] for read in reads] == ["listing_not_found"] * slots


def test_a_slow_public_statement_is_a_problem_with_retry_after(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engines, "PUBLIC_SECONDS", 0.3)
    with settings_are(), browsers() as (client,):
        with locked("listing"):
            answer = client.get(listing_path())
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
        assert (answer.json()["code"], answer.headers["retry-after"]) == ("unavailable", "5")
        assert client.get(listing_path()).status_code == 404


def test_a_public_read_of_many_statements_is_ended_between_two_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "PUBLIC_SECONDS", 1.0)
    with settings_are(), pytest.raises(db.DatabaseUnavailable, match="took too long"):
        read_steps(count=300, seconds=0.2)


def test_a_started_public_read_is_answered_whatever_the_limit_for_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(db, "PUBLIC_WAIT_SECONDS", 0.1)
    with settings_are():
        assert read_steps(count=2, seconds=0.2) == 2


def test_other_reads_have_no_time_limit() -> None:
    with db.public_reading() as public, db.reading() as other:
        limits = [session.execute(text("SHOW statement_timeout")).scalar_one() for session in (public, other)]
    assert limits == ["2s", "0"]
