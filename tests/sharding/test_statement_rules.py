"""The rules of Citus, tried on the statements that a real cluster refused or sent to every shard, and on mended ones."""

from dataclasses import replace
from pathlib import Path

import pytest

from platform_app.domain.search import queries
from platform_app.domain.search.rules import Sort
from platform_app.domain.search.schemas import SearchQuery
from platform_app.infra import citus, db
from platform_app.infra.citus_rules import TableType
from platform_app.infra.db import WriteSession
from tests.conftest import assert_queries
from tests.factories import make_listing
from tests.sharding import hook
from tests.sharding.rules import Findings, Offence, Rule, Transaction, inspect

REFUSED = (Path(__file__).parent / "data" / "refused.sql").read_text()
# Tables that were on every node when these statements were sent.
ONCE_REFERENCE = ("search_word", "sign_up", "user_token")
LOCKED = "SELECT id FROM listing WHERE {} ORDER BY id FOR NO KEY UPDATE"
OPENING = (
    "SELECT count(*) FROM shop_member WHERE shop_member.user_id = %(user_id)s",
    "INSERT INTO shop (id, slug) VALUES (%(id)s, %(slug)s)",
)
SETTINGS = (
    "SELECT role FROM shop_member JOIN shop ON shop.id = shop_member.shop_id WHERE shop.slug = %(slug)s",
    "UPDATE shop SET tagline = %(tagline)s WHERE id = %(id)s",
)
PROFILE = (
    "SELECT shop_id FROM shop_member WHERE user_id = %(user_id)s",
    "UPDATE user_account SET name = %(name)s WHERE id = %(id)s",
)
SAVING = (
    "INSERT INTO price_change (shop_id, id) VALUES (%(shop_id)s, %(id)s)",
    "INSERT INTO outbox (id, queue) VALUES (%(id)s, %(queue)s)",
)
REACHES = {
    "an owner as a parameter": ("SELECT 1 FROM listing WHERE shop_id = %(a)s", set()),
    "an owner with a cast": ("SELECT 1 FROM listing WHERE shop_id = %(a)s::UUID AND id = %(b)s", set()),
    "several owners": ("SELECT 1 FROM listing WHERE shop_id = ANY(%(a)s)", set()),
    "an owner among others": ("SELECT 1 FROM listing WHERE shop_id = %(a)s OR id = %(b)s", {Rule.EVERY_SHARD}),
    "an owner from a subquery": (
        "SELECT 1 FROM listing WHERE shop_id = (SELECT id FROM shop WHERE slug = %(a)s)",
        {Rule.EVERY_SHARD},
    ),
    "an owner by way of a join": (
        "SELECT 1 FROM listing JOIN variant ON (variant.shop_id, variant.listing_id) = (listing.shop_id, listing.id) "
        "WHERE listing.shop_id = %(a)s",
        set(),
    ),
    "a join past the owner": (
        "SELECT 1 FROM listing JOIN variant ON variant.listing_id = listing.id WHERE listing.shop_id = %(a)s",
        {Rule.EVERY_SHARD, Rule.NOT_BY_OWNER},
    ),
    "a join of a user's rows with a shop's": (
        "SELECT 1 FROM favourite JOIN listing ON listing.id = favourite.listing_id "
        "WHERE favourite.user_id = %(a)s AND listing.shop_id = %(b)s",
        {Rule.NOT_BY_OWNER},
    ),
    "a correlated subquery by the owner": (
        "SELECT (SELECT count(*) FROM variant WHERE (shop_id, listing_id) = (listing.shop_id, listing.id)) FROM listing "
        "WHERE listing.shop_id = %(a)s",
        set(),
    ),
    "a correlated subquery past the owner": (
        "SELECT slug FROM category WHERE EXISTS (SELECT 1 FROM listing WHERE category_id = category.id)",
        {Rule.EVERY_SHARD, Rule.NOT_BY_OWNER},
    ),
    "an owner in a WITH": (
        "WITH own AS (SELECT shop_id, id FROM listing WHERE shop_id = %(a)s) SELECT 1 FROM own JOIN variant USING (shop_id)",
        set(),
    ),
    "rows of one owner that are locked": (LOCKED.format("shop_id = %(a)s"), set()),
    "rows of several owners that are locked": (LOCKED.format("shop_id = ANY(%(a)s)"), {Rule.NOT_BY_OWNER}),
    "a reference table that is read and locked beside an owner's rows": (
        "SELECT 1 FROM shop_member JOIN shop ON shop.id = shop_member.shop_id WHERE shop.id = %(a)s FOR SHARE",
        {Rule.REFERENCE_LOCK},
    ),
    "an owner's rows that are locked beside a reference table": (
        "SELECT 1 FROM shop_member JOIN shop ON shop.id = shop_member.shop_id WHERE shop.id = %(a)s "
        "FOR SHARE OF shop_member",
        set(),
    ),
    "a row that says whose it is": (
        "INSERT INTO stock (shop_id, variant_id) VALUES (%(a)s, %(b)s) ON CONFLICT DO NOTHING",
        set(),
    ),
    "a change of everybody's rows": ("DELETE FROM upload WHERE ended_at < %(a)s", {Rule.EVERY_SHARD}),
    "a new row of a reference table": ("INSERT INTO shop (id) VALUES (%(a)s)", set()),
    "a local table": ("UPDATE outbox SET done_at = now() WHERE id = %(a)s", set()),
    "recursion over a reference table": (
        "WITH RECURSIVE up AS (SELECT id FROM category UNION ALL SELECT category.parent_id FROM up JOIN category USING (id)) "
        "SELECT id FROM up",
        set(),
    ),
}


