"""PostgreSQL: the only place that opens a session, commits, and hops to a thread."""

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
TOO_LONG = "The database took too long over this; nothing was changed. Try again with less."
PUBLIC_WAIT_SECONDS = 2.0  # for which a public read waits until one of its connections is free
MAX_REPLICA_ATTEMPTS = 2  # by one read: the first may be the primary itself, which has just gone

log = structlog.get_logger()


class ReadSession(Session):
    """A session for queries; PostgreSQL itself refuses a write through it."""


class WriteSession(ReadSession):
    """A session for one command in one transaction; queries may use it too."""


class DatabaseUnavailable(Outage):
    """PostgreSQL did not answer, or has no room left; the transaction left no trace."""


class CommitUndecided(DatabaseUnavailable):
    """PostgreSQL was lost while it committed: the transaction took place, or left no trace."""

    is_undecided = True


@cache
def engine() -> Engine:
    """The process's connections to the primary."""
    return engines.primary_engine()


@cache
def public_engine() -> Engine:
    """The process's connections to the primary for public reads; whatever else there is to do has its own."""
    return engines.public()


@cache
def background_engine() -> Engine:
    """Connections for what nobody waits for: each made when it is needed, and none of those that pages share."""
    return engines.background_engine()


def reset_after_fork() -> None:
    """After a fork: leave the parent's sockets alone and open our own."""
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
    """A read-only transaction on one of the connections for public reads; DatabaseUnavailable when it takes too long."""
    with _reading(public_engine()) as session:
        yield session


@contextmanager
def writing() -> Iterator[WriteSession]:
    """One transaction: committed at the end, rolled back by any error; its pokes leave after the commit.

    CommitUndecided when the commit was cut off; its pokes leave all the same.
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
                "The database went away while it saved; it may have been saved. Look before you try again."
            ) from error
    if tags:
        _publish(tags)


def resend_invalidations() -> None:
    """Tell again, when Redis is back, what it may not know of."""
    tags = invalidation.tags_to_resend()
    if tags:
        _publish(tags)


def ensure_position() -> None:
    """Measure replicas by where the primary is now, when there is nothing to measure them by."""
    if replicas.are_configured() and not invalidation.has_position():
        position = _current_position()
        if position:
            invalidation.raise_position(position)


def invalidate(session: WriteSession, *tags: str) -> None:
    """Tell every process, once this transaction is committed, that what carries these tags has changed."""
    session.info.setdefault(INVALIDATED_TAGS, set()).update(tags)


async def read(
    query: Callable[Concatenate[ReadSession, Arguments], Result], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Result:
    """Run a query in a thread, so that the event loop stays free."""
    return await anyio.to_thread.run_sync(partial(_read, query, *args, **kwargs), limiter=_limiter())


async def read_replica(
    min_position: Position | None,
    query: Callable[Concatenate[ReadSession, Arguments], Result],
    *args: Arguments.args,
    **kwargs: Arguments.kwargs,
) -> Result:
    """Run a query that has the same answer for everyone on a replica that has replayed `min_position`, else on the primary.

    None is a position that nobody knows. Where a replica is away, one more is asked; what it fails at otherwise, and what
    both do, the primary is, once. DatabaseUnavailable, too, when the read takes too long, or too many others are running:
    nobody has to be signed in for it, so it must not take the connections of sign-in, writes and probes.
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
    with anyio.move_on_after(PUBLIC_WAIT_SECONDS):  # cuts only the wait short: a thread that has begun is let finish
        return await anyio.to_thread.run_sync(partial(_read_public, query, *args, **kwargs), limiter=_public_limiter())
    raise DatabaseUnavailable(
        "Too much is being asked of the database at once; nothing was changed. Try again in a moment."
    )


async def write(
    command: Callable[Concatenate[WriteSession, Arguments], Result], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Result:
    """Run a command in a thread and a transaction of its own."""
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
    """What whoever has replayed it knows every commit until now; None when the primary does not say."""
    try:
        with engine().execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            timeline, lsn_text = connection.execute(text(lsn.CURRENT_POSITION)).one()
    except (DBAPIError, PoolTimeout) as error:
        log.warning("position unknown", error=str(error))
        return None
    return lsn.from_lsn(timeline, lsn_text)


@cache
def _limiter() -> anyio.CapacityLimiter:
    # As many threads as connections: a thread more would only wait inside the pool.
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
    """What the question is not to blame for, or only for the time it takes."""
    return _is_unavailable(error) or isinstance(error.orig, QueryCanceled)


def _is_unavailable(error: DBAPIError) -> bool:
    """No answer at all, or a word of PostgreSQL's that it cannot: connection, resources, shutdown."""
    state = getattr(error.orig, "sqlstate", None)
    return state is None or state[:2] in ("08", "53") or state[:3] == "57P"


def _is_connection_lost(error: DBAPIError) -> bool:
    """Whether no answer came, or that the session ends, which says nothing of what was under way."""
    state = getattr(error.orig, "sqlstate", None)
    return state is None or state[:2] == "08" or state[:3] == "57P"


def _outage_message(error: DBAPIError) -> str:
    if isinstance(error.orig, DiskFull):
        return "The database's disk is full; nothing was changed. Free some space and try again."
    if isinstance(error.orig, QueryCanceled):
        return TOO_LONG
    if isinstance(error.orig, ReadOnlySqlTransaction):
        return "The database takes no writes here, for another one has taken its place; nothing was changed. Try again."
    return "The database does not answer; nothing was changed. ./plaza status shows what runs."
