"""Examine this machine."""

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from platform_app.infra.settings import ROOT
from platform_app.stack import datadir, frontend, health, postgres, processes, runfile, valkey
from platform_app.stack.errors import StackError

MIN_DISK_BYTES = 2 * 2**30
MIN_MEMORY_BYTES = 2**30


@dataclass(frozen=True)
class Finding:
    """The result of one check; `advice` is empty unless there is a problem."""

    what: str
    advice: str = ""


def examine(data: Path, port: int) -> list[Finding]:
    """Check everything that Plaza needs to run here."""
    running = runfile.load(data)
    is_alive = bool(running and runfile.find_process(running.entries[0]))
    reachable = _reachable(running.url, running.port) if running and is_alive else Finding("Plaza is not running")
    return [
        _python(),
        _disk(data),
        _memory(),
        Finding(f"port {port} is used by Plaza") if running and is_alive and running.port == port else _port(port),
        _writable(data),
        _program("PostgreSQL", lambda: postgres.binary("postgres")),
        _program("Valkey", valkey.binary),
        _frontend(),
        reachable,
    ]


def _python() -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Finding(f"Python {version}", "" if sys.version_info >= (3, 11) else "install Python 3.11 or newer")


def _disk(data: Path) -> Finding:
    free = shutil.disk_usage(_nearest_existing(data)).free
    advice = "free some space, or choose another disk with --data" if free < MIN_DISK_BYTES else ""
    return Finding(f"{free / 2**30:.1f} GB of disk are free", advice)


def _memory() -> Finding:
    free = psutil.virtual_memory().available
    advice = "stop other programs; Plaza needs about 1 GB" if free < MIN_MEMORY_BYTES else ""
    return Finding(f"{free / 2**30:.1f} GB of memory are available", advice)


def _port(port: int) -> Finding:
    try:
        if processes.is_free(port):
            return Finding(f"port {port} is free")
    except PermissionError:
        return Finding(f"port {port} can only be used by root", "choose one above 1023 with --port")
    holder = processes.listening_process(port)
    by = f" by process {holder.pid}" if holder else ""
    return Finding(f"port {port} is taken{by}", "stop it, or choose another with --port")


def _writable(data: Path) -> Finding:
    if data.exists() and not datadir.is_usable(data):
        return Finding(f"{data} holds other things", "choose another directory with --data")
    existing = _nearest_existing(data)
    if os.access(existing, os.W_OK | os.X_OK):
        return Finding(f"{data} can be written")
    return Finding(f"{existing} cannot be written", "change its owner, or choose another directory with --data")


def _program(name: str, find: Callable[[], Path]) -> Finding:
    try:
        path = find()
    except StackError as error:
        return Finding(f"{name} is missing", str(error))
    runnable = os.access(path, os.X_OK)
    return Finding(f"{name} is installed", "" if runnable else "delete .venv; the next ./plaza creates it again")


def _frontend() -> Finding:
    if not frontend.INDEX.exists() and not os.access(ROOT, os.W_OK):
        return Finding("the frontend is not compiled", f"make {ROOT} writable and run ./plaza build")
    state = "compiled" if frontend.is_current() else "compiled at the next start"
    return Finding(f"the frontend is {state}")


def _reachable(url: str, port: int) -> Finding:
    if health.ready(port, secure=url.startswith("https://")):
        return Finding(f"{url} answers")
    return Finding(f"{url} is not ready", "see ./plaza logs")


def _nearest_existing(path: Path) -> Path:
    """The path itself, or its nearest existing parent."""
    return next(candidate for candidate in (path, *path.parents) if candidate.exists())
