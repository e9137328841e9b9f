"""Locks on an owner, a shop or a user, so that one command at a time changes what belongs to them.

The lock is an advisory one, whose key is made of the owner's id. The rows of shops and users are on every node of a
Citus cluster, and locking one of them would lock the whole table on all nodes. On one PostgreSQL, the statement that
reads the row locks it as well, for two reasons. Releases before advisory locks take that lock, and during an update
their processes run beside those of this one. And PostgreSQL reads a row again that it has waited for; an advisory lock
needs a second statement for that. Every lock is held until the transaction ends.
"""

from typing import Protocol, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, func, literal
from sqlalchemy.orm import Mapped
from sqlmodel import col, select

from platform_app.infra.db import WriteSession
from platform_app.infra.engines import IS_CLUSTER


class Owner(Protocol):
    """A row that others belong to: a shop or a user."""

    id: UUID


Row = TypeVar("Row", bound=Owner)


def lock(session: WriteSession, table: type[Row], owner_id: UUID) -> Row | None:
    """The owner's row as of now, locked; None if there is none. What was read before is out of date."""
    if is_cluster(session):
        lock_id(session, owner_id)
        return session.get(table, owner_id, populate_existing=True)
    return lock_by(session, table, col(table.id) == owner_id)


def lock_by(session: WriteSession, table: type[Row], condition: ColumnElement[bool]) -> Row | None:
    """The row that meets a condition, of which there is at most one, as of now and locked; None if there is none.

    Sends the same statements whether there is one or not, so that their time reveals nothing.
    """
    if is_cluster(session):
        owner_id = session.exec(select(table.id).where(condition)).first() or uuid4()
        lock_id(session, owner_id)
        current = select(table).where(condition, table.id == owner_id)
        return session.exec(current.execution_options(populate_existing=True)).first()
    both = select(table, func.pg_advisory_xact_lock(_key(col(table.id)))).where(condition)
    row = session.exec(both.with_for_update(key_share=True).execution_options(populate_existing=True)).first()
    return row[0] if row else None


def try_lock(session: WriteSession, table: type[Row], owner_id: UUID) -> Row | None:
    """The owner's row as of now, locked; None if there is none or somebody else has the lock."""
    if is_cluster(session):
        is_taken = session.exec(select(func.pg_try_advisory_xact_lock(_key(literal(owner_id))))).one()
        return session.get(table, owner_id, populate_existing=True) if is_taken else None
    both = select(table, func.pg_try_advisory_xact_lock(_key(col(table.id)))).where(table.id == owner_id)
    unlocked = both.with_for_update(key_share=True, skip_locked=True)
    row = session.exec(unlocked.execution_options(populate_existing=True)).first()
    return row[0] if row and row[1] else None


def lock_id(session: WriteSession, any_id: UUID) -> None:
    """Lock an id alone, such as that of a task of which one runs at a time."""
    session.exec(select(func.pg_advisory_xact_lock(_key(literal(any_id)))))


def is_cluster(session: WriteSession) -> bool:
    """Whether the session is one with a Citus cluster."""
    known: bool = session.connection().info[IS_CLUSTER]
    return known


def _key(owner_id: ColumnElement[UUID] | Mapped[UUID]) -> ColumnElement[int]:
    return func.uuid_hash_extended(owner_id, 0)
