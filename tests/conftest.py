"""Fixtures of all tests: PostgreSQL, two Valkeys, a migrated database, and a ban on sockets beyond loopback."""

import ipaddress
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hypothesis
import psycopg
import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import Engine, event

from platform_app.domain.accounts.rules import passwords
from platform_app.infra import cache as shared_cache
from platform_app.infra import db, invalidation, migrate
from platform_app.infra.settings import settings
from platform_app.stack import postgres, processes, valkey
from tests.infra.servers import Server, swift

pytest_plugins = ["tests.selection", "tests.sharding.hook", "tests.sharding.databases"]
TEST_PASSWORD = "only-for-tests"
# The data of a run is deleted with it, so it need not survive a crash of the machine.
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "128MB"}
# Deleting a few rows is faster than TRUNCATE, which makes new files for a table and each of its indexes.
# Foreign keys are off meanwhile: the same statement deletes the referencing rows.
DELETE_ALL_ROWS = """
DO $$
DECLARE
    filled record;
    has_rows boolean;
    large text[] := '{}';
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR filled IN
        SELECT oid::regclass AS name, pg_relation_size(oid) AS size FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version'
        AND pg_relation_size(oid) > 0
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', filled.name) INTO has_rows;
        IF has_rows AND filled.size > 1048576 THEN
            large := large || filled.name::text;
        ELSIF has_rows THEN
            EXECUTE format('DELETE FROM %s', filled.name);
        END IF;
    END LOOP;
    IF large <> '{}' THEN
        EXECUTE format('TRUNCATE %s CASCADE', array_to_string(large, ', '));
    END IF;
END $$
"""
hypothesis.settings.load_profile("ci")  # the same examples on every machine, without a deadline
shared_cache.REDIS_TIMEOUT = 10.0  # a busy machine must not turn a cache hit into a miss
# A strong hash would take most of the tests' time; one test checks it.
STRONG_HASHER = passwords._hasher
passwords._hasher = cache(lambda: PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),)))
# Each xdist process has a port range of its own: it knows only the ports that it gave out itself.
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
processes.PORT_RANGE = processes.PORT_RANGE[WORKER::WORKERS]
postgres.LOCALE = [*postgres.LOCALE, "--no-sync"]
if OTHER_POSTGRES := os.environ.get("PLAZA_TEST_POSTGRES"):  # another version's programs, without the built-in locale
    postgres.binary = lambda name: Path(OTHER_POSTGRES) / name  # type: ignore[assignment]
    postgres.LOCALE = ["--locale=C.UTF-8", "--encoding=UTF8", "--no-sync"]


@pytest.fixture(scope="session")
def stack() -> Iterator[SimpleNamespace]:
    """The database and the Valkeys of this run, in a folder of their own."""
    folder = Path(tempfile.mkdtemp(prefix="plaza-tests-"))
    folder.chmod(0o755)
    ports = [processes.free_port() for _ in range(3)]
    started: list[tuple[subprocess.Popen[bytes], Any]] = []
    try:
        (folder / "postgres").mkdir()
        started.append((start_postgres(folder / "postgres" / "data", port=ports[0]), signal.SIGQUIT))
        for name, port in zip(("state", "work"), ports[1:], strict=True):
            (folder / name).mkdir()
            started.append(
                (valkey.start(folder / name, port=port, password=TEST_PASSWORD, log=folder / f"{name}.log"), 15)
            )
        postgres.ensure_database("plaza", port=ports[0], password=TEST_PASSWORD)
        yield SimpleNamespace(
            folder=folder,
            database=postgres.url(ports[0], TEST_PASSWORD, "plaza"),
            state=valkey.url(ports[1], TEST_PASSWORD),
            work=valkey.url(ports[2], TEST_PASSWORD),
        )
    finally:
        for process, sign in reversed(started):
            processes.stop(process, sig=sign)
        shutil.rmtree(folder, ignore_errors=True)


def start_postgres(directory: Path, *, port: int) -> subprocess.Popen[bytes]:
    """Start an empty PostgreSQL for throwaway data; returns once it answers."""
    log = directory.with_suffix(".log")
    postgres.initialise(directory, password=TEST_PASSWORD, log=log)
    process = postgres.launch(directory, port=port, log=log, options=THROWAWAY)
    try:
        postgres.wait_ready(process, port=port, password=TEST_PASSWORD, log=log)
    except BaseException:
        processes.stop(process)
        raise
    return process


@pytest.fixture(scope="session", autouse=True)
def environment(stack: SimpleNamespace) -> Iterator[None]:
    """The settings of this process name this run's servers."""
    (stack.folder / "objects").mkdir()
    os.environ |= {
        "PLAZA_DATA": str(stack.folder),
        "PLAZA_DATABASE_URL": stack.database,
        "PLAZA_STATE_REDIS_URL": stack.state,
        "PLAZA_WORK_REDIS_URL": stack.work,
        "PLAZA_SECRET_KEY": "only-for-tests-" * 3,
    }
    settings.cache_clear()
    migrate.upgrade_to_head()
    yield
    db.engine().dispose()
    db.public_engine().dispose()


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An S3 server; each test has a bucket of its own or empties the shared one."""
    with swift(tmp_path_factory.mktemp("swift")) as server:
        yield server


@pytest.fixture(scope="session")
def database_url(environment: None, stack: SimpleNamespace) -> str:
    """The URL of the migrated database, for SQLAlchemy."""
    url: str = stack.database
    return url


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that connects beyond loopback fails with the address."""
    connect = socket.socket.connect

    def connect_to_loopback(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and not ipaddress.ip_address(address[0]).is_loopback:
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect_to_loopback)


@pytest.fixture
def session(environment: None) -> Iterator[db.WriteSession]:
    """A session that rolls back every change; a commit inside it ends a savepoint only."""
    with db.engine().connect() as connection, connection.begin() as outer:
        with db.WriteSession(
            connection, join_transaction_mode="create_savepoint", expire_on_commit=False
        ) as write_session:
            yield write_session
        outer.rollback()


@pytest.fixture
def clean(environment: None) -> Iterator[None]:
    """For tests with real transactions: deletes everything that they committed."""
    yield
    reset_all()


def reset_all() -> None:
    """Reset database, storage and cache to the state after the migrations."""
    invalidation.work_redis().flushall()
    shared_cache.clear_local()
    with psycopg.connect(settings().database_url.get_secret_value().replace("+psycopg", "")) as connection:
        connection.execute(DELETE_ALL_ROWS)
    shutil.rmtree(settings().data / "objects", ignore_errors=True)


@contextmanager
def assert_queries(engine: Engine, count: int) -> Iterator[list[str]]:
    """Check that the block sends exactly `count` statements to PostgreSQL, those of public reads included."""
    statements: list[str] = []
    pools = [engine, db.public_engine()] if engine is db.engine() else [engine]

    def record(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    for pool in pools:
        event.listen(pool, "before_cursor_execute", record)
    try:
        yield statements
    finally:
        for pool in pools:
            event.remove(pool, "before_cursor_execute", record)
    assert len(statements) == count, "\n\n".join(statements)
