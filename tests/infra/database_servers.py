"""What a failover needs: a PostgreSQL with a standby, PgBouncer, and a stable address in front of both."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest

from platform_app.infra import cache, db, engines, invalidation, replicas
from platform_app.infra.settings import settings
from platform_app.stack import postgres, processes
from platform_app.stack.os_user import chown, postgres_user

PASSWORD = "only-for-tests"
TIMEOUT_SECONDS = 120.0  # seconds; nothing that a test waits for takes longer


@dataclass
class Node:
    """A PostgreSQL server with its own data directory."""

    directory: Path
    port: int = field(default_factory=processes.free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self, **options: str) -> "Node":
        """Start the server and wait until it answers."""
        log = self.directory.with_suffix(".log")
        unsafe = {"fsync": "off", "shared_buffers": "16MB"}  # a restart is the only crash that it must survive
        self.process = postgres.launch(self.directory, port=self.port, log=log, options={**unsafe, **options})
        postgres.wait_ready(self.process, port=self.port, password=PASSWORD, log=log)
        return self

    def stop(self, sign: signal.Signals = postgres.STOP) -> None:
        """Stop the server with this signal."""
        if self.process is not None:
            processes.stop(self.process, sig=sign)
            self.process = None

    def url(self, database: str = "plaza", *, port: int = 0) -> str:
        """The URL for SQLAlchemy, with the server's own port or that of a proxy."""
        return postgres.url(port or self.port, PASSWORD, database)

    def run_sql(self, statement: str) -> object:
        """The single value that a statement of the superuser returns, or None."""
        with psycopg.connect(engines.to_libpq_url(self.url()), autocommit=True) as connection:
            found = connection.execute(statement)
            row = found.fetchone() if found.description else None
        return row[0] if row else None

    def promote(self) -> None:
        """Promote the standby to primary."""
        assert self.run_sql("SELECT pg_promote()") is True


def primary(directory: Path) -> Node:
    """A new primary with an empty database."""
    postgres.initialise(directory, password=PASSWORD, log=directory.with_suffix(".log"))
    node = Node(directory).start()
    postgres.ensure_database("plaza", port=node.port, password=PASSWORD)
    return node


def standby(directory: Path, *, source_port: int) -> Node:
    """A standby that replicates the server at this port."""
    source = engines.to_libpq_url(postgres.url(source_port, PASSWORD, "postgres"))
    command = [str(postgres.binary("pg_basebackup")), "-d", source, "-D", str(directory), "-R", "-X", "stream"]
    subprocess.run([*command, "-c", "fast", "--no-sync", "--no-password"], check=True, capture_output=True)
    give_to_postgres(directory)
    return Node(directory).start(wal_receiver_timeout="2s", wal_retrieve_retry_interval="200ms")


def give_to_postgres(directory: Path) -> None:
    """Make the OS user of PostgreSQL the owner of the directory."""
    for path in (directory, *directory.rglob("*")) if postgres_user() else ():
        chown(path, postgres_user())


class TcpProxy:
    """A stable TCP address in front of changing servers; it can also cut or hang connections."""

    def __init__(self, target: int) -> None:
        """Forward to this local port."""
        self.target = target
        self._open, self._listener = Event(), socket.create_server((processes.HOST, 0))
        self._sockets: set[socket.socket] = set()
        self._threads: list[Thread] = []
        self._open.set()
        self.port: int = self._listener.getsockname()[1]
        Thread(target=self._accept, daemon=True).start()

    def forward_to(self, target: int) -> None:
        """Forward new connections to another port, and break the open ones."""
        self.target = target
        self.cut()

    def cut(self) -> None:
        """Break every connection."""
        for each in list(self._sockets):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def hang(self, is_hanging: bool = True) -> None:
        """Hold back all data without closing anything, or continue."""
        (self._open.clear if is_hanging else self._open.set)()

    def close(self) -> None:
        """Stop listening and break every connection."""
        self.hang(False)
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for each in self._threads:
            each.join()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._threads.append(Thread(target=self._serve, args=(client,), daemon=True))
                self._threads[-1].start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError), socket.create_connection((processes.HOST, self.target)) as server:
            self._sockets |= {client, server}
            back = Thread(target=self._pass_on, args=(server, client), daemon=True)
            back.start()
            self._pass_on(client, server)
            back.join()
            self._sockets -= {client, server}

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while chunk := source.recv(65536):
                self._open.wait()
                target.sendall(chunk)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@contextmanager
def pgbouncer(directory: Path, *, target: int, pool: int = 4) -> Iterator[int]:
    """Run PgBouncer in transaction mode with few connections to the server at this port; its own port."""
    port = processes.free_port()
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "Debian's package pgbouncer is not installed; .ci/run does it"
    directory.mkdir()
    (directory / "users.txt").write_text(f'"{postgres.USER}" "{PASSWORD}"\n')
    (directory / "pgbouncer.ini").write_text(
        f"""[databases]
* = host={processes.HOST} port={target}
[pgbouncer]
listen_addr = {processes.HOST}
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {directory}/users.txt
pool_mode = transaction
default_pool_size = {pool}
"""
    )
    give_to_postgres(directory)
    log = directory.with_suffix(".log")
    process = processes.spawn([program, directory / "pgbouncer.ini"], log=log, cwd=directory, os_user=postgres_user())
    try:
        wait_until(lambda: processes.is_listening(port) or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        yield port
    finally:
        processes.stop(process, sig=signal.SIGINT)


@contextmanager
def settings_are(**given: str) -> Iterator[None]:
    """Run the block with these database settings, and with empty caches of engines and positions."""
    with pytest.MonkeyPatch.context() as patch, ExitStack() as after:
        for name, value in given.items():
            patch.setenv(name, value)
        _forget()
        after.callback(_forget)
        after.callback(patch.undo)
        yield


def wait_until(condition: Callable[[], object]) -> None:
    """Wait until the condition holds; a database outage counts as false."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not _holds(condition):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


def _holds(condition: Callable[[], object]) -> bool:
    with suppress(db.DatabaseUnavailable, psycopg.OperationalError):
        return bool(condition())
    return False


def _forget() -> None:
    if replicas.monitor.cache_info().currsize:
        replicas.monitor().stop()
    for engine in (db.engine, db.public_engine, db.background_engine):
        if engine.cache_info().currsize:
            engine().dispose()
        engine.cache_clear()
    replicas.monitor.cache_clear()
    settings.cache_clear()
    invalidation.work_redis.cache_clear()
    cache._redis.cache_clear()
    cache.clear_local()
    cache._position["needed"] = None
