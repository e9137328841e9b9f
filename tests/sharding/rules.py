"""What a statement may not do on Citus. The rules come from a run on a real cluster; docs/operations/sharding.md lists them."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

from platform_app.infra.citus_rules import TableDistribution, TableType
from tests.sharding.statements import FEW, ONE, Query, Source, Statement, parse

Tables = Mapping[str, TableDistribution]
Columns = Mapping[str, tuple[str, ...]]


class Rule(IntEnum):
    """What goes wrong, by number."""

    GENERIC_PLAN = 1
    NOT_BY_OWNER = 2
    PARALLEL_THEN_REFERENCE = 3
    REFERENCE_LOCK = 4
    ONE_PHASE_COMMIT = 5
    EVERY_SHARD = 6


SENTENCES = {
    Rule.GENERIC_PLAN: "a generic plan has no owner, so Citus cannot plan it",
    Rule.NOT_BY_OWNER: "Citus refuses this unless every table is limited to one owner",
    Rule.PARALLEL_THEN_REFERENCE: "a reference table is changed after a read of all shards in the same transaction",
    Rule.REFERENCE_LOCK: "a reference table is locked whole, in the whole cluster",
    Rule.ONE_PHASE_COMMIT: "a plain table is written beside shards, and that commit has one phase",
    Rule.EVERY_SHARD: "the owner is not given, so every shard is asked",
}


@dataclass(frozen=True)
class Offence:
    """A rule that a statement breaks, for a table; `what` says how."""

    rule: Rule
    table: str
    what: str


@dataclass(frozen=True)
class Findings:
    """What is known about an SQL text. The sets are for the rules about whole transactions."""

    offences: tuple[Offence, ...] = ()
    reads_all_shards: bool = False
    writes: frozenset[str] = frozenset()


def inspect(sql: str, *, tables: Tables, columns: Columns) -> Findings:
    """Check one SQL text by the rules about single statements."""
    checks = [_Check(statement, tables) for statement in parse(sql, columns)]
    offences = [offence for check in checks for offence in check.offences()]
    if "force_generic_plan" in sql:
        offences.append(Offence(Rule.GENERIC_PLAN, "", "plan_cache_mode"))
    return Findings(
        offences=tuple(dict.fromkeys(offences)),
        reads_all_shards=any(check.reads_all_shards for check in checks),
        writes=frozenset(
            change.source.table for check in checks for change in check.statement.changes if change.source.table
        ),
    )


@dataclass
class Transaction:
    """What the statements of a transaction have done so far; `is_sequential` if Citus asks one shard after another."""

    tables: Tables
    plain_tables: Collection[str]
    is_sequential: bool
    _has_read_all: bool = False
    _has_written_shards: bool = False
    _plain: str = ""

    def add(self, findings: Findings) -> list[Offence]:
        """Check the next statement by the rules about transactions."""
        kinds = {name: self.tables[name].kind for name in findings.writes if name in self.tables}
        references = sorted(name for name, kind in kinds.items() if kind is TableType.REFERENCE)
        offences = []
        if references and self._has_read_all and not self.is_sequential:
            offences.append(Offence(Rule.PARALLEL_THEN_REFERENCE, references[0], "written"))
        self._has_read_all |= findings.reads_all_shards
        self._has_written_shards |= TableType.DISTRIBUTED in kinds.values()
        self._plain = next((name for name in sorted(kinds) if name in self.plain_tables), self._plain)
        if self._plain and self._has_written_shards:
            offences.append(Offence(Rule.ONE_PHASE_COMMIT, self._plain, "written"))
        return offences


class _Check:
    """The checks of one statement."""

    def __init__(self, statement: Statement, tables: Tables) -> None:
        self.statement = statement
        self.tables = tables
        self._queries = {query.number: query for query in statement.queries}

    @property
    def reads_all_shards(self) -> bool:
        return bool(self._scattered)

    def offences(self) -> Iterator[Offence]:
        for source in self._scattered:
            yield Offence(Rule.EVERY_SHARD, source.table or "", "without its owner")
        yield from self._locks()
        yield from self._changes_of_reference_tables()
        beyond = [source for source in self._distributed if not self._is_of_one(source)]
        if beyond and self.statement.is_recursive:
            yield Offence(Rule.NOT_BY_OWNER, beyond[0].table or "", "WITH RECURSIVE")
        if beyond and not all(query.has_columns for query in self.statement.queries):
            yield Offence(Rule.NOT_BY_OWNER, beyond[0].table or "", "SELECT without a column")
        yield from self._joins()
        yield from self._correlated()

    @cached_property
    def _distributed(self) -> list[Source]:
        return [source for source in self.statement.sources if self._kind(source) is TableType.DISTRIBUTED]

    @cached_property
    def _scattered(self) -> list[Source]:
        """The tables of which every shard is asked. The rows of an INSERT say where they go."""
        inserted = {id(change.source) for change in self.statement.changes if change.verb == "INSERT"}
        return [
            source
            for source in self._distributed
            if id(source) not in inserted
            and not self._is_of_one(source)
            and not self.statement.same(self._owner(source), FEW)
        ]

    def _kind(self, source: Source) -> TableType | None:
        found = self.tables.get(source.table or "")
        return found.kind if found else None

    def _owner(self, source: Source) -> tuple[int, str]:
        return source.number, self.tables[source.table or ""].column or ""

    def _is_of_one(self, source: Source) -> bool:
        return self.statement.same(self._owner(source), ONE)

    def _locks(self) -> Iterator[Offence]:
        for query in self.statement.queries:
            for source in query.locked:
                kind, table = self._kind(source), source.table or ""
                if kind is TableType.REFERENCE:
                    yield Offence(Rule.REFERENCE_LOCK, table, "SELECT FOR")
                elif kind is TableType.DISTRIBUTED and not self._is_of_one(source):
                    yield Offence(Rule.NOT_BY_OWNER, table, "rows are locked")

    def _changes_of_reference_tables(self) -> Iterator[Offence]:
        for change in self.statement.changes:
            table, kind = change.source.table or "", self._kind(change.source)
            if kind is TableType.REFERENCE and (change.verb != "INSERT" or change.is_upsert):
                yield Offence(Rule.REFERENCE_LOCK, table, "upsert" if change.is_upsert else change.verb)
            is_inner = change.query.parent is not None and change.verb != "INSERT"
            if kind is TableType.DISTRIBUTED and is_inner and not self._is_of_one(change.source):
                yield Offence(Rule.NOT_BY_OWNER, table, f"{change.verb} inside WITH")

    def _joins(self) -> Iterator[Offence]:
        """Tables in one FROM clause have to be joined by their owner."""
        for query in self.statement.queries:
            group = [source for source in self._distributed if source.level == query.number]
            for source in group:
                others = [other for other in group if other is not source]
                if not all(self._are_together(source, other) for other in others):
                    yield Offence(Rule.NOT_BY_OWNER, source.table or "", "joined past the owner")

    def _correlated(self) -> Iterator[Offence]:
        """A subquery that refers to an outer query has to be joined to it by the owner."""
        for query in self.statement.queries:
            if not (query.refers_outside and (query.is_in_expression or query.is_lateral)):
                continue
            outside = {each.number for each in self._ancestors(query)}
            around = [source for source in self._distributed if source.level in outside]
            for source in self._distributed:
                is_inside = query in (self._queries[source.level], *self._ancestors(self._queries[source.level]))
                is_joined = any(self._are_together(source, other) for other in around)
                if is_inside and not is_joined and not self._is_of_one(source):
                    yield Offence(Rule.NOT_BY_OWNER, source.table or "", "in a correlated subquery")

    def _are_together(self, source: Source, other: Source) -> bool:
        left, right = self._owner(source), self._owner(other)
        return left[1] == right[1] and self.statement.same(left, right)

    def _ancestors(self, query: Query) -> list[Query]:
        found = []
        while query.parent is not None:
            query = query.parent
            found.append(query)
        return found
