"""Locks on an owner, a shop or a user, so that one command at a time changes what belongs to them.

The rows of shops and users are on every node of a Citus cluster, and locking one would lock the whole table on all of
them. An advisory lock has the same meaning in one PostgreSQL and in a cluster, where every transaction passes the
coordinator. It is held until the transaction ends.
"""

from uuid import UUID

from sqlalchemy import text

from platform_app.infra.db import WriteSession

_LOCK = text("SELECT pg_advisory_xact_lock(:key)")
_TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(:key)")


def lock(session: WriteSession, owner_id: UUID) -> None:
    """Wait for the owner's lock. What was read before is out of date afterwards."""
    session.execute(_LOCK, {"key": _key(owner_id)})


def try_lock(session: WriteSession, owner_id: UUID) -> bool:
    """Take the owner's lock if nobody has it; return whether it was taken."""
    taken: bool = session.execute(_TRY_LOCK, {"key": _key(owner_id)}).scalar_one()
    return taken


def _key(owner_id: UUID) -> int:
    """The random half of a UUIDv7. It is always negative, so it cannot be the key of another kind of lock."""
    return int.from_bytes(owner_id.bytes[8:], signed=True)
