"""PostgreSQL: the only place that opens a session, commits, and hops to a thread."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from typing import Concatenate, ParamSpec, TypeVar

import anyio
import anyio.to_thread
import structlog
from psycopg.errors import DiskFull
from sqlalchemy import Engine, NullPool, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session

from platform_app.infra import metrics, pokes
from platform_app.infra.errors import Outage
from platform_app.infra.settings import settings

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
POKES = "pokes"
# A plan made once for any search words would be wrong for most of them: plan each statement for its values.
OPTIONS = "-c timezone=UTC -c plan_cache_mode=force_custom_plan"
CONNECT = {"connect_timeout": 3, "application_name": "plaza", "options": OPTIONS}

log = structlog.get_logger()


class ReadSession(Session):
    """A session for queries; PostgreSQL itself refuses a write through it."""


class WriteSession(ReadSession):
    """A session for one command in one transaction; queries may use it too."""


class DatabaseUnavailable(Outage):
    """PostgreSQL did not answer, or has no room left; the transaction left no trace."""


@cache
def engine() -> Engine:
    """The process's connections to the primary."""
    pool = settings().database_pool
    made = create_engine(
        settings().database_url.get_secret_value(),
        pool_size=pool,
        max_overflow=0,
        pool_timeout=5,
        pool_pre_ping=True,
        hide_parameters=True,  # what an error says is logged; addresses and links are in the parameters
        connect_args=CONNECT,
    )
    event.listen(made, "after_cursor_execute", metrics.count_query)
    return made


@cache
def aside() -> Engine:
    """Connections for what nobody waits for: each made when it is needed, and none of those that pages share."""
    url = settings().database_url.get_secret_value()
    return create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=CONNECT)


def forget_connections() -> None:
    """After a fork: leave the parent's sockets alone and open our own."""
    engine().dispose(close=False)


@contextmanager
def reading() -> Iterator[ReadSession]:
    """A read-only transaction."""
    with (
        _outages(),
        ReadSession(engine().execution_options(postgresql_readonly=True), expire_on_commit=False) as session,
    ):
        yield session


@contextmanager
def writing() -> Iterator[WriteSession]:
    """One transaction: committed at the end, rolled back by any error; its pokes leave after the commit."""
    with _outages(), WriteSession(engine(), expire_on_commit=False) as session:
        yield session
        session.commit()
    tags: set[str] = session.info.get(POKES, set())
    pokes.publish(tags)


def poke(session: WriteSession, *tags: str) -> None:
    """Tell every process, once this transaction is committed, that what carries these tags has changed."""
    session.info.setdefault(POKES, set()).update(tags)


async def read(
    query: Callable[Concatenate[ReadSession, Arguments], Result], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Result:
    """Run a query in a thread, so that the event loop stays free."""
    return await anyio.to_thread.run_sync(partial(_read, query, *args, **kwargs), limiter=_limiter())


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


def _write(
    command: Callable[Concatenate[WriteSession, Arguments], Result], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Result:
    with writing() as session:
        return command(session, *args, **kwargs)


@cache
def _limiter() -> anyio.CapacityLimiter:
    # As many threads as connections: a thread more would only wait inside the pool.
    return anyio.CapacityLimiter(settings().database_pool)


@contextmanager
def _outages() -> Iterator[None]:
    try:
        yield
    except PoolTimeout as error:
        raise DatabaseUnavailable(
            "Every database connection is busy; nothing was changed. Try again in a moment."
        ) from error
    except OperationalError as error:
        if not _is_outage(error):
            raise
        log.warning("database unavailable", error=str(error.orig))
        raise DatabaseUnavailable(_reason(error)) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise DatabaseUnavailable(_reason(error)) from error
        raise


def _is_outage(error: DBAPIError) -> bool:
    """No answer at all, or a word of PostgreSQL's that it cannot: connection, resources, shutdown."""
    state = getattr(error.orig, "sqlstate", None)
    return state is None or state[:2] in ("08", "53") or state[:3] == "57P"


def _reason(error: DBAPIError) -> str:
    if isinstance(error.orig, DiskFull):
        return "The database's disk is full; nothing was changed. Free some space and try again."
    return "The database does not answer; nothing was changed. ./plaza status shows what runs."
