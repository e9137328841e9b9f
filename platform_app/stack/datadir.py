"""The data directory: all data of one Plaza on this machine, and the lock that protects it."""

import fcntl
import json
import os
import secrets
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

from platform_app.infra.settings import ROOT
from platform_app.stack.errors import StackError

DEFAULT = ROOT / ".plaza"
MARKER = "this-is-plaza-data"  # allows --fresh to delete the directory's contents
LOCK = Path("run") / "lock"
SECRETS = ("postgres", "runtime", "state", "work", "key")
MIN_FREE_BYTES = 300 * 1024 * 1024


class Running(StackError):
    """Another Plaza uses this data directory."""


def prepare(data: Path) -> None:
    """Create the directory and what every run needs in it; refuse a directory with other contents."""
    try:
        if data.exists() and not is_usable(data):
            raise StackError(f"{data} is not empty and not a Plaza data directory; choose another with --data.")
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if stat.S_IMODE(data.stat().st_mode) & 0o066:
            data.chmod(0o700)  # PostgreSQL's own user gets the search bit back
        for folder in ("run", "logs", "metrics"):
            (data / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        (data / MARKER).touch(mode=0o600)
    except OSError as error:
        raise StackError(f"{data} cannot be used: {error.strerror}. Choose another directory with --data.") from error
    free = shutil.disk_usage(data).free
    if free < MIN_FREE_BYTES:
        raise StackError(
            f"Only {free // 2**20} MB are free on the disk of {data}; Plaza needs {MIN_FREE_BYTES // 2**20} MB."
        )


def is_usable(data: Path) -> bool:
    """Whether this is an empty directory, the default one, or one that Plaza created."""
    return data == DEFAULT or (data / MARKER).exists() or not any(data.iterdir())


def lock(data: Path) -> int:
    """Lock the directory for the lifetime of this process; `Running` if it is locked."""
    lock_fd = os.open(data / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock_fd)
        raise Running(f"Plaza is already running on {data}") from None
    return lock_fd


def empty(data: Path) -> None:
    """Delete everything in the directory except the lock, which the caller holds."""
    for path in [*data.iterdir(), *(data / "run").iterdir()]:
        if path == data / LOCK.parent or path == data / LOCK or path.name == MARKER:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    prepare(data)


def clear_caches(data: Path) -> None:
    """Delete the Valkeys' contents, which belong to the former database; they are caches only."""
    for name in ("valkey-state", "valkey-work"):
        shutil.rmtree(data / name, ignore_errors=True)


def passwords(data: Path, generate: Callable[[], str]) -> dict[str, str]:
    """The passwords of the embedded services and Plaza's secret key, generated once for this directory."""
    file = data / "secrets.json"
    secrets_by_name: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    missing = [name for name in SECRETS if name not in secrets_by_name]
    if missing:
        secrets_by_name |= {name: generate() for name in missing}
        write(file, json.dumps(secrets_by_name))
    return secrets_by_name


def write(file: Path, text: str) -> None:
    """Replace a private file atomically, so that readers never see half of it."""
    partial_file = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    partial_file.touch(mode=0o600)
    try:
        partial_file.write_text(text, encoding="utf-8")
        partial_file.replace(file)
    except OSError:
        partial_file.unlink(missing_ok=True)
        raise
