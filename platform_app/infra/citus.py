"""Distribute the tables over a Citus cluster: compute and run the pending statements."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import psycopg
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from platform_app.infra import citus_rules, migrate
from platform_app.infra.citus_rules import TableDistribution, TableType

MIN_VERSION = 12  # the first version with these rules
_CITUS_TABLES = text("""
SELECT table_name::text AS name, citus_table_type AS kind, distribution_column AS column, colocation_id AS colocation
FROM citus_tables""")
_KEYS = text("""
SELECT conname AS name, conrelid::regclass::text AS table_name, confrelid::regclass::text AS target FROM pg_constraint
WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY 2, 1""")
# Functions of extensions are distributed with their extension.
_FUNCTIONS = text("""
SELECT found.oid, found.oid::regprocedure::text AS name FROM pg_proc AS found
WHERE pronamespace = current_schema()::regnamespace
  AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = found.oid AND deptype = 'e')
ORDER BY 2""")
_DISTRIBUTED_FUNCTIONS = text("SELECT objid FROM pg_dist_object WHERE classid = 'pg_proc'::regclass")
# A transaction may read all shards and then change a reference table only if Citus asks one shard after another.
SEQUENTIAL = "citus.multi_shard_modify_mode = 'sequential'"
SETTINGS = (SEQUENTIAL,)
_DATABASE_SETTINGS = text("""
SELECT unnest(setconfig) FROM pg_db_role_setting JOIN pg_database ON pg_database.oid = setdatabase
WHERE datname = current_database() AND setrole = 0""")
_DATABASE = text("SELECT quote_ident(current_database())")
# What shards use and a worker does not get from the coordinator.
_PREREQUISITES = """
SELECT string_agg(name, ';') FROM (
  SELECT 'extension ' || extname FROM pg_extension WHERE extname NOT LIKE 'citus%' AND extname <> 'plpgsql'
  UNION ALL SELECT 'text search configuration ' || cfgname FROM pg_ts_config WHERE cfgnamespace = 'public'::regnamespace
) AS present (name)"""
_WORKERS_PREREQUISITES = text("SELECT nodename, nodeport, success, result FROM run_command_on_workers(:command)")
_HAS_LOCAL_ROWS = text("SELECT pg_relation_size(to_regclass(:name)) > 0")


class NotDistributed(Exception):
    """The tables cannot be distributed; completed statements stay and are not repeated."""


@dataclass(frozen=True)
class _CurrentTable:
    kind: str
    column: str | None
    colocation: int | None


def distribute(distributions: Sequence[TableDistribution], *, report: Callable[[str], None]) -> int:
    """Run the pending statements, each reported first and in its own transaction; return how many there were."""
    with migrate.schema_lock() as connection:
        migrate.set_migration_timeouts(connection)
        _require_cluster(connection)
        steps = plan(connection, distributions)
        for step in steps:
            report(step)
            try:
                connection.exec_driver_sql(step)
            except DBAPIError as error:
                raise NotDistributed(
                    f"Citus refused: {_error_message(error)}. Completed steps stay; fix this and run the command again."
                ) from error
    return len(steps)


def pending_statements(distributions: Sequence[TableDistribution]) -> list[str]:
    """The pending statements; all of them if Citus is not installed yet."""
    with migrate.direct_connection() as connection:
        return plan(connection, distributions)


def plan(connection: Connection, distributions: Sequence[TableDistribution]) -> list[str]:
    """The pending statements in order, none for tables already distributed; NotDistributed if a rule is broken.

    Foreign keys are dropped first and recreated at the end: Citus would at once convert the tables that refer to a
    reference table, and then refuse to distribute the tables they refer to.
    """
    is_installed = citus_version(connection) is not None
    current = _current_tables(connection) if is_installed else {}
    problems = citus_rules.violations(connection, distributions) + _mismatches(distributions, current)
    if problems:
        raise NotDistributed("The tables cannot be distributed: " + "; ".join(problems) + ".")
    pending = [each for each in distributions if _is_pending(each, current)]
    dropped, steps = _keys_to_drop(connection, {each.table for each in pending})
    distributed_functions = set(connection.execute(_DISTRIBUTED_FUNCTIONS).scalars()) if is_installed else set()
    steps += [
        f"SELECT create_distributed_function('{row.name}')"
        for row in connection.execute(_FUNCTIONS)
        if row.oid not in distributed_functions
    ]
    steps += _setting_statements(connection)
    steps += _distribute_statements(pending, distributions, current)
    steps += [
        f"SELECT truncate_local_data_after_distributing_table('{each.table}')"
        for each in distributions
        if each.kind is not TableType.LOCAL and connection.execute(_HAS_LOCAL_ROWS, {"name": each.table}).scalar()
    ]
    known = {row.name for row in connection.execute(_KEYS)} - dropped
    return steps + [key.statement for each in distributions for key in each.keys if key.name not in known]


def plain_tables(distributions: Iterable[TableDistribution]) -> frozenset[str]:
    """The tables that stay unknown to Citus, so that a commit that writes to them and to shards has one phase."""
    return frozenset(each.table for each in distributions if not _is_pending(each, {}))


def citus_version(connection: Connection) -> str | None:
    """The version of the extension in this database; None without it."""
    version: str | None = connection.execute(
        text("SELECT extversion FROM pg_extension WHERE extname = 'citus'")
    ).scalar()
    return version


def _setting_statements(connection: Connection) -> Iterator[str]:
    stored = {entry.replace(" ", "") for entry in connection.execute(_DATABASE_SETTINGS).scalars()}
    database = connection.execute(_DATABASE).scalar()
    for setting in SETTINGS:
        if setting.replace(" ", "").replace("'", "") not in stored:
            yield f"ALTER DATABASE {database} SET {setting}"


def _distribute_statements(
    pending: Sequence[TableDistribution], distributions: Sequence[TableDistribution], current: dict[str, _CurrentTable]
) -> Iterator[str]:
    for each in pending:
        if each.kind is TableType.REFERENCE:
            yield f"SELECT create_reference_table('{each.table}')"
    for each in pending:
        if each.kind is TableType.DISTRIBUTED:
            leader = _colocation_leader(each, distributions, current)
            colocate_with = "none" if leader == each.table else leader
            yield f"SELECT create_distributed_table('{each.table}', '{each.column}', colocate_with => '{colocate_with}')"
    for each in pending:
        if each.kind is TableType.LOCAL:
            yield f"SELECT citus_add_local_table_to_metadata('{each.table}')"


def _colocation_leader(
    table: TableDistribution, distributions: Sequence[TableDistribution], current: dict[str, _CurrentTable]
) -> str:
    """The table to colocate with: one with the same column that is already distributed, else the first one."""
    group = [each.table for each in distributions if each.column == table.column]
    return next((name for name in group if name in current and current[name].kind == TableType.DISTRIBUTED), group[0])


def _is_pending(table: TableDistribution, current: Mapping[str, _CurrentTable]) -> bool:
    # Local tables too: Citus commits in two phases only what it knows, and the outbox must not lose a job.
    is_known = table.table in current
    return not is_known or (table.kind is not TableType.LOCAL and current[table.table].kind == TableType.LOCAL)


def _mismatches(distributions: Sequence[TableDistribution], current: dict[str, _CurrentTable]) -> list[str]:
    """The tables whose distribution in the cluster differs from their declaration."""
    problems = []
    for each in distributions:
        found = current.get(each.table)
        if found is None or _is_pending(each, current):
            continue
        if (found.kind, found.column if found.kind == TableType.DISTRIBUTED else None) != (each.kind, each.column):
            problems.append(f"{each.table} is {found.kind} in the cluster but declared {each.kind}")
        elif each.kind is TableType.DISTRIBUTED:
            leader = _colocation_leader(each, distributions, current)
            if current[leader].colocation != found.colocation:
                problems.append(f"{each.table} is not colocated with {leader}: use update_distributed_table_colocation")
    return problems


def _keys_to_drop(connection: Connection, pending: Collection[str]) -> tuple[set[str], list[str]]:
    """The names of the foreign keys of pending tables, and the statements that drop them."""
    keys = [row for row in connection.execute(_KEYS) if {row.table_name, row.target} & set(pending)]
    return {row.name for row in keys}, [f"ALTER TABLE {row.table_name} DROP CONSTRAINT {row.name}" for row in keys]


def _current_tables(connection: Connection) -> dict[str, _CurrentTable]:
    return {row.name: _CurrentTable(row.kind, row.column, row.colocation) for row in connection.execute(_CITUS_TABLES)}


def _error_message(error: DBAPIError) -> str:
    """The server's message, detail and hint, without its source location."""
    diagnostics = error.orig.diag if isinstance(error.orig, psycopg.Error) else None
    parts = (
        (diagnostics.message_primary, diagnostics.message_detail, diagnostics.message_hint)
        if diagnostics
        else (str(error.orig),)
    )
    return "; ".join(part.rstrip(".") for part in parts if part)


