"""A copy of the project in its own folder, run by `./plaza dev`, so that edits do not touch the original."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from platform_app.cli.errors import CommandError
from platform_app.infra.settings import ROOT
from platform_app.stack import frontend, processes

FOLDERS = ("pages", "state", "workers", "platform_app", "assets", "reflex.lock")
FILES = ("rxconfig.py", "requirements.txt")
COMPILED = ("build", "node_modules", ".react-router")  # of .web: left out or linked
POLL_SECONDS = 0.02


@dataclass(frozen=True)
class DevServer:
    """A running `./plaza dev`: the sources to edit, its URL, and its terminal output."""

    project: Path
    url: str
    output: Path

    def text(self, path: str) -> str:
        """The response at this path."""
        return httpx.get(f"{self.url}{path}", timeout=60).text

    def replace(self, path: str, old: str, new: str) -> None:
        """Edit one file of the sources."""
        file = self.project / path
        before = file.read_text()
        if old not in before:
            raise CommandError(f"{path} does not contain {old!r}.")
        file.write_text(before.replace(old, new))

    def printed(self) -> str:
        """The output so far."""
        return self.output.read_text(errors="replace")


@contextmanager
def run_dev(folder: Path, *, env: Mapping[str, str], seconds: float) -> Iterator[DevServer]:
    """Run `./plaza dev` on a copy of the project in `folder`, from when it is ready until the block ends."""
    project, output = folder / "project", folder / "output"
    copy_project(project)
    port = processes.free_port()
    server = DevServer(project, f"http://{processes.HOST}:{port}", output)
    command = [sys.executable, "-m", "platform_app", "dev", "--no-demo", "--port", str(port)]
    process = processes.spawn(
        [*command, "--data", folder / "data"], log=output, env={**env, "PYTHONPATH": str(project)}, cwd=project
    )
    try:
        _wait_until_ready(server, process, seconds)
        yield server
    finally:
        processes.stop(process, seconds=60)


def copy_project(target: Path) -> None:
    """Copy the files of a running Plaza; npm's packages are linked, or downloaded if missing."""
    for name in FOLDERS:
        shutil.copytree(ROOT / name, target / name)
    for name in FILES:
        shutil.copy2(ROOT / name, target)
    if not frontend.WEB.exists():
        return
    web = target / frontend.WEB.name
    shutil.copytree(frontend.WEB, web, ignore=shutil.ignore_patterns(*COMPILED), symlinks=True)
    modules = frontend.WEB / "node_modules"
    # Vite writes its cache in place, so it must not be linked.
    shutil.copytree(
        modules, web / "node_modules", copy_function=_link, symlinks=True, ignore=shutil.ignore_patterns(".vite*")
    )


def wait_until(condition: Callable[[], bool], *, seconds: float, what: str) -> float:
    """Seconds until the condition holds; CommandError after the timeout."""
    started = time.perf_counter()
    while not condition():
        if time.perf_counter() - started > seconds:
            raise CommandError(f"{what} did not happen within {seconds:.0f} s.")
        time.sleep(POLL_SECONDS)
    return time.perf_counter() - started


def _wait_until_ready(server: DevServer, process: subprocess.Popen[bytes], seconds: float) -> None:
    def is_ready() -> bool:
        if process.poll() is not None:
            raise CommandError(f"./plaza dev ended:\n{server.printed()[-2000:]}")
        return f"Plaza runs on {server.url}" in server.printed()

    wait_until(is_ready, seconds=seconds, what="The start of ./plaza dev")


def _link(source: str, target: str) -> None:
    """Create a hard link; a copy if the folders are on different disks."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
