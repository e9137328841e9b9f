"""Check the database schema against the rules of Citus."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, Row, text

_TABLES = text("""
SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')""")
_COLUMNS = text("""
SELECT attrelid::regclass::text AS table_name, attname AS name, format_type(atttypid, atttypmod) AS type, attnotnull AS is_set,
  attgenerated <> '' AS is_generated, attidentity <> '' AS is_identity
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid AND relkind IN ('r', 'p')
WHERE relnamespace = current_schema()::regnamespace AND attnum > 0 AND NOT attisdropped""")
# The plain columns of every unique key; for exclusion constraints those compared by equality.
_KEYS = text("""
SELECT found.indrelid::regclass::text AS table_name, found.indexrelid::regclass::text AS name, array(
  SELECT attname::text FROM unnest((found.indkey::int2[])[0:found.indnkeyatts - 1]) WITH ORDINALITY AS part(number, ordinal)
  JOIN pg_attribute ON attrelid = found.indrelid AND attnum = number
  WHERE excluding.conexclop IS NULL OR (SELECT oprname FROM pg_operator WHERE oid = excluding.conexclop[ordinal]) = '='
) AS columns
FROM pg_index AS found JOIN pg_class ON pg_class.oid = found.indexrelid
LEFT JOIN pg_constraint AS excluding ON excluding.conindid = found.indexrelid AND excluding.contype = 'x'
WHERE relnamespace = current_schema()::regnamespace AND (found.indisunique OR found.indisexclusion)""")
_FOREIGN_KEYS = text("""
SELECT conname AS name, conrelid::regclass::text AS table_name, confrelid::regclass::text AS target,
  confdeltype::text AS on_delete, confupdtype::text AS on_update,
  array(SELECT attname::text FROM unnest(conkey) WITH ORDINALITY AS part(number, ordinal)
    JOIN pg_attribute ON attrelid = conrelid AND attnum = number ORDER BY ordinal) AS columns,
  array(SELECT attname::text FROM unnest(confkey) WITH ORDINALITY AS part(number, ordinal)
    JOIN pg_attribute ON attrelid = confrelid AND attnum = number ORDER BY ordinal) AS targets
FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace""")
_TRIGGERS = text("""
SELECT tgrelid::regclass::text AS table_name, tgname AS name, 'trigger' AS what FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT ev_class::regclass::text, rulename, 'rule' FROM pg_rewrite WHERE rulename <> '_RETURN'""")
NO_ACTION, RESTRICT, CASCADE = "a", "r", "c"


class TableType(StrEnum):
    """How a table's rows are distributed."""

    DISTRIBUTED = "distributed"
    REFERENCE = "reference"
    LOCAL = "local"


@dataclass(frozen=True)
class ForeignKey:
    """A foreign key declared by a model, and the statement that creates it."""

    name: str
    target: str
    statement: str


@dataclass(frozen=True)
class TableDistribution:
    """The declared distribution of a table, with its distribution column, if any."""

    table: str
    kind: TableType
    column: str | None = None
    keys: tuple[ForeignKey, ...] = ()


TablesByName = Mapping[str, TableDistribution]


def violations(connection: Connection, distributions: Sequence[TableDistribution]) -> list[str]:
    """The broken rules, each a sentence without full stop; empty if all tables can be distributed."""
    tables = {each.table: each for each in distributions}
    checks: tuple[Callable[[Connection, TablesByName], list[str]], ...] = (
        _undeclared,
        _columns,
        _keys,
        _foreign_keys,
        _triggers,
    )
    return sorted(sentence for check in checks for sentence in check(connection, tables))


def _undeclared(connection: Connection, tables: TablesByName) -> list[str]:
    """Differences between the models and the database: undeclared objects would be skipped or lost."""
    existing = set(connection.execute(_TABLES).scalars()) - {"alembic_version"}
    declared = {key.name for each in tables.values() for key in each.keys}
    return [
        *(f"{name} is not declared by any model" for name in existing - tables.keys()),
        *(f"{name} is declared but not in the database" for name in tables.keys() - existing),
        *(
            f"the foreign key {row.name} of {row.table_name} is not declared by any model"
            for row in connection.execute(_FOREIGN_KEYS)
            if row.table_name in tables and row.name not in declared
        ),
    ]


