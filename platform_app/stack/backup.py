"""The embedded PostgreSQL's backups: one file that holds a whole cluster, and the way back to any second since."""

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
from platform_app.stack.account import account, give
from platform_app.stack.errors import StackError

RECOVERY_SECONDS = 24 * 3600  # a great deal of WAL takes a while; whoever waits sees how far it is in the log
POLL = 0.1
DOES_NOT_END = "recovery ended before configured recovery target was reached"


def archiving(folder: Path) -> dict[str, str]:
    """The options of a server that keeps its WAL here too, and loses at most a minute with its own disk.

    A segment that is there already, as after a crash, is left as it is; another one of its name is an error.
    """
    name = f"{shlex.quote(str(folder)).replace('%', '%%')}/%f"
    keep = f"test ! -f {name} && cp %p {name}.part && sync {name}.part && mv {name}.part {name}"
    return {
        "archive_mode": "on",
        "archive_timeout": "60s",
        "archive_command": f"cmp -s %p {name} || {{ {keep}; }}",
    }


def take(file: Path, *, url: str) -> None:
    """Write everything that is committed when this ends into a file that is not there yet; writers go on meanwhile.

    `url` is of a role that may replicate.
    """
    if file.exists():
        raise StackError(f"{file} exists already; choose another name.")
    unfinished = file.with_name(f"{file.name}.part")
    command = [str(postgres.binary("pg_basebackup")), "-d", url, "-D", "-", "-Ft", "-X", "fetch", "-c", "fast"]
    try:
        unfinished.touch(mode=0o600)
        with unfinished.open("wb") as body:
            done = subprocess.run(
                [*command, "--compress=gzip:1", "--no-password"], stdout=body, stderr=subprocess.PIPE, check=False
            )
        if done.returncode:
            raise StackError(f"The backup was not made: {done.stderr.decode(errors='replace').strip()}")
        unfinished.rename(file)
    except OSError as error:
        raise StackError(f"{file} cannot be written: {error.strerror}.") from error
    finally:
        unfinished.unlink(missing_ok=True)


def restore(
    file: Path, directory: Path, *, password: str, log: Path, wal: Path | None = None, until: datetime | None = None
) -> Path | None:
    """Make `directory` the cluster of this backup, with what its WAL says happened afterwards, `until` then.

    What stood there is kept, and returned; until the last moment nothing is changed. The cluster gets this password.
    """
    unfinished = directory.with_name(f"{directory.name}.restoring")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        _unpack(file, unfinished)
        _verify(unfinished, file)
        options = (
            _recovery(unfinished, [folder for folder in (wal, directory / "pg_wal") if folder], until) if wal else {}
        )
        _own(unfinished)
        _recover(unfinished, options, password=password, log=log)
        former = _set_aside(directory)
        unfinished.rename(directory)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return former


def _unpack(file: Path, directory: Path) -> None:
    directory.mkdir(mode=0o700)
    try:
        with tarfile.open(file) as archive:
            archive.extractall(directory, filter="data")
    except (OSError, EOFError, tarfile.TarError) as error:
        raise StackError(f"{file} is no whole backup: {error}.") from error
    for path in (directory, *directory.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)


def _verify(directory: Path, file: Path) -> None:
    """Compare every file's checksum with the one that was taken when it was backed up."""
    command = [str(postgres.binary("pg_verifybackup")), "--no-parse-wal", "--quiet", str(directory)]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise StackError(f"{file} is no whole backup: {done.stderr.decode(errors='replace').strip()}")


def _recovery(directory: Path, folders: list[Path], until: datetime | None) -> dict[str, str]:
    (directory / "recovery.signal").touch(mode=0o600)
    tries = [f"cp {shlex.quote(str(folder)).replace('%', '%%')}/%f %p" for folder in folders if folder.is_dir()]
    target = {"recovery_target_time": until.isoformat(), "recovery_target_action": "promote"} if until else {}
    return {"restore_command": " || ".join(tries), **target}


def _own(directory: Path) -> None:
    owner = account()
    for path in (directory, *directory.rglob("*")) if owner else ():
        give(path, owner)


def _recover(directory: Path, options: dict[str, str], *, password: str, log: Path) -> None:
    """Run the server, where nobody else can reach it, until it has read everything it is to read."""
    log.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="plaza-") as name:
        folder = Path(name)
        hba = folder / "hba"
        hba.write_text("local all all trust\n")
        for path in (folder, hba):
            give(path, account())
        alone = {"listen_addresses": "", "unix_socket_directories": name, "hba_file": str(hba), "archive_mode": "off"}
        server = postgres.launch(directory, port=processes.free_port(), log=log, options=alone | options)
        try:
            _await_end(server, folder, log)
            with _connect(folder) as connection:
                role = sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(postgres.USER), password)
                connection.execute(role)
        finally:
            processes.stop(server, sig=postgres.STOP, seconds=60)
    (directory / "recovery.signal").unlink(missing_ok=True)


def _await_end(server: subprocess.Popen[bytes], folder: Path, log: Path) -> None:
    deadline = time.monotonic() + RECOVERY_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with suppress(psycopg.OperationalError), _connect(folder) as connection:
            row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
            if row and not row[0]:
                return
        time.sleep(POLL)
    said = logs.tail(log)
    if DOES_NOT_END in said:
        raise StackError("The WAL ends before that time, or has a gap; restore without --until to get all there is.")
    raise StackError(f"The backup could not be restored:\n{said}")


def _connect(folder: Path) -> psycopg.Connection[tuple[object, ...]]:
    port = next(path.name.rpartition(".")[2] for path in [*folder.glob(".s.PGSQL.*[0-9]"), Path("none.0")])
    return psycopg.connect(
        host=str(folder), port=port, user=postgres.USER, dbname="postgres", autocommit=True, connect_timeout=5
    )


def _set_aside(directory: Path) -> Path | None:
    if not directory.exists():
        return None
    former = directory.with_name(f"{directory.name}.before-{time.strftime('%Y%m%dT%H%M%S')}")
    directory.rename(former)
    return former
