"""Backups of the embedded PostgreSQL: one file with a whole cluster, and the restore to any moment after it."""

import shlex
import shutil
import subprocess
import tarfile
import tempfile
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg import sql

from platform_app.stack import logs, postgres, processes
from platform_app.stack.errors import StackError
from platform_app.stack.os_user import chown, postgres_user

RECOVERY_SECONDS = 24 * 3600  # replaying much WAL takes long; the server's log shows the progress
POLL = 0.1
TARGET_NOT_REACHED = "recovery ended before configured recovery target was reached"


def archive_options(folder: Path) -> dict[str, str]:
    """The options of a server that archives its WAL to this folder; a lost disk costs at most a minute.

    A segment that is there already, as after a crash, is left as it is; a different one with its name is an error.
    """
    name = f"{shlex.quote(str(folder)).replace('%', '%%')}/%f"
    copy_command = f"test ! -f {name} && cp %p {name}.part && sync {name}.part && mv {name}.part {name}"
    return {
        "archive_mode": "on",
        "archive_timeout": "60s",
        "archive_command": f"cmp -s %p {name} || {{ {copy_command}; }}",
    }


def create(file: Path, *, url: str) -> None:
    """Write everything committed by the end of this call to a new file; writers are not blocked.

    `url` is of a role that may replicate.
    """
    if file.exists():
        raise StackError(f"{file} exists already; choose another name.")
    partial_file = file.with_name(f"{file.name}.part")
    command = [str(postgres.binary("pg_basebackup")), "-d", url, "-D", "-", "-Ft", "-X", "fetch", "-c", "fast"]
    try:
        partial_file.touch(mode=0o600)
        with partial_file.open("wb") as body:
            completed = subprocess.run(
                [*command, "--compress=gzip:1", "--no-password"], stdout=body, stderr=subprocess.PIPE, check=False
            )
        if completed.returncode:
            raise StackError(f"The backup failed: {completed.stderr.decode(errors='replace').strip()}")
        partial_file.rename(file)
    except OSError as error:
        raise StackError(f"{file} cannot be written: {error.strerror}.") from error
    finally:
        partial_file.unlink(missing_ok=True)


def restore(
    file: Path, directory: Path, *, password: str, log: Path, wal: Path | None = None, until: datetime | None = None
) -> Path | None:
    """Replace the cluster in `directory` with this backup, and replay its WAL, up to `until` if given.

    Returns the path of the former cluster, which is kept. If the restore fails, nothing has changed. The restored
    cluster gets this password.
    """
    partial_directory = directory.with_name(f"{directory.name}.restoring")
    shutil.rmtree(partial_directory, ignore_errors=True)
    try:
        _unpack(file, partial_directory)
        _verify(partial_directory, file)
        options = (
            _recovery_options(partial_directory, [folder for folder in (wal, directory / "pg_wal") if folder], until)
            if wal
            else {}
        )
        _chown_tree(partial_directory)
        _recover(partial_directory, options, password=password, log=log)
        previous = _move_aside(directory)
        partial_directory.rename(directory)
    finally:
        shutil.rmtree(partial_directory, ignore_errors=True)
    return previous


def _unpack(file: Path, directory: Path) -> None:
    directory.mkdir(mode=0o700)
    try:
        with tarfile.open(file) as archive:
            archive.extractall(directory, filter="data")
    except (OSError, EOFError, tarfile.TarError) as error:
        raise StackError(f"{file} is incomplete or damaged: {error}.") from error
    for path in (directory, *directory.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)


def _verify(directory: Path, file: Path) -> None:
    """Compare every file with its checksum from the backup."""
    command = [str(postgres.binary("pg_verifybackup")), "--no-parse-wal", "--quiet", str(directory)]
    completed = subprocess.run(command, capture_output=True, check=False)
    if completed.returncode:
        raise StackError(f"{file} is incomplete or damaged: {completed.stderr.decode(errors='replace').strip()}")


def _recovery_options(directory: Path, folders: list[Path], until: datetime | None) -> dict[str, str]:
    (directory / "recovery.signal").touch(mode=0o600)
    copy_commands = [f"cp {shlex.quote(str(folder)).replace('%', '%%')}/%f %p" for folder in folders if folder.is_dir()]
    target = {"recovery_target_time": until.isoformat(), "recovery_target_action": "promote"} if until else {}
    return {"restore_command": " || ".join(copy_commands), **target}


def _chown_tree(directory: Path) -> None:
    owner = postgres_user()
    for path in (directory, *directory.rglob("*")) if owner else ():
        chown(path, owner)


def _recover(directory: Path, options: dict[str, str], *, password: str, log: Path) -> None:
    """Run the server, unreachable for clients, until it has replayed the WAL."""
    log.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="plaza-") as name:
        folder = Path(name)
        hba = folder / "hba"
        hba.write_text("local all all trust\n")
        for path in (folder, hba):
            chown(path, postgres_user())
        isolation_options = {
            "listen_addresses": "",
            "unix_socket_directories": name,
            "hba_file": str(hba),
            "archive_mode": "off",
        }
        server = postgres.launch(directory, port=processes.free_port(), log=log, options=isolation_options | options)
        try:
            _wait_for_recovery(server, folder, log)
            with _connect(folder) as connection:
                role = sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(postgres.USER), password)
                connection.execute(role)
        finally:
            processes.stop(server, sig=postgres.STOP, seconds=60)
    (directory / "recovery.signal").unlink(missing_ok=True)


def _wait_for_recovery(server: subprocess.Popen[bytes], folder: Path, log: Path) -> None:
    deadline = time.monotonic() + RECOVERY_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with suppress(psycopg.OperationalError), _connect(folder) as connection:
            row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
            if row and not row[0]:
                return
        time.sleep(POLL)
    log_tail = logs.tail(log)
    if TARGET_NOT_REACHED in log_tail:
        raise StackError("The WAL ends before that time, or has a gap; restore without --until to get all there is.")
    raise StackError(f"The backup could not be restored:\n{log_tail}")


def _connect(folder: Path) -> psycopg.Connection[tuple[object, ...]]:
    port = next(path.name.rpartition(".")[2] for path in [*folder.glob(".s.PGSQL.*[0-9]"), Path("none.0")])
    return psycopg.connect(
        host=str(folder), port=port, user=postgres.USER, dbname="postgres", autocommit=True, connect_timeout=5
    )


def _move_aside(directory: Path) -> Path | None:
    if not directory.exists():
        return None
    previous = directory.with_name(f"{directory.name}.before-{time.strftime('%Y%m%dT%H%M%S')}")
    directory.rename(previous)
    return previous
