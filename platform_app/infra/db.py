"""PostgreSQL: the only module that opens sessions, commits and moves database work to threads."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from typing import Concatenate, ParamSpec, TypeVar

import anyio
import anyio.to_thread
import structlog
from psycopg.errors import DiskFull, QueryCanceled, ReadOnlySqlTransaction
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session

from platform_app.infra import engines, invalidation, lsn, metrics, replicas
from platform_app.infra.engines import TooCostly
from platform_app.infra.errors import Outage
from platform_app.infra.lsn import Position
from platform_app.infra.replicas import Replica, Unfit
from platform_app.infra.settings import settings

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
INVALIDATED_TAGS = "pokes"
TOO_LONG = "The database took too long; nothing was changed. Try a smaller request."
PUBLIC_WAIT_SECONDS = 2.0  # how long a public read waits for a free connection
MAX_REPLICA_ATTEMPTS = 2  # per read: the first may be the old primary, which has just failed

log = structlog.get_logger()


class ReadSession(Session):
    """A session for queries; PostgreSQL rejects writes through it."""


class WriteSession(ReadSession):
    """A session for one command in one transaction; also usable for queries."""


class DatabaseUnavailable(Outage):
    """PostgreSQL did not answer or has no resources left; nothing was changed."""


class CommitUndecided(DatabaseUnavailable):
    """The connection was lost during the commit: the transaction either took place or changed nothing."""

    is_undecided = True


@cache
def engine() -> Engine:
    """The process's connections to the primary."""
    return engines.primary_engine()


@cache
def public_engine() -> Engine:
    """The process's connections to the primary for public reads, separate from all others."""
    return engines.public()


@cache
def background_engine() -> Engine:
    """Separate connections for background writes, opened on demand."""
    return engines.background_engine()


def reset_after_fork() -> None:
    """After a fork, drop the inherited connections without closing the parent's sockets."""
    for each in (engine(), public_engine()):
        each.dispose(close=False)
    replicas.reset_after_fork()


@contextmanager
def reading() -> Iterator[ReadSession]:
    """A read-only transaction."""
    with _reading(engine()) as session:
        yield session


@contextmanager
def public_reading() -> Iterator[ReadSession]:
    """A read-only transaction on a connection for public reads; DatabaseUnavailable if it takes too long."""
    with _reading(public_engine()) as session:
        yield session


@contextmanager
def writing() -> Iterator[WriteSession]:
    """One transaction: committed at the end, rolled back on any error; invalidations are published after the commit.

    CommitUndecided if the connection was lost during the commit; invalidations are published all the same.
    """
    with _translate_outages(), WriteSession(engine(), expire_on_commit=False) as session:
        yield session
        session.flush()
        tags: set[str] = session.info.get(INVALIDATED_TAGS, set())
        try:
            session.commit()
        except DBAPIError as error:
            if not _is_connection_lost(error):
                raise
            log.warning("commit undecided", error=str(error.orig))
            invalidation.publish_uncertain(tags)
            raise CommitUndecided(
                "The database connection was lost while saving; it may have been saved. Check before you try again."
            ) from error
    if tags:
        _publish(tags)


def resend_invalidations() -> None:
    """Publish again the invalidations that may have been lost while Redis was away."""
    tags = invalidation.tags_to_resend()
    if tags:
        _publish(tags)


def ensure_position() -> None:
    """Set the position for replicas to the primary's current one if none is known."""
    if replicas.are_configured() and not invalidation.has_position():
        position = _current_position()
        if position:
            invalidation.raise_position(position)


def invalidate(session: WriteSession, *tags: str) -> None:
    """Invalidate these tags in every process once the transaction is committed."""
    session.info.setdefault(INVALIDATED_TAGS, set()).update(tags)


