"""Which files of the project have changed, and what has to be done."""

import importlib.util
import os
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from platform_app.infra.settings import ROOT
from platform_app.stack import frontend

FOLDERS = ("pages", "state", "workers", "platform_app", "assets")
IGNORED_FOLDERS = frozenset({"__pycache__", "external", "pictures"})  # downloaded fonts; pictures of the demo
IGNORED_ENDINGS = ("~", ".swp", ".tmp")
CONFIGURATION = "rxconfig.py"
_MIGRATION = re.compile(r"platform_app/migrations/versions/.+\.py")
Snapshot = Mapping[str, tuple[int, int]]


def take_snapshot() -> Snapshot:
    """Modification time and size of every source file of a running Plaza, by its path in the project."""
    status = (ROOT / CONFIGURATION).stat()
    found = {CONFIGURATION: (status.st_mtime_ns, status.st_size)}
    for folder in FOLDERS:
        _add_files(found, f"{ROOT}/{folder}", len(f"{ROOT}/"))
    return found


def changed_paths(before: Snapshot, after: Snapshot) -> list[str]:
    """The files that were written, added or removed in between."""
    return sorted(path for path in {*before, *after} if before.get(path) != after.get(path))


def changes_pages(paths: Iterable[str]) -> bool:
    """Whether these changes can affect the compiled pages."""
    return any(frontend.is_source(path) for path in paths)


def changes_schema(paths: Iterable[str]) -> bool:
    """Whether there may be a new migration."""
    return any(_MIGRATION.fullmatch(path) for path in paths)


def forget_bytecode(paths: Iterable[str]) -> None:
    """Remove the compiled modules of these files.

    Python compares modification times in seconds, so it can miss a second edit within the same second.
    """
    for path in paths:
        if path.endswith(".py"):
            Path(importlib.util.cache_from_source(str(ROOT / path))).unlink(missing_ok=True)


def _add_files(found: dict[str, tuple[int, int]], folder: str, prefix: int) -> None:
    """Add a folder's files; it runs seven times a second, so it makes only one system call per file."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name in IGNORED_FOLDERS or entry.name.startswith(".") or entry.name.endswith(IGNORED_ENDINGS):
                continue
            with suppress(FileNotFoundError):  # an editor's temporary file
                if entry.is_dir():
                    _add_files(found, entry.path, prefix)
                else:
                    status = entry.stat()
                    found[entry.path[prefix:]] = (status.st_mtime_ns, status.st_size)
