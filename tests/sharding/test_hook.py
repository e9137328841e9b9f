"""The check of the statements that tests send: it sees those of every thread, and its list has no exceptions without use."""

import anyio
import pytest
from sqlalchemy import text

from platform_app.domain.search import service
from platform_app.infra import db
from platform_app.infra.db import WriteSession
from tests.sharding import hook

FUNCTION = "domain.search.service.update_top_tier"


@pytest.fixture
def disallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that may ask every shard no longer may."""
    monkeypatch.delitem(hook.ALL_SHARDS, FUNCTION)


def test_a_statement_of_the_product_that_breaks_a_rule_is_found(session: WriteSession, disallowed: None) -> None:
    service.update_top_tier(session, count=10, limit=10)
    (problem,) = hook.take_found()
    assert problem.startswith(
        "Rule 6: the owner is not given, so every shard is asked (listing_search: without its owner), "
        f"sent by {FUNCTION}:\n\nWITH best AS MATERIALIZED (\n"
    )
    assert hook.take_found() == []


def test_a_statement_that_the_product_sends_in_a_thread_is_found(clean: None, disallowed: None) -> None:
    async def update() -> int:
        return await db.write(service.update_top_tier, count=10, limit=10)

    assert anyio.run(update) == 0
    assert len(hook.take_found()) == 1


def test_an_allowed_statement_and_one_that_a_test_sends_are_not_found(session: WriteSession) -> None:
    service.update_top_tier(session, count=10, limit=10)
    session.execute(text("SELECT count(*) FROM listing"))
    assert hook.take_found() == []
