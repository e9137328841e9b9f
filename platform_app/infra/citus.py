"""Spreading the tables over a Citus cluster: what is still to be done, in order, and doing it."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

import psycopg
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from platform_app.infra import citus_rules, migrate
from platform_app.infra.citus_rules import Kind, Placement

OLDEST = 12  # the first whose rules these are; PostgreSQL 15 and later have newer ones
_STATE = text("""
SELECT table_name::text AS name, citus_table_type AS kind, distribution_column AS column, colocation_id AS colocation
FROM citus_tables""")
_KEYS = text("""
SELECT conname AS name, conrelid::regclass::text AS table_name, confrelid::regclass::text AS target FROM pg_constraint
WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY 2, 1""")
# Those that an extension brings come with it.
_FUNCTIONS = text("""
SELECT found.oid, found.oid::regprocedure::text AS name FROM pg_proc AS found
WHERE pronamespace = current_schema()::regnamespace
  AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = found.oid AND deptype = 'e')
ORDER BY 2""")
_EVERYWHERE = text("SELECT objid FROM pg_dist_object WHERE classid = 'pg_proc'::regclass")
_LEFT = text("SELECT pg_relation_size(to_regclass(:name)) > 0")


class NotDistributed(Exception):
    """What keeps the tables from being spread; what was done before it stays done, and is not done again."""


@dataclass(frozen=True)
class _Found:
    kind: str
    column: str | None
    colocation: int | None


def distribute(placements: Sequence[Placement], *, tell: Callable[[str], None]) -> int:
    """Do what is still to be done, a statement and a transaction at a time, each told first; how many there were."""
    with migrate.alone() as connection:
        migrate.unhurried(connection)
        _require_cluster(connection)
        steps = plan(connection, placements)
        for step in steps:
            tell(step)
            try:
                connection.exec_driver_sql(step)
            except DBAPIError as error:
                raise NotDistributed(
                    f"Citus refused: {_said(error)}. What was done before stays; mend this, and run it again."
                ) from error
    return len(steps)


def planned(placements: Sequence[Placement]) -> list[str]:
    """The statements that are still to be run; all of them where there is no Citus yet."""
    with migrate.direct() as connection:
        return plan(connection, placements)


def plan(connection: Connection, placements: Sequence[Placement]) -> list[str]:
    """The statements in order: a table that is where it belongs has none. NotDistributed when a rule is broken.

    Foreign keys are dropped first and made again at the end. Citus makes every table that refers to a reference table a
    table of its own kind at once, and then refuses to spread one that such a table refers to.
    """
    is_there = citus_version(connection) is not None
    placed = _placed(connection) if is_there else {}
    wrong = citus_rules.broken(connection, placements) + _misplaced(placements, placed)
    if wrong:
        raise NotDistributed("The tables cannot be spread: " + "; ".join(wrong) + ".")
    waiting = [each for each in placements if _is_waiting(each, placements, placed)]
    dropped, steps = _dropped(connection, {each.table for each in waiting})
    everywhere = set(connection.execute(_EVERYWHERE).scalars()) if is_there else set()
    steps += [
        f"SELECT create_distributed_function('{row.name}')"
        for row in connection.execute(_FUNCTIONS)
        if row.oid not in everywhere
    ]
    steps += _spread(waiting, placements, placed)
    steps += [
        f"SELECT truncate_local_data_after_distributing_table('{each.table}')"
        for each in placements
        if each.kind is not Kind.LOCAL and connection.execute(_LEFT, {"name": each.table}).scalar()
    ]
    known = {row.name for row in connection.execute(_KEYS)} - dropped
    return steps + [key.statement for each in placements for key in each.keys if key.name not in known]


def citus_version(connection: Connection) -> str | None:
    """The version of the extension in this database; None without it."""
    found: str | None = connection.execute(text("SELECT extversion FROM pg_extension WHERE extname = 'citus'")).scalar()
    return found


def _spread(waiting: Sequence[Placement], placements: Sequence[Placement], placed: dict[str, _Found]) -> Iterator[str]:
    for each in waiting:
        if each.kind is Kind.REFERENCE:
            yield f"SELECT create_reference_table('{each.table}')"
    for each in waiting:
        if each.kind is Kind.DISTRIBUTED:
            leader = _leader(each, placements, placed)
            with_whom = "none" if leader == each.table else leader
            yield f"SELECT create_distributed_table('{each.table}', '{each.column}', colocate_with => '{with_whom}')"
    for each in waiting:
        if each.kind is Kind.LOCAL:
            yield f"SELECT citus_add_local_table_to_metadata('{each.table}')"


def _leader(one: Placement, placements: Sequence[Placement], placed: dict[str, _Found]) -> str:
    """The table in whose group this one is: of all with its column one that is spread already, or else the first."""
    group = [each.table for each in placements if each.column == one.column]
    return next((name for name in group if name in placed and placed[name].kind == Kind.DISTRIBUTED), group[0])


def _is_waiting(one: Placement, placements: Sequence[Placement], placed: dict[str, _Found]) -> bool:
    if one.kind is not Kind.LOCAL:
        return one.table not in placed or placed[one.table].kind == Kind.LOCAL
    # PostgreSQL alone keeps it, unless a foreign key needs Citus to know of it.
    everywhere = {each.table for each in placements if each.kind is Kind.REFERENCE}
    return one.table not in placed and any(key.target in everywhere for key in one.keys)


def _misplaced(placements: Sequence[Placement], placed: dict[str, _Found]) -> list[str]:
    """The tables that somebody has spread in another way than is declared."""
    wrong = []
    for each in placements:
        found = placed.get(each.table)
        if found is None or _is_waiting(each, placements, placed):
            continue
        if (found.kind, found.column if found.kind == Kind.DISTRIBUTED else None) != (each.kind, each.column):
            wrong.append(f"{each.table} is {found.kind} in the cluster and declared {each.kind}")
        elif each.kind is Kind.DISTRIBUTED:
            leader = _leader(each, placements, placed)
            if placed[leader].colocation != found.colocation:
                wrong.append(f"{each.table} is not beside {leader}: update_distributed_table_colocation puts it there")
    return wrong


def _dropped(connection: Connection, waiting: Collection[str]) -> tuple[set[str], list[str]]:
    """The foreign keys that are in the way of the tables that wait, and how they are dropped."""
    found = [row for row in connection.execute(_KEYS) if {row.table_name, row.target} & set(waiting)]
    return {row.name for row in found}, [f"ALTER TABLE {row.table_name} DROP CONSTRAINT {row.name}" for row in found]


def _placed(connection: Connection) -> dict[str, _Found]:
    return {row.name: _Found(row.kind, row.column, row.colocation) for row in connection.execute(_STATE)}


def _said(error: DBAPIError) -> str:
    """What the server says, without where in its own code."""
    told = error.orig.diag if isinstance(error.orig, psycopg.Error) else None
    parts = (told.message_primary, told.message_detail, told.message_hint) if told else (str(error.orig),)
    return "; ".join(part.rstrip(".") for part in parts if part)


def _require_cluster(connection: Connection) -> None:
    version = citus_version(connection)
    if version is None:
        raise NotDistributed(
            "This database has no Citus. On every node: install the package citus for its version of PostgreSQL, set "
            "shared_preload_libraries = 'citus', restart, CREATE EXTENSION citus; docs/operations/sharding.md tells the "
            "rest. Nothing was changed."
        )
    if int(version.split(".")[0].split("-")[0]) < OLDEST:
        raise NotDistributed(f"Citus {version} is older than {OLDEST}; nothing was changed.")
    if not connection.execute(text("SELECT count(*) FROM citus_get_active_worker_nodes()")).scalar():
        raise NotDistributed(
            "The cluster has no worker: SELECT citus_set_coordinator_host('…'), then SELECT citus_add_node('…', 5432) "
            "for each. Nothing was changed."
        )
    if connection.execute(text("SHOW citus.shard_replication_factor")).scalar() != "1":
        raise NotDistributed(
            "citus.shard_replication_factor has to be 1, or Citus takes no foreign keys. Nothing was changed."
        )
