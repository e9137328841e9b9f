"""Shared building blocks of tables: ids, time, enums, distribution."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import cast
from uuid import UUID

import uuid_utils
from sqlalchemy import Column, ColumnElement, Dialect, Enum, MetaData, String, TypeDecorator, any_, literal
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute
from sqlmodel import SQLModel, col

from platform_app.domain.shared.enums import Member, known_member

TEXT_ENUM_LENGTH = 32
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
    """How Citus distributes a table; `column`, the owner's id, comes first in its keys."""

    kind: str
    column: str | None = None


REFERENCE = Distribution("reference")
LOCAL = Distribution("local")


def by(column: str) -> Distribution:
    """Distribute rows over shards by this column."""
    return Distribution("distributed", column)


def new_id() -> UUID:
    """A new UUIDv7; ids are ordered by time, so new rows go to the end of their index."""
    return UUID(bytes=uuid_utils.uuid7().bytes)


def utc_now() -> datetime:
    """The current time, aware and in UTC. For the edges only: services take `now` as an argument."""
    return datetime.now(UTC)


def text_enum(kind: type[StrEnum]) -> Enum:
    """A text column type with a CHECK constraint for the members of an enum; reading any other value is an error."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        length=TEXT_ENUM_LENGTH,
        name=kind.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
    )


def open_text_enum(kind: type[Member], *, unknown: Member) -> "OpenTextEnum":
    """A `text_enum` that reads a value which only a later release knows as `unknown`; the row keeps its value."""
    return OpenTextEnum(kind, unknown)


class OpenTextEnum(TypeDecorator[StrEnum]):
    """The type behind `open_text_enum`."""

    impl = String(TEXT_ENUM_LENGTH)
    cache_ok = True

    def __init__(self, kind: type[StrEnum], unknown: StrEnum) -> None:
        """A column of this kind."""
        super().__init__()
        self.kind, self.unknown = kind, unknown

    def process_bind_param(self, value: StrEnum | str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's
        """The text that is stored."""
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:  # noqa: ARG002 - SQLAlchemy's
        """The member that is read."""
        return None if value is None else known_member(self.kind, value, unknown=self.unknown)


def columns(table: type[SQLModel], *names: str) -> list[Column[object]]:
    """The columns of another table's model, for foreign keys; requires that model to be imported."""
    table_columns = SQLModel.metadata.tables[str(table.__tablename__)].c
    return [table_columns[name] for name in names]


def in_array(column: object, values: Collection[UUID] | Collection[str]) -> ColumnElement[bool]:
    """Like `in_`, but with a single array parameter instead of one parameter per value."""
    expression = cast(InstrumentedAttribute[object], col(column)).expression
    return expression == any_(literal(sorted(values), ARRAY(expression.type)))
