"""Check every statement that the product sends in a test; a test whose statement breaks a rule of Citus fails."""

import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from pglast.parser import ParseError
from sqlalchemy import Connection, Engine, event

from platform_app.domain.sharding import all_metadata, table_distributions
from platform_app.infra import citus
from tests.sharding.allowed import ALL_SHARDS, NOT_ON_A_CLUSTER, REFERENCE_CHANGES
from tests.sharding.rules import SENTENCES, Columns, Findings, Offence, Rule, Tables, Transaction, inspect

ROOT = Path(__file__).parents[2]
PRODUCT, TESTS = str(ROOT / "platform_app"), str(ROOT / "tests")
# Migrations and `db distribute` run before a table is distributed, or by rules of their own.
EXEMPT = ("platform_app.migrations", "platform_app.infra.migrate", "platform_app.infra.citus")
TRANSACTION = "statements of the transaction"
_found: list[str] = []


def pytest_configure() -> None:
    """Listen to every connection of this process."""
    event.listen(Engine, "before_cursor_execute", _check)
    event.listen(Engine, "begin", _forget)


def pytest_unconfigure() -> None:
    """Stop listening."""
    event.remove(Engine, "before_cursor_execute", _check)
    event.remove(Engine, "begin", _forget)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Iterator[None]:
    """Fail the test if one of its fixtures sent a statement that breaks a rule."""
    yield
    _fail_if_found()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    """Fail the test if it sent a statement that breaks a rule."""
    yield
    _fail_if_found()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Iterator[None]:
    """Fail the test if the end of one of its fixtures sent a statement that breaks a rule."""
    yield
    _fail_if_found()


def take_found() -> list[str]:
    """The offences found since the last call, each once."""
    problems = list(dict.fromkeys(_found))
    _found.clear()
    return problems


def sender(frame: FrameType | None) -> str | None:
    """The public function of the product that sent a statement; None if a test or something exempt did."""
    name: str | None = None
    while frame is not None:
        file, module = frame.f_code.co_filename, frame.f_globals.get("__name__", "")
        if module.startswith(EXEMPT) or (name is None and file.startswith(TESTS) and module != __name__):
            return None
        if name is None and file.startswith(PRODUCT) and module != "platform_app.infra.db":
            function = frame.f_code.co_name
            if not function.startswith(("_", "<")):
                name = f"{module.removeprefix('platform_app.')}.{function}"
        frame = frame.f_back
    return name


def is_allowed(offence: Offence, by: str) -> bool:
    """Whether the lists allow what this function sent."""
    if offence.rule is Rule.EVERY_SHARD:
        return by in ALL_SHARDS
    if by in NOT_ON_A_CLUSTER:
        return True
    return offence.rule is Rule.REFERENCE_LOCK and f"{offence.what} {offence.table}" in REFERENCE_CHANGES


@cache
def schema() -> tuple[Tables, Columns]:
    """The distribution and the columns of every table."""
    columns = {table.name: tuple(table.c.keys()) for metadata in all_metadata() for table in metadata.sorted_tables}
    return {each.table: each for each in table_distributions()}, columns


@cache
def findings(sql: str) -> Findings:
    """The findings about a text, which is parsed once."""
    tables, columns = schema()
    try:
        return inspect(sql, tables=tables, columns=columns)
    except ParseError:
        return Findings()  # PostgreSQL refuses it, and the test sees that


def _fail_if_found() -> None:
    problems = take_found()
    if problems:
        pytest.fail("\n\n".join(problems), pytrace=False)


def _check(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
    found = findings(statement)
    if not (found.offences or found.writes or found.reads_all_shards):
        return
    by = sender(sys._getframe(1))
    if by is None:
        return
    offences = [*found.offences, *_transaction(connection).add(found)]
    _found.extend(
        f"Rule {offence.rule}: {SENTENCES[offence.rule]} ({offence.table}: {offence.what}), sent by {by}:\n{statement}"
        for offence in offences
        if not is_allowed(offence, by)
    )


def _transaction(connection: Connection) -> Transaction:
    tables, _ = schema()
    known: Transaction = connection.info.setdefault(
        TRANSACTION,
        Transaction(
            tables, plain_tables=citus.plain_tables(tables.values()), is_sequential=citus.SEQUENTIAL in citus.SETTINGS
        ),
    )
    return known


def _forget(connection: Connection) -> None:
    connection.info.pop(TRANSACTION, None)