def _require_cluster(connection: Connection) -> None:
    version = citus_version(connection)
    if version is None:
        raise NotDistributed(
            "This database has no Citus. On every node: install the package citus for its version of PostgreSQL, set "
            "shared_preload_libraries = 'citus', restart, CREATE EXTENSION citus; see docs/operations/sharding.md. "
            "Nothing was changed."
        )
    if int(version.split(".")[0].split("-")[0]) < MIN_VERSION:
        raise NotDistributed(f"Citus {version} is older than {MIN_VERSION}; nothing was changed.")
    if not connection.execute(text("SELECT count(*) FROM citus_get_active_worker_nodes()")).scalar():
        raise NotDistributed(
            "The cluster has no worker: SELECT citus_set_coordinator_host('…'), then SELECT citus_add_node('…', 5432) "
            "for each worker. Nothing was changed."
        )
    if connection.execute(text("SHOW citus.shard_replication_factor")).scalar() != "1":
        raise NotDistributed(
            "citus.shard_replication_factor must be 1, or Citus does not support foreign keys. Nothing was changed."
        )
    _require_prerequisites(connection)


def _require_prerequisites(connection: Connection) -> None:
    """Check that every worker has what the shards' columns, indexes and queries use."""
    needed: str = connection.execute(text(_PREREQUISITES)).scalar() or ""
    problems = []
    for row in connection.execute(_WORKERS_PREREQUISITES, {"command": _PREREQUISITES}):
        missing = sorted(set(needed.split(";")) - set((row.result or "").split(";")))
        if not row.success:
            problems.append(f"{row.nodename}:{row.nodeport} does not answer: {row.result}")
        elif missing:
            problems.append(f"{row.nodename}:{row.nodeport} lacks {', '.join(missing)}")
    if problems:
        raise NotDistributed(
            f"A worker is not ready: {'; '.join(problems)}. Create them as docs/operations/sharding.md shows. "
            "Nothing was changed."
        )