def refused() -> dict[str, tuple[str, set[Rule]]]:
    cases = {}
    for part in REFUSED.split("-- ")[1:]:
        head, sql = part.split("\n", 1)
        name, numbers = head.rsplit(":", 1)
        cases[name] = (sql, {Rule(int(number)) for number in numbers.split(",")})
    return cases


def check(sql: str, *, before: bool = False) -> Findings:
    tables, columns = hook.schema()
    if before:
        changed = {name: replace(tables[name], kind=TableType.REFERENCE) for name in ONCE_REFERENCE}
        tables = {**tables, **changed}
    return inspect(sql, tables=tables, columns=columns)


def rules(findings: Findings) -> set[Rule]:
    return {offence.rule for offence in findings.offences}


@pytest.mark.parametrize(("sql", "expected"), refused().values(), ids=refused())
def test_every_statement_that_failed_on_a_cluster_is_flagged(sql: str, expected: set[Rule]) -> None:
    assert rules(check(sql, before=True)) == expected


@pytest.mark.parametrize(("sql", "expected"), REACHES.values(), ids=REACHES)
def test_a_statement_is_judged_by_its_owners(sql: str, expected: set[Rule]) -> None:
    assert rules(check(sql)) == expected


def transaction(*statements: str, is_sequential: bool, plain: tuple[str, ...]) -> list[Offence]:
    tables, _ = hook.schema()
    running = Transaction(tables, plain_tables=plain, is_sequential=is_sequential)
    return [offence for sql in statements for offence in running.add(check(sql))]


@pytest.mark.parametrize(
    ("statements", "table"),
    [(OPENING, "shop"), (SETTINGS, "shop"), (PROFILE, "user_account")],
    ids=["opening a shop", "its settings", "the profile"],
)
def test_a_reference_table_is_not_changed_after_a_parallel_read(statements: tuple[str, ...], table: str) -> None:
    assert transaction(*statements, is_sequential=False, plain=()) == [
        Offence(Rule.PARALLEL_THEN_REFERENCE, table, "written")
    ]
    assert transaction(*statements, is_sequential=True, plain=()) == []
    assert transaction(*reversed(statements), is_sequential=False, plain=()) == []


def test_a_plain_table_is_not_written_beside_shards() -> None:
    for statements in (SAVING, SAVING[::-1]):
        assert transaction(*statements, is_sequential=True, plain=("outbox",)) == [
            Offence(Rule.ONE_PHASE_COMMIT, "outbox", "written")
        ]
        assert transaction(*statements, is_sequential=True, plain=()) == []


def test_the_cluster_is_set_up_as_the_transactions_need_it() -> None:
    tables, _ = hook.schema()
    assert citus.SEQUENTIAL in citus.SETTINGS
    assert citus.plain_tables(tables.values()) == frozenset()


def test_a_search_in_a_shop_asks_that_shops_shard(session: WriteSession) -> None:
    shop = make_listing(session).shop_slug
    for search_query in (
        SearchQuery(shop=shop),
        SearchQuery(shop=shop, q="stoneware mug", sort=Sort.PRICE_UP, in_stock=True),
        SearchQuery(shop=shop, facets={"material": ("Clay",), "colour": ("Blue", "White")}, price_max=90),
    ):
        words = 1 if search_query.q else 0
        labels_and_by_index = 2 if len(search_query.facets) > 1 else 0
        with assert_queries(db.engine(), words + labels_and_by_index + 1) as statements:
            queries.results(session, search_query=search_query)
        assert "listing_search" in statements[-1]
        assert [check(sql).offences for sql in statements] == [()] * len(statements)


def test_every_exception_has_a_reason_and_is_a_function_that_exists() -> None:
    for name, reason in hook.ALL_SHARDS.items():
        module, _, function = f"platform_app.{name}".rpartition(".")
        assert callable(getattr(__import__(module, fromlist=[function]), function)), name
        assert len(reason) > 20, name
    assert all(len(reason) > 20 for reason in hook.REFERENCE_CHANGES.values())
