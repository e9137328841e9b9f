"""Locks on a shop or a user, on one PostgreSQL and on a cluster."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import TextClause, text
from sqlmodel import col

from platform_app.domain.accounts.models import User
from platform_app.domain.shops.models import Shop
from platform_app.infra import db, owner_locks
from platform_app.infra.db import WriteSession
from tests.conftest import assert_queries
from tests.factories import make_shop, make_user
from tests.infra.database_servers import wait_until
from tests.sharding import hook
from tests.sharding.databases import CLUSTER
from tests.sharding.rules import inspect

WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
# What the release before this one sends, and what one that knows advisory locks alone would send.
ROW_LOCK = text("SELECT id FROM shop WHERE id = :id FOR NO KEY UPDATE SKIP LOCKED")
ADVISORY_LOCK = text("SELECT pg_try_advisory_xact_lock(uuid_hash_extended(:id, 0))")


def committed_shop() -> Shop:
    with db.writing() as session:
        shop_id = make_shop(session).id
        return session.get_one(Shop, shop_id)


def somebody_waits() -> bool:
    with db.reading() as session:
        return session.execute(WAITING).scalar() == 1


def offences(statements: list[str]) -> list[object]:
    tables, columns = hook.schema()
    return [offence for sql in statements for offence in inspect(sql, tables=tables, columns=columns).offences]


def test_whoever_waits_for_an_owner_reads_what_the_other_has_changed(each_database: str) -> None:
    shop = committed_shop()

    def other() -> str:
        with db.writing() as session:
            session.get(Shop, shop.id)  # what was read before is out of date afterwards
            locked = owner_locks.lock(session, Shop, shop.id)
            assert locked is not None
            return locked.tagline

    with ThreadPoolExecutor(1) as pool:
        with db.writing() as session:
            locked = owner_locks.lock(session, Shop, shop.id)
            assert locked is not None
            waiting = pool.submit(other)
            wait_until(somebody_waits)
            locked.tagline = "Bowls and mugs"
            session.add(locked)
        assert waiting.result(timeout=60) == "Bowls and mugs"


def test_whoever_waits_for_an_owner_who_is_deleted_gets_none(each_database: str) -> None:
    shop = committed_shop()

    def other() -> bool:
        with db.writing() as session:
            return owner_locks.lock(session, Shop, shop.id) is None

    with ThreadPoolExecutor(1) as pool:
        with db.writing() as session:
            session.delete(owner_locks.lock(session, Shop, shop.id))
            waiting = pool.submit(other)
            wait_until(somebody_waits)
        assert waiting.result(timeout=60)


def test_a_lock_that_somebody_has_is_not_waited_for_if_the_caller_only_tries(each_database: str) -> None:
    shop = committed_shop()
    with db.writing() as session:
        assert owner_locks.try_lock(session, Shop, uuid4()) is None
        with db.writing() as other:
            assert owner_locks.try_lock(other, Shop, shop.id) == shop
            assert owner_locks.try_lock(session, Shop, shop.id) is None
        assert owner_locks.try_lock(session, Shop, shop.id) == shop


def test_an_owner_is_found_and_locked_by_what_is_unique_about_them(each_database: str) -> None:
    with db.writing() as session:
        user = make_user(session, email="ada@example.com").user
    by_email = col(User.email_key) == "ada@example.com"
    with db.writing() as session:
        found = owner_locks.lock_by(session, User, by_email)
        assert found is not None
        assert found.id == user.id
        with db.writing() as other:
            assert owner_locks.try_lock(other, User, user.id) is None


def test_the_lock_costs_a_statement_and_on_a_cluster_one_that_locks_no_table(each_database: str) -> None:
    shop = committed_shop()
    is_cluster = each_database == CLUSTER
    with db.writing() as session:
        for owner_id in (shop.id, uuid4()):
            with assert_queries(db.engine(), 2 if is_cluster else 1) as lock:
                owner_locks.lock(session, Shop, owner_id)
            with assert_queries(db.engine(), 3 if is_cluster else 1) as lock_by:
                owner_locks.lock_by(session, Shop, col(Shop.id) == owner_id)
            with assert_queries(db.engine(), 2 if is_cluster else 1) as try_lock:
                owner_locks.try_lock(session, Shop, owner_id)
            found = [offences(statements) for statements in (lock, lock_by, try_lock)]
            assert [len(each) for each in found] == ([0, 0, 0] if is_cluster else [1, 1, 1])


@pytest.mark.parametrize("other_lock", [ROW_LOCK, ADVISORY_LOCK], ids=["the release before", "a release to come"])
def test_processes_of_two_releases_exclude_each_other(clean: None, other_lock: TextClause) -> None:
    shop = committed_shop()

    def other_takes_it(session: WriteSession) -> bool:
        return bool(session.execute(other_lock, {"id": shop.id}).scalar())

    for take in (owner_locks.lock, owner_locks.try_lock):
        with db.writing() as session, db.writing() as other:
            assert take(session, Shop, shop.id) is not None
            assert not other_takes_it(other)
    with db.writing() as session, db.writing() as other:
        assert other_takes_it(other)
        assert owner_locks.try_lock(session, Shop, shop.id) is None