def _columns(connection: Connection, tables: TablesByName) -> list[str]:
    columns = {(row.table_name, row.name): row for row in connection.execute(_COLUMNS)}
    problems, types = [], dict[str, set[str]]()
    for (name, column), row in columns.items():
        if row.is_identity and _is_distributed(tables, name):
            problems.append(f"{name}.{column} is an identity column, which prevents moving the table later")
    for each in tables.values():
        if each.column is None:
            continue
        column_row = columns.get((each.table, each.column))
        if column_row is None:
            problems.append(f"{each.table} has no column {each.column}")
            continue
        types.setdefault(each.column, set()).add(column_row.type)
        if not column_row.is_set:
            problems.append(f"{each.table}.{each.column} is nullable, but null belongs to no shard")
        if column_row.is_generated:
            problems.append(f"{each.table}.{each.column} is generated, which is not allowed for a distribution column")
    return problems + [
        f"{column} has several types, which cannot be colocated: {', '.join(sorted(those))}"
        for column, those in types.items()
        if len(those) > 1
    ]


def _keys(connection: Connection, tables: TablesByName) -> list[str]:
    return [
        f"the key {row.name} of {row.table_name} lacks {tables[row.table_name].column}, so it is only unique per shard"
        for row in connection.execute(_KEYS)
        if row.table_name in tables
        and tables[row.table_name].kind is TableType.DISTRIBUTED
        and tables[row.table_name].column not in row.columns
    ]


def _foreign_keys(connection: Connection, tables: TablesByName) -> list[str]:
    rows = connection.execute(_FOREIGN_KEYS)
    declared = [row for row in rows if row.table_name in tables and row.target in tables]
    checked = [(row, _foreign_key_problem(row, tables[row.table_name], tables[row.target])) for row in declared]
    return [f"the foreign key {row.name} of {row.table_name} {problem}" for row, problem in checked if problem]


def _foreign_key_problem(row: Row[tuple[object, ...]], source: TableDistribution, target: TableDistribution) -> str:
    """Why Citus rejects a foreign key; empty if it does not."""
    if source.kind is TableType.DISTRIBUTED and source.column in row.columns:
        if row.on_delete not in (NO_ACTION, RESTRICT, CASCADE):
            return f"would clear {source.column}, which determines a row's shard"
        if row.on_update not in (NO_ACTION, RESTRICT):
            return f"would change {source.column}, which determines a row's shard"
    if target.kind is TableType.REFERENCE:
        return ""
    if target.kind is TableType.DISTRIBUTED:
        if source.kind is not TableType.DISTRIBUTED:
            return f"refers from a {source.kind} table to {target.table}, which is distributed"
        is_colocated = source.column == target.column and source.column in row.columns
        if not is_colocated or row.targets[row.columns.index(source.column)] != target.column:
            return f"refers to {target.table} without {target.column}, so to rows on other shards"
        return ""
    if source.kind is TableType.DISTRIBUTED:
        return f"refers to {target.table}, which is local to one node"
    if source.kind is TableType.REFERENCE and {row.on_delete, row.on_update} - {NO_ACTION, RESTRICT}:
        return f"would change rows on every node because of {target.table}, which is local to one"
    return ""


def _triggers(connection: Connection, tables: TablesByName) -> list[str]:
    return [
        f"{row.table_name} has the {row.what} {row.name}, which Citus does not support"
        for row in connection.execute(_TRIGGERS)
        if _is_distributed(tables, row.table_name)
    ]


def _is_distributed(tables: TablesByName, name: str) -> bool:
    return name in tables and tables[name].kind is not TableType.LOCAL
