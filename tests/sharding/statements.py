"""Read an SQL statement as Citus does: which tables it names, and how their owners are compared with each other."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import singledispatchmethod

from pglast import ast, parse_sql
from pglast.enums import A_Expr_Kind, BoolExprType, SetOperation

Node = tuple[int, str]  # a source and its column
ONE: Node = (0, "one value")
FEW: Node = (0, "an array of values")
_PLACEHOLDER = re.compile(r"%\((\w+)\)s|%s|%%")


@dataclass
class Source:
    """An entry of a FROM clause, or the table that a statement changes."""

    number: int
    alias: str
    table: str | None
    columns: tuple[str, ...]
    level: int  # the query that it belongs to


@dataclass
class Query:
    """A SELECT, or a statement that changes a table, at one level."""

    number: int
    parent: "Query | None"
    sources: list[Source] = field(default_factory=list)
    outputs: dict[str, Node | None] = field(default_factory=dict)
    refers_outside: bool = False
    is_in_expression: bool = False
    is_lateral: bool = False
    has_columns: bool = True
    locked: list[Source] = field(default_factory=list)


@dataclass(frozen=True)
class Change:
    """A table that the statement writes to; `is_upsert` if it says what to do about existing rows."""

    verb: str
    source: Source
    query: Query
    is_upsert: bool = False


class Statement:
    """One parsed statement."""

    def __init__(self, node: ast.Node, columns: Mapping[str, tuple[str, ...]]) -> None:
        """Analyse a statement; `columns` are the columns of every table."""
        self.node = node
        self.sources: list[Source] = []
        self.queries: list[Query] = []
        self.changes: list[Change] = []
        self.is_recursive = False
        self._columns = columns
        self._equal: dict[Node, Node] = {}
        self._bodies: dict[str, Query] = {}
        self._read(node, None)

    def same(self, left: Node, right: Node) -> bool:
        """Whether the statement requires two columns to be equal, or a column to equal a given value."""
        return self._root(left) == self._root(right)

    @singledispatchmethod
    def _read(self, node: object, parent: Query | None) -> Query:
        """Other statements, such as SET, have no tables."""
        query = self._begin(parent)
        for select in _subqueries(node):
            self._read(select, query)
        return query

    @_read.register
    def _(self, node: ast.SelectStmt, parent: Query | None) -> Query:
        query = self._begin(parent)
        self._read_ctes(node, query)
        if node.op != SetOperation.SETOP_NONE:
            left, right = self._read(node.larg, query), self._read(node.rarg, query)
            query.outputs = {
                name: source if source and other and self.same(source, other) else None
                for (name, source), other in zip(left.outputs.items(), right.outputs.values(), strict=False)
            }
            return query
        for item in node.fromClause or ():
            self._read_from(item, query)
        self._read_condition(node.whereClause, query)
        for values in node.valuesLists or ():
            self._read_expression(values, query)
        self._read_expression((node.targetList, node.groupClause, node.havingClause, node.sortClause), query)
        self._read_expression((node.limitCount, node.limitOffset, node.windowClause, node.distinctClause), query)
        self._read_outputs(node, query)
        self._read_locks(node, query)
        return query

    @_read.register
    def _(self, node: ast.InsertStmt, parent: Query | None) -> Query:
        query = self._begin(parent)
        self._read_ctes(node, query)
        target = self._add_source(query, node.relation, table=node.relation.relname)
        conflict = node.onConflictClause
        self.changes.append(Change("INSERT", target, query, is_upsert=conflict is not None))
        names = [each.name for each in node.cols or ()]
        select = node.selectStmt
        if select is not None and select.valuesLists:
            for name, values in zip(names, zip(*select.valuesLists, strict=True), strict=False):
                if all(self._is_value(value) for value in values):
                    self._join((target.number, name), ONE if len(values) == 1 else FEW)
            self._read_expression(select.valuesLists, query)
        elif select is not None:
            rows = self._read(select, query)
            for name, output in zip(names, rows.outputs.values(), strict=False):
                if output is not None:
                    self._join((target.number, name), output)
        if conflict is not None:
            excluded = Source(self._number(), "excluded", None, tuple(names), query.number)
            query.sources.append(excluded)
            self._read_condition(conflict.whereClause, query)
            self._read_expression(conflict.targetList, query)
        self._read_expression(node.returningClause, query)
        return query

    @_read.register
    def _(self, node: ast.UpdateStmt, parent: Query | None) -> Query:
        return self._read_change("UPDATE", node, node.fromClause, parent)

    @_read.register
    def _(self, node: ast.DeleteStmt, parent: Query | None) -> Query:
        return self._read_change("DELETE", node, node.usingClause, parent)

    def _read_change(
        self,
        verb: str,
        node: ast.UpdateStmt | ast.DeleteStmt,
        others: tuple[ast.Node, ...] | None,
        parent: Query | None,
    ) -> Query:
        query = self._begin(parent)
        self._read_ctes(node, query)
        target = self._add_source(query, node.relation, table=node.relation.relname)
        self.changes.append(Change(verb, target, query))
        for item in others or ():
            self._read_from(item, query)
        self._read_condition(node.whereClause, query)
        self._read_expression((getattr(node, "targetList", None), node.returningClause), query)
        for item in _results(node.returningClause):
            name, value = _output(item)
            query.outputs[name] = self._column(value, query)
        return query

    def _read_ctes(self, node: ast.Node, query: Query) -> None:
        if node.withClause is None:
            return
        self.is_recursive |= bool(node.withClause.recursive)
        for cte in node.withClause.ctes:
            if node.withClause.recursive:  # its body may refer to itself
                self._bodies.setdefault(cte.ctename, Query(self._number(), None))
            self._bodies[cte.ctename] = self._read(cte.ctequery, query)

    def _read_from(self, item: ast.Node, query: Query) -> list[Source]:
        """Add what a FROM clause names, and read the conditions of its joins; return the sources from left to right."""
        if isinstance(item, ast.JoinExpr):
            left, right = self._read_from(item.larg, query), self._read_from(item.rarg, query)
            for name in item.usingClause or ():
                found = [next((each for each in side if name.sval in each.columns), None) for side in (left, right)]
                if found[0] and found[1]:
                    self._join((found[0].number, name.sval), (found[1].number, name.sval))
            self._read_condition(item.quals, query)
            return [*left, *right]
        if isinstance(item, ast.RangeVar):
            body = self._bodies.get(item.relname)
            if body is None:
                return [self._add_source(query, item, table=item.relname)]
            return [self._add_source(query, item, body=body)]
        if isinstance(item, ast.RangeSubselect):
            body = self._read(item.subquery, query)
            body.is_lateral = bool(item.lateral)
            return [self._add_source(query, item, body=body)]
        self._read_expression(item, query)  # a function
        return [self._add_source(query, item)]

    def _add_source(
        self, query: Query, item: ast.Node, *, table: str | None = None, body: Query | None = None
    ) -> Source:
        alias = item.alias.aliasname if item.alias else getattr(item, "relname", "")
        columns = self._columns.get(table, ()) if table else tuple(body.outputs if body else ())
        renamed = [name.sval for name in (item.alias.colnames or ())] if item.alias else []
        if body is None and table is None:
            definitions = getattr(item, "coldeflist", None) or ()
            columns = (*renamed, *(each.colname for each in definitions))
        source = Source(self._number(), alias, table, columns, query.number)
        query.sources.append(source)
        self.sources.append(source)
        for name, output in body.outputs.items() if body else ():
            if output is not None:
                self._join((source.number, name), output)
        return source

    def _read_condition(self, node: ast.Node | None, query: Query) -> None:
        """Note the equalities that every row must meet."""
        if isinstance(node, ast.BoolExpr) and node.boolop == BoolExprType.AND_EXPR:
            for part in node.args:
                self._read_condition(part, query)
            return
        if isinstance(node, ast.A_Expr) and node.name[-1].sval == "=":
            if node.kind == A_Expr_Kind.AEXPR_OP:
                self._read_equality(node.lexpr, node.rexpr, query)
            column = self._column(node.lexpr, query)
            if node.kind == A_Expr_Kind.AEXPR_OP_ANY and column and self._is_value(node.rexpr):
                self._join(column, FEW)
            if node.kind == A_Expr_Kind.AEXPR_IN and column and all(self._is_value(each) for each in node.rexpr):
                self._join(column, ONE if len(node.rexpr) == 1 else FEW)
        self._read_expression(node, query)

    def _read_equality(self, left: ast.Node, right: ast.Node, query: Query) -> None:
        if isinstance(left, ast.RowExpr) and isinstance(right, ast.RowExpr):
            for each, other in zip(left.args, right.args, strict=True):
                self._read_equality(each, other, query)
            return
        for column, value in ((self._column(left, query), right), (self._column(right, query), left)):
            other_column = self._column(value, query)
            if column and other_column:
                self._join(column, other_column)
            elif column and self._is_value(value):
                self._join(column, ONE)

    def _read_expression(self, node: object, query: Query) -> None:
        """Read the subqueries of an expression, and whether it refers to an outer query."""
        if isinstance(node, tuple):
            for each in node:
                self._read_expression(each, query)
        elif isinstance(node, ast.SubLink):
            self._read_expression(node.testexpr, query)
            self._read(node.subselect, query).is_in_expression = True
        elif isinstance(node, ast.ColumnRef):
            self._column(node, query)
        elif isinstance(node, ast.Node):
            for each in _children(node):
                self._read_expression(each, query)

    def _read_outputs(self, node: ast.SelectStmt, query: Query) -> None:
        query.has_columns = bool(node.targetList or node.valuesLists)
        for item in node.targetList or ():
            name, value = _output(item)
            if name == "*":
                prefix = value.fields[0].sval if len(value.fields) == 2 else None
                for source in query.sources:
                    if prefix in (None, source.alias):
                        query.outputs |= {column: (source.number, column) for column in source.columns}
            else:
                column = self._column(value, query)
                query.outputs[name] = column or (ONE if self._is_value(value) else None)

    def _read_locks(self, node: ast.SelectStmt, query: Query) -> None:
        for clause in node.lockingClause or ():
            names = {each.relname for each in clause.lockedRels or ()}
            query.locked += [each for each in query.sources if not names or each.alias in names]

    def _column(self, node: object, query: Query | None) -> Node | None:
        """The column that an expression is; None for anything else. Also notes references to outer queries."""
        node = _without_casts(node)
        if not isinstance(node, ast.ColumnRef) or not all(isinstance(each, ast.String) for each in node.fields):
            return None
        *prefix, name = (each.sval for each in node.fields)
        passed: list[Query] = []
        while query is not None:
            for source in query.sources:
                if (source.alias == prefix[-1]) if prefix else (name in source.columns):
                    for inner in passed:
                        inner.refers_outside = True
                    return source.number, name
            passed.append(query)
            query = query.parent
        return None

    def _is_value(self, node: object) -> bool:
        node = _without_casts(node)
        if isinstance(node, ast.A_ArrayExpr):
            return all(self._is_value(each) for each in node.elements or ())
        return isinstance(node, ast.ParamRef | ast.A_Const)

    def _begin(self, parent: Query | None) -> Query:
        query = Query(self._number(), parent)
        self.queries.append(query)
        return query

    def _number(self) -> int:
        self._last = getattr(self, "_last", 0) + 1
        return self._last

    def _join(self, left: Node, right: Node) -> None:
        self._equal[self._root(left)] = self._root(right)

    def _root(self, node: Node) -> Node:
        while (other := self._equal.get(node, node)) != node:
            node = other
        return node


def parse(sql: str, columns: Mapping[str, tuple[str, ...]]) -> list[Statement]:
    """The statements of a text with the driver's placeholders."""
    numbers: dict[str, int] = {}

    def number(match: re.Match[str]) -> str:
        if match[0] == "%%":
            return "%"
        return f"${numbers.setdefault(match[1] or str(len(numbers)), len(numbers) + 1)}"

    return [Statement(raw.stmt, columns) for raw in parse_sql(_PLACEHOLDER.sub(number, sql))]


def _children(node: ast.Node) -> Iterator[object]:
    return (getattr(node, name) for name in node)


def _subqueries(node: object) -> Iterator[ast.SelectStmt]:
    if isinstance(node, ast.SelectStmt):
        yield node
    elif isinstance(node, tuple | ast.Node):
        for each in node if isinstance(node, tuple) else _children(node):
            yield from _subqueries(each)


def _results(clause: object) -> tuple[ast.ResTarget, ...]:
    """The columns of a RETURNING clause."""
    return getattr(clause, "exprs", clause) or ()


def _output(item: ast.ResTarget) -> tuple[str, ast.Node]:
    value = _without_casts(item.val)
    last = value.fields[-1] if isinstance(value, ast.ColumnRef) else None
    name = item.name or ("*" if isinstance(last, ast.A_Star) else last.sval if last else f"?{id(item)}")
    return name, value


def _without_casts(node: object) -> object:
    while isinstance(node, ast.TypeCast):
        node = node.arg
    return node
