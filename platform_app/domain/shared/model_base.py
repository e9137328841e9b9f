"""What every table declares: its key, its owner, its time."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import cast
from uuid import UUID

import uuid_utils
from sqlalchemy import Column, ColumnElement, Enum, MetaData, any_, literal
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute
from sqlmodel import SQLModel, col

SQLModel.metadata.naming_convention = MetaData(
    naming_convention={
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "pk": "%(table_name)s_pkey",
    }
).naming_convention


@dataclass(frozen=True)
class Distribution:
    """Where a table's rows live once one primary is outgrown; `column` leads its keys."""

    kind: str
    column: str | None = None


REFERENCE = Distribution("reference")
LOCAL = Distribution("local")


def by(column: str) -> Distribution:
    """Rows are spread over the shards by their owner."""
    return Distribution("distributed", column)


def new_id() -> UUID:
    """A time-ordered UUIDv7, so that new rows land at the end of their index."""
    return UUID(bytes=uuid_utils.uuid7().bytes)


def utc_now() -> datetime:
    """Now, aware and in UTC; services are given `now`, edges call this."""
    return datetime.now(UTC)


def text_enum(kind: type[StrEnum]) -> Enum:
    """A text column that the database itself holds to the members of an enum."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        length=32,
        name=kind.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
    )


def columns(table: type[SQLModel], *names: str) -> list[Column[object]]:
    """A table's columns for another's foreign key, so that knowing the one brings the other."""
    table_columns = SQLModel.metadata.tables[str(table.__tablename__)].c
    return [table_columns[name] for name in names]


def in_array(column: object, values: Collection[UUID] | Collection[str]) -> ColumnElement[bool]:
    """Whether a column is one of the values, however many: they travel as one array, where `in_` needs one each."""
    expression = cast(InstrumentedAttribute[object], col(column)).expression
    return expression == any_(literal(sorted(values), ARRAY(expression.type)))
