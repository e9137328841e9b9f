"""What Citus asks of tables, held against the schema that PostgreSQL has."""

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
# The plain columns of every key; of an exclusion those that are compared by equality.
_KEYS = text("""
SELECT found.indrelid::regclass::text AS table_name, found.indexrelid::regclass::text AS name, array(
  SELECT attname::text FROM unnest((found.indkey::int2[])[0:found.indnkeyatts - 1]) WITH ORDINALITY AS part(number, place)
  JOIN pg_attribute ON attrelid = found.indrelid AND attnum = number
  WHERE excluding.conexclop IS NULL OR (SELECT oprname FROM pg_operator WHERE oid = excluding.conexclop[place]) = '='
) AS columns
FROM pg_index AS found JOIN pg_class ON pg_class.oid = found.indexrelid
LEFT JOIN pg_constraint AS excluding ON excluding.conindid = found.indexrelid AND excluding.contype = 'x'
WHERE relnamespace = current_schema()::regnamespace AND (found.indisunique OR found.indisexclusion)""")
_FOREIGN_KEYS = text("""
SELECT conname AS name, conrelid::regclass::text AS table_name, confrelid::regclass::text AS target,
  confdeltype::text AS on_delete, confupdtype::text AS on_update,
  array(SELECT attname::text FROM unnest(conkey) WITH ORDINALITY AS part(number, place)
    JOIN pg_attribute ON attrelid = conrelid AND attnum = number ORDER BY place) AS columns,
  array(SELECT attname::text FROM unnest(confkey) WITH ORDINALITY AS part(number, place)
    JOIN pg_attribute ON attrelid = confrelid AND attnum = number ORDER BY place) AS targets
FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace""")
_TRIGGERS = text("""
SELECT tgrelid::regclass::text AS table_name, tgname AS name, 'trigger' AS what FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT ev_class::regclass::text, rulename, 'rule' FROM pg_rewrite WHERE rulename <> '_RETURN'""")
NOTHING, RESTRICT, CASCADE = "a", "r", "c"


class Kind(StrEnum):
    """Where the rows of a table live."""

    DISTRIBUTED = "distributed"
    REFERENCE = "reference"
    LOCAL = "local"


@dataclass(frozen=True)
class ForeignKey:
    """A foreign key as a model declares it, and the statement that makes it."""

    name: str
    target: str
    statement: str


@dataclass(frozen=True)
class Placement:
    """Where a table's rows are to live, and by which column, if they are spread."""

    table: str
    kind: Kind
    column: str | None = None
    keys: tuple[ForeignKey, ...] = ()


Owners = Mapping[str, Placement]


def broken(connection: Connection, placements: Sequence[Placement]) -> list[str]:
    """Each rule that the schema breaks, in a sentence without its full stop; none when all can be spread."""
    owners = {each.table: each for each in placements}
    checks: tuple[Callable[[Connection, Owners], list[str]], ...] = (_undeclared, _columns, _keys, _foreign, _triggers)
    return sorted(sentence for check in checks for sentence in check(connection, owners))


def _undeclared(connection: Connection, owners: Owners) -> list[str]:
    """What is there and not declared stays where it is unnoticed, or is lost on the way; so with the reverse."""
    there = set(connection.execute(_TABLES).scalars()) - {"alembic_version"}
    declared = {key.name for each in owners.values() for key in each.keys}
    return [
        *(f"{name} is declared by no model" for name in there - owners.keys()),
        *(f"{name} is declared, and not in the database" for name in owners.keys() - there),
        *(
            f"the foreign key {row.name} of {row.table_name} is declared by no model"
            for row in connection.execute(_FOREIGN_KEYS)
            if row.table_name in owners and row.name not in declared
        ),
    ]


def _columns(connection: Connection, owners: Owners) -> list[str]:
    found = {(row.table_name, row.name): row for row in connection.execute(_COLUMNS)}
    wrong, types = [], dict[str, set[str]]()
    for (name, column), row in found.items():
        if row.is_identity and _is_spread(owners, name):
            wrong.append(f"{name}.{column} is an identity column, which keeps a table from being moved later")
    for each in owners.values():
        if each.column is None:
            continue
        own = found.get((each.table, each.column))
        if own is None:
            wrong.append(f"{each.table} has no column {each.column}")
            continue
        types.setdefault(each.column, set()).add(own.type)
        if not own.is_set:
            wrong.append(f"{each.table}.{each.column} may be null, and null is on no shard")
        if own.is_generated:
            wrong.append(f"{each.table}.{each.column} is generated, which no distribution column may be")
    return wrong + [
        f"{column} has several types, whose shards do not lie together: {', '.join(sorted(those))}"
        for column, those in types.items()
        if len(those) > 1
    ]


def _keys(connection: Connection, owners: Owners) -> list[str]:
    return [
        f"the key {row.name} of {row.table_name} lacks {owners[row.table_name].column}: only one shard would be looked at"
        for row in connection.execute(_KEYS)
        if row.table_name in owners
        and owners[row.table_name].kind is Kind.DISTRIBUTED
        and owners[row.table_name].column not in row.columns
    ]


def _foreign(connection: Connection, owners: Owners) -> list[str]:
    found = connection.execute(_FOREIGN_KEYS)
    both = [row for row in found if row.table_name in owners and row.target in owners]
    said = [(row, _foreign_key(row, owners[row.table_name], owners[row.target])) for row in both]
    return [f"the foreign key {row.name} of {row.table_name} {wrong}" for row, wrong in said if wrong]


def _foreign_key(row: Row[tuple[object, ...]], mine: Placement, target: Placement) -> str:
    """What Citus has against a foreign key; nothing when it takes it."""
    if mine.kind is Kind.DISTRIBUTED and mine.column in row.columns:
        if row.on_delete not in (NOTHING, RESTRICT, CASCADE):
            return f"would empty {mine.column}, which says on which shard a row is"
        if row.on_update not in (NOTHING, RESTRICT):
            return f"would change {mine.column}, which says on which shard a row is"
    if target.kind is Kind.REFERENCE:
        return ""
    if target.kind is Kind.DISTRIBUTED:
        if mine.kind is not Kind.DISTRIBUTED:
            return f"leads from a {mine.kind} table to {target.table}, whose rows are spread"
        is_beside = mine.column == target.column and mine.column in row.columns
        if not is_beside or row.targets[row.columns.index(mine.column)] != target.column:
            return f"leads to {target.table} past {target.column}: its rows are on other shards"
        return ""
    if mine.kind is Kind.DISTRIBUTED:
        return f"leads to {target.table}, which stays on one node"
    if mine.kind is Kind.REFERENCE and {row.on_delete, row.on_update} - {NOTHING, RESTRICT}:
        return f"would change rows on every node because of {target.table}, which stays on one"
    return ""


def _triggers(connection: Connection, owners: Owners) -> list[str]:
    return [
        f"{row.table_name} has the {row.what} {row.name}, which Citus does not take"
        for row in connection.execute(_TRIGGERS)
        if _is_spread(owners, row.table_name)
    ]


def _is_spread(owners: Owners, name: str) -> bool:
    return name in owners and owners[name].kind is not Kind.LOCAL
