"""How connections to PostgreSQL are made: with a pooler before it or without, and so that none hangs for minutes."""

import time
from functools import partial
from typing import Any

import psycopg
import structlog
from sqlalchemy import Connection, Engine, ExceptionContext, NullPool, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from platform_app.infra import metrics
from platform_app.infra.errors import Outage
from platform_app.infra.settings import settings

# A plan made once for any search words would be wrong for most of them: plan each statement for its values.
SESSION_SETTINGS = {"timezone": "UTC", "plan_cache_mode": "force_custom_plan"}
READ_ONLY_SQLSTATE = "25006"
# A server that vanished without a word is noticed in fifteen seconds: kept apart from one that thinks for long.
_KEEPALIVES: dict[str, int] = {
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 15_000,
}
# Many rows are sent ahead of their answers, and a server at work on one of them reads no further: it would pass for one
# that vanished. Where statements may take longer than this, what it has not read yet has as long as the system gives it.
MAX_INTERACTIVE_SECONDS = 60
PUBLIC_SECONDS = 2.0  # for a statement of a public read, which sends no other one after as long

log = structlog.get_logger()


class UnfitPooler(Outage):
    """PgBouncer hands out sessions that are not as ours have to be; the message says what to tell PostgreSQL."""


class TooCostly(Outage):
    """A read has taken all the time that it may; what it was asked for is too much."""


def set_statement_timeout(seconds: float) -> None:
    """From now on this process's statements are ended by PostgreSQL when they take longer; 0 for as long as they like."""
    _statement_timeout["seconds"] = seconds


def primary_engine() -> Engine:
    """A pool of connections to the primary, and to nothing that does not take writes."""
    return _primary(size=settings().database_pool)


def public() -> Engine:
    """A smaller pool to the primary for public reads, so that these never take what everything else needs."""
    return _primary(size=public_connections(), read_seconds=PUBLIC_SECONDS)


def public_connections() -> int:
    """How many public reads a process sends to the primary at once: half as many as of everything else."""
    return max(1, settings().database_pool // 2)


def pooled_engine(url: str, *, size: int, read_seconds: float | None = None, **connect_args: str) -> Engine:
    """A pool of connections that are tried before they are used.

    With `read_seconds`, PostgreSQL ends a statement that takes longer, and a transaction that has taken as long sends no
    other one: TooCostly.
    """
    engine = create_engine(
        url,
        pool_size=size,
        max_overflow=0,
        pool_timeout=5,
        pool_pre_ping=True,
        hide_parameters=True,  # what an error says is logged; addresses and links are in the parameters
        connect_args=_connect_args(read_seconds) | connect_args,
    )
    event.listen(engine, "after_cursor_execute", metrics.count_query)
    if read_seconds is not None:
        event.listen(engine, "begin", _note_begin)
        event.listen(engine, "before_cursor_execute", partial(_require_time, seconds=read_seconds))
    _install_pooler_listeners(engine, read_seconds)
    return engine


def background_engine() -> Engine:
    """Connections to the primary, each made when it is needed."""
    engine = create_engine(
        settings().database_url.get_secret_value(),
        poolclass=NullPool,
        hide_parameters=True,
        connect_args=_connect_args() | {"target_session_attrs": "read-write"},
    )
    _install_pooler_listeners(engine)
    return engine


def direct_connection() -> psycopg.Connection[tuple[Any, ...]]:
    """A session of one's own with the primary, past any pooler: for locks that a session holds, and for LISTEN."""
    options: dict[str, Any] = {**_KEEPALIVES, **_application_name(), "target_session_attrs": "read-write"}
    return psycopg.connect(to_libpq_url(settings().direct_url), autocommit=True, **options)


def probe_connection(url: str, *, target_session_attrs: str) -> psycopg.Connection[tuple[object, ...]]:
    """A connection for small questions about the server, which has seconds to answer."""
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
    """A URL as PostgreSQL's own programs and psycopg read it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def check_pooler() -> None:
    """UnfitPooler when there is a pooler whose sessions are not as ours have to be; an outage is no reason."""
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
    event.listen(made, "handle_error", _disconnect_read_only_server)
    event.listen(made, "checkin", _reset_read_only)
    return made


def _connect_args(seconds: float | None = None) -> dict[str, Any]:
    arguments: dict[str, Any] = {**_KEEPALIVES, **_application_name()}
    if not 0 < _timeout_or_default(seconds) <= MAX_INTERACTIVE_SECONDS:
        arguments["tcp_user_timeout"] = 0
    if settings().database_pooler:
        # A session ends with its transaction there: nothing may be prepared, and options are refused.
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
    """Behind a pooler, a session is what the role says: refuse one that is not as ours have to be."""
    names = ", ".join(f"current_setting('{name}')" for name in SESSION_SETTINGS)
    connection.autocommit = True
    row = connection.execute(f"SELECT {names}").fetchone()
    connection.autocommit = False
    mismatches = [
        name for (name, expected), actual in zip(SESSION_SETTINGS.items(), row or (), strict=True) if actual != expected
    ]
    if mismatches:
        remedy = "; ".join(f"ALTER ROLE … SET {name} = '{SESSION_SETTINGS[name]}'" for name in mismatches)
        raise UnfitPooler(f"Behind PgBouncer a session is as its role says, and this one is not: {remedy}.")


def _set_transaction_timeout(connection: Connection, *, seconds: float | None) -> None:
    dbapi = connection.connection.dbapi_connection
    if dbapi is not None and not dbapi.autocommit:
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {_milliseconds(seconds)}")


def _note_begin(connection: Connection) -> None:
    connection.info["began"] = time.monotonic()


def _require_time(connection: Connection, *_: object, seconds: float) -> None:
    """A limit on each statement is none on a read of a dozen."""
    if time.monotonic() - connection.info["began"] > seconds:
        raise TooCostly("A read took too long, and was ended between two statements.")


def _reset_read_only(connection: psycopg.Connection[tuple[object, ...]] | None, _: object) -> None:
    """Once it was read from, a connection would ask for READ WRITE, and be refused with other words, or be given it, where it has no business."""
    if connection is not None and not connection.closed:
        connection.read_only = None


def _disconnect_read_only_server(context: ExceptionContext) -> None:
    """A server that has stopped taking writes is the primary no more: drop every connection to it."""
    is_refusal = getattr(context.original_exception, "sqlstate", None) == READ_ONLY_SQLSTATE
    options = context.connection.get_execution_options() if context.connection else {}
    if is_refusal and not options.get("postgresql_readonly"):
        context.is_disconnect = True


_statement_timeout = {"seconds": 0.0}