async def read(
    query: Callable[Concatenate[ReadSession, Arguments], Result], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Result:
    """Run a query in a thread, without blocking the event loop."""
    return await anyio.to_thread.run_sync(partial(_read, query, *args, **kwargs), limiter=_limiter())


async def read_replica(
    min_position: Position | None,
    query: Callable[Concatenate[ReadSession, Arguments], Result],
    *args: Arguments.args,
    **kwargs: Arguments.kwargs,
) -> Result:
    """Run a public query on a replica that has replayed `min_position`, else on the primary.

    Without a position (None) no replica is used. If a replica is unavailable, a second one is tried; after other errors
    the query runs once on the primary. DatabaseUnavailable if the read takes too long or too many others are running:
    anonymous visitors can cause it, so it must not use up the connections for sign-in, writes and probes.
    """
    for _ in range(MAX_REPLICA_ATTEMPTS if min_position and replicas.are_configured() else 0):
        replica = replicas.monitor().pick()
        if replica is None or min_position is None:
            break
        on_replica = partial(_read_replica, replica, min_position, query, *args, **kwargs)
        try:
            with anyio.fail_after(replicas.READ_TIMEOUT_SECONDS + replicas.GRACE_SECONDS):
                result = await anyio.to_thread.run_sync(on_replica, limiter=replica.limiter, abandon_on_cancel=True)
        except Unfit:
            break
        except (DBAPIError, PoolTimeout, Outage, TimeoutError) as error:
            log.info("replica read retried", replica=replica.name, error=str(error)[:300])
            if isinstance(error, TooCostly) or (isinstance(error, DBAPIError) and not _is_unavailable(error)):
                break
            replica.mark_unavailable()
        else:
            metrics.READS.labels("replica").inc()
            return result
    metrics.READS.labels("primary").inc()
    with anyio.move_on_after(PUBLIC_WAIT_SECONDS):  # limits only the wait: a started thread runs to its end
        return await anyio.to_thread.run_sync(partial(_read_public, query, *args, **kwargs), limiter=_public_limiter())
    raise DatabaseUnavailable("The database has too many requests at once; nothing was changed. Try again in a moment.")


async def write(
    command: Callable[Concatenate[WriteSession, Arguments], Result], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Result:
    """Run a command in a thread, in its own transaction."""
    return await anyio.to_thread.run_sync(partial(_write, command, *args, **kwargs), limiter=_limiter())


def _read(
    query: Callable[Concatenate[ReadSession, Arguments], Result], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Result:
    with reading() as session:
        return query(session, *args, **kwargs)


def _read_public(
    query: Callable[Concatenate[ReadSession, Arguments], Result], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Result:
    with public_reading() as session:
        return query(session, *args, **kwargs)


def _read_replica(
    replica: Replica,
    min_position: Position,
    query: Callable[Concatenate[ReadSession, Arguments], Result],
    *args: Arguments.args,
    **kwargs: Arguments.kwargs,
) -> Result:
    with ReadSession(replica.engine.execution_options(postgresql_readonly=True), expire_on_commit=False) as session:
        replicas.monitor().require(session, min_position)
        return query(session, *args, **kwargs)


def _write(
    command: Callable[Concatenate[WriteSession, Arguments], Result], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Result:
    with writing() as session:
        return command(session, *args, **kwargs)


def _publish(tags: Iterable[str]) -> None:
    invalidation.publish(tags, position=_current_position() if replicas.are_configured() else None)


def _current_position() -> Position | None:
    """A WAL position: a replica past it has seen every commit so far. None if the primary does not answer."""
    try:
        with engine().execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            timeline, lsn_text = connection.execute(text(lsn.CURRENT_POSITION)).one()
    except (DBAPIError, PoolTimeout) as error:
        log.warning("position unknown", error=str(error))
        return None
    return lsn.from_lsn(timeline, lsn_text)


@cache
def _limiter() -> anyio.CapacityLimiter:
    # As many threads as connections: more would only wait for the pool.
    return anyio.CapacityLimiter(settings().database_pool)


@cache
def _public_limiter() -> anyio.CapacityLimiter:
    return anyio.CapacityLimiter(engines.public_connections())


@contextmanager
def _reading(source: Engine) -> Iterator[ReadSession]:
    read_only = source.execution_options(postgresql_readonly=True)
    with _translate_outages(), ReadSession(read_only, expire_on_commit=False) as session:
        yield session


@contextmanager
def _translate_outages() -> Iterator[None]:
    try:
        yield
    except PoolTimeout as error:
        raise DatabaseUnavailable(
            "Every database connection is busy; nothing was changed. Try again in a moment."
        ) from error
    except TooCostly as error:
        log.warning("read ended", error=str(error))
        raise DatabaseUnavailable(TOO_LONG) from error
    except OperationalError as error:
        if not _is_outage(error):
            raise
        log.warning("database unavailable", error=str(error.orig))
        raise DatabaseUnavailable(_outage_message(error)) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            log.warning("database unavailable", error=str(error.orig))
            raise DatabaseUnavailable(_outage_message(error)) from error
        raise


def _is_outage(error: DBAPIError) -> bool:
    """Whether the database is unavailable or the query timed out, as opposed to an error in the query."""
    return _is_unavailable(error) or isinstance(error.orig, QueryCanceled)


def _is_unavailable(error: DBAPIError) -> bool:
    """Whether PostgreSQL did not answer or reported a connection, resource or shutdown problem."""
    state = getattr(error.orig, "sqlstate", None)
    return state is None or state[:2] in ("08", "53") or state[:3] == "57P"


def _is_connection_lost(error: DBAPIError) -> bool:
    """Whether the connection was lost, so that the outcome of the commit is unknown."""
    state = getattr(error.orig, "sqlstate", None)
    return state is None or state[:2] == "08" or state[:3] == "57P"


def _outage_message(error: DBAPIError) -> str:
    if isinstance(error.orig, DiskFull):
        return "The database's disk is full; nothing was changed. Free some space and try again."
    if isinstance(error.orig, QueryCanceled):
        return TOO_LONG
    if isinstance(error.orig, ReadOnlySqlTransaction):
        return "This database is read-only, since another one has become the primary; nothing was changed. Try again."
    return "The database does not answer; nothing was changed. ./plaza status shows what is running."
