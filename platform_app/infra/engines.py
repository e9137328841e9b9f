"""Connections to PostgreSQL, with or without a pooler, with timeouts so that none hangs for minutes."""

import time
from functools import partial
from typing import Any

import psycopg
import structlog
from sqlalchemy import Connection, Engine, ExceptionContext, NullPool, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from platform_app.infra import metrics
from platform_app.infra.errors import Outage
from platform_app.infra.settings import settings

# A generic plan would be wrong for most search words: plan each statement for its values.
SESSION_SETTINGS = {"timezone": "UTC", "plan_cache_mode": "force_custom_plan"}
READ_ONLY_SQLSTATE = "25006"
IS_CLUSTER = "is_cluster"  # whether a connection to the primary is one to a Citus cluster, in its `info`
# Detects a vanished server within fifteen seconds, as opposed to a slow one.
_KEEPALIVES: dict[str, int] = {
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 15_000,
}
# The client pipelines many rows, and a server that is busy with one of them stops reading, as if it had vanished. If
# statements may take longer than this, unread data gets the operating system's own timeout.
MAX_INTERACTIVE_SECONDS = 60
PUBLIC_SECONDS = 2.0  # per statement of a public read; afterwards the transaction may not start another one

log = structlog.get_logger()


class UnfitPooler(Outage):
    """The sessions of the pooler lack required settings; the message says how to set them in PostgreSQL."""


class TooCostly(Outage):
    """A read exceeded its time limit."""


def set_statement_timeout(seconds: float) -> None:
    """Set this process's statement timeout; 0 means no limit."""
    _statement_timeout["seconds"] = seconds


def primary_engine() -> Engine:
    """A pool of connections to the primary; servers that accept no writes are rejected."""
    return _primary(size=settings().database_pool)


def public() -> Engine:
    """A smaller, separate pool to the primary for public reads, so that they cannot starve everything else."""
    return _primary(size=public_connections(), read_seconds=PUBLIC_SECONDS)


def public_connections() -> int:
    """The size of a process's pool for public reads: half of the main pool."""
    return max(1, settings().database_pool // 2)


def pooled_engine(url: str, *, size: int, read_seconds: float | None = None, **connect_args: str) -> Engine:
    """A pool of connections that are tested before use.

    With `read_seconds`, PostgreSQL cancels a statement that takes longer, and a transaction that has taken as long may
    not start another statement: TooCostly.
    """
    engine = create_engine(
        url,
        pool_size=size,
        max_overflow=0,
        pool_timeout=5,
        pool_pre_ping=True,
        hide_parameters=True,  # error messages are logged, and parameters can contain personal data and links
        connect_args=_connect_args(read_seconds) | connect_args,
    )
    event.listen(engine, "after_cursor_execute", metrics.count_query)
    if read_seconds is not None:
        event.listen(engine, "begin", _note_begin)
        event.listen(engine, "before_cursor_execute", partial(_require_time, seconds=read_seconds))
    _install_pooler_listeners(engine, read_seconds)
    return engine


def background_engine() -> Engine:
    """Unpooled connections to the primary, each opened on demand."""
    engine = create_engine(
        settings().database_url.get_secret_value(),
        poolclass=NullPool,
        hide_parameters=True,
        connect_args=_connect_args() | {"target_session_attrs": "read-write"},
    )
    _install_pooler_listeners(engine)
    return engine


def direct_connection() -> psycopg.Connection[tuple[Any, ...]]:
    """A session with the primary that bypasses the pooler, for session locks and LISTEN."""
    options: dict[str, Any] = {**_KEEPALIVES, **_application_name(), "target_session_attrs": "read-write"}
    return psycopg.connect(to_libpq_url(settings().direct_url), autocommit=True, **options)


def probe_connection(url: str, *, target_session_attrs: str) -> psycopg.Connection[tuple[object, ...]]:
    """A connection with short timeouts, for probing a server."""
    short_timeouts = {"connect_timeout": 2, "keepalives_idle": 1, "keepalives_interval": 1, "tcp_user_timeout": 2000}
    limits = {} if settings().database_pooler else {"options": "-c statement_timeout=2000"}
    arguments: dict[str, Any] = {
        **_KEEPALIVES,
        **short_timeouts,
        **_application_name(),
        **limits,
        "target_session_attrs": target_session_attrs,
    }
    return psycopg.connect(to_libpq_url(url), autocommit=True, prepare_threshold=None, **arguments)


def to_libpq_url(url: str) -> str:
    """The URL in the form that libpq programs and psycopg accept."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def check_pooler() -> None:
    """Raise UnfitPooler if a pooler's sessions lack required settings; an outage is only logged."""
    if not settings().database_pooler:
        return
    engine = background_engine()
    try:
        engine.connect().close()
    except SQLAlchemyError as error:
        log.warning("the pooler was not checked", error=str(error))
    finally:
        engine.dispose()


def _primary(*, size: int, read_seconds: float | None = None) -> Engine:
    url = settings().database_url.get_secret_value()
    made = pooled_engine(url, size=size, read_seconds=read_seconds, target_session_attrs="read-write")
    event.listen(made, "connect", _note_cluster)
    event.listen(made, "handle_error", _disconnect_read_only_server)
    event.listen(made, "checkin", _reset_read_only)
    return made


def _connect_args(seconds: float | None = None) -> dict[str, Any]:
    arguments: dict[str, Any] = {**_KEEPALIVES, **_application_name()}
    if not 0 < _timeout_or_default(seconds) <= MAX_INTERACTIVE_SECONDS:
        arguments["tcp_user_timeout"] = 0
    if settings().database_pooler:
        # A pooled session ends with its transaction: no prepared statements, no startup options.
        return {**arguments, "prepare_threshold": None}
    session_settings = {**SESSION_SETTINGS, "statement_timeout": _milliseconds(seconds)}
    return {**arguments, "options": " ".join(f"-c {name}={value}" for name, value in session_settings.items())}


def _application_name() -> dict[str, str]:
    return {"application_name": "plaza"}


def _milliseconds(seconds: float | None) -> str:
    return f"{_timeout_or_default(seconds) * 1000:.0f}"


def _timeout_or_default(seconds: float | None) -> float:
    return _statement_timeout["seconds"] if seconds is None else seconds


def _install_pooler_listeners(engine: Engine, seconds: float | None = None) -> None:
    if settings().database_pooler:
        event.listen(engine, "connect", _check_session_settings)
        event.listen(engine, "begin", partial(_set_transaction_timeout, seconds=seconds))


def _check_session_settings(connection: psycopg.Connection[tuple[object, ...]], _: object) -> None:
    """Raise UnfitPooler if the session, which has the role's settings behind a pooler, lacks a required one."""
    names = ", ".join(f"current_setting('{name}')" for name in SESSION_SETTINGS)
    connection.autocommit = True
    row = connection.execute(f"SELECT {names}").fetchone()
    connection.autocommit = False
    mismatches = [
        name for (name, expected), actual in zip(SESSION_SETTINGS.items(), row or (), strict=True) if actual != expected
    ]
    if mismatches:
        remedy = "; ".join(f"ALTER ROLE … SET {name} = '{SESSION_SETTINGS[name]}'" for name in mismatches)
        raise UnfitPooler(f"Behind PgBouncer the role must have the required settings: {remedy}.")


def _note_cluster(connection: psycopg.Connection[tuple[object, ...]], record: ConnectionPoolEntry) -> None:
    connection.autocommit = True
    row = connection.execute("SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus')").fetchone()
    connection.autocommit = False
    record.info[IS_CLUSTER] = bool(row and row[0])


def _set_transaction_timeout(connection: Connection, *, seconds: float | None) -> None:
    dbapi = connection.connection.dbapi_connection
    if dbapi is not None and not dbapi.autocommit:
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {_milliseconds(seconds)}")


def _note_begin(connection: Connection) -> None:
    connection.info["began"] = time.monotonic()


def _require_time(connection: Connection, *_: object, seconds: float) -> None:
    """Raise TooCostly if the transaction has used up its time; a statement timeout alone does not limit the total."""
    if time.monotonic() - connection.info["began"] > seconds:
        raise TooCostly("A read took too long and was ended between two statements.")


def _reset_read_only(connection: psycopg.Connection[tuple[object, ...]] | None, _: object) -> None:
    """Reset `read_only` on return to the pool, or the connection would later send READ WRITE explicitly."""
    if connection is not None and not connection.closed:
        connection.read_only = None


def _disconnect_read_only_server(context: ExceptionContext) -> None:
    """Drop all connections to a server that rejects writes: it is no longer the primary."""
    is_refusal = getattr(context.original_exception, "sqlstate", None) == READ_ONLY_SQLSTATE
    options = context.connection.get_execution_options() if context.connection else {}
    if is_refusal and not options.get("postgresql_readonly"):
        context.is_disconnect = True


_statement_timeout = {"seconds": 0.0}
