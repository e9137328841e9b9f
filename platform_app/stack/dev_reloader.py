"""The process behind `./plaza dev` that watches the sources and replaces the running version.

It holds the libraries in memory. Each version is a fork of it that only imports our modules. If a version fails to
start, the last working one keeps running. Changes of `platform_app/stack/` itself need a restart of `./plaza dev`.
"""

import importlib
import json
import os
import select
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from platform_app.stack import datadir, dev_generation, dev_watch, logview
from platform_app.stack.dev_generation import Plan
from platform_app.stack.supervisor import Stopped

POLL_SECONDS = 0.15
PORT_FILE = Path("run") / "dev-backend"  # below the data directory: the port of the newest version that started


@dataclass(frozen=True)
class Version:
    """A generation that is starting or running, and the pipe for its report."""

    pid: int
    report: int


class Reloader:
    """Watches the sources, forks versions, and prints problems to the terminal."""

    def __init__(self, data: Path, api_url: str) -> None:
        self.data = data
        self.api_url = api_url
        self.snapshot = dev_watch.take_snapshot()
        self.current: Version | None = None
        self.pending: list[str] = []  # changes since the last version that started
        self.offsets = {path: path.stat().st_size for path in self._logs()}

    def run(self) -> None:
        """Start the first version, and a new one after every change, until `Stopped`."""
        libraries = self._replace([])
        while True:
            _import_all(libraries)  # after the first success, then only if there are new ones
            libraries = self._replace(self._next_change())

    def stop(self) -> None:
        """Stop the running version."""
        if self.current:
            _signal(self.current, signal.SIGTERM)
            with suppress(ChildProcessError):
                os.waitpid(self.current.pid, 0)

    def _replace(self, changed: Sequence[str]) -> Sequence[str]:
        """Start a new version and stop the former one; return its libraries, none if the start failed."""
        started = time.monotonic()
        self.pending += changed
        while True:
            if self.current:
                _signal(self.current, signal.SIGUSR1)
            version = self._fork(self.pending)
            report = self._await_report(version)
            newer = [] if report else self._changes()
            if not newer:
                break
            self.pending += newer
        if not report:
            goes_on = "The last working version keeps running." if self.current else "Plaza waits for a change."
            print(f"This version failed to start. {goes_on}", flush=True)
            return []
        self.pending = []
        datadir.write(self.data / PORT_FILE, str(report["port"]))
        before, self.current = self.current, version
        if before:
            _signal(before, signal.SIGTERM)
            print(f"reloaded in {time.monotonic() - started:.1f} s", flush=True)
        libraries: Sequence[str] = report["libraries"]
        return libraries

    def _fork(self, changed: Sequence[str]) -> Version:
        dev_watch.forget_bytecode(changed)
        marker = Plan(self.data, self.api_url, compile=False, migrate=False).compiled_marker
        plan = Plan(
            data=self.data,
            api_url=self.api_url,
            compile=dev_watch.changes_pages(changed) or not marker.exists(),
            migrate=dev_watch.changes_schema(changed),
        )
        read_end, write_end = os.pipe()
        pid = dev_generation.fork(lambda: dev_generation.run(plan, write_end), log=None)
        os.close(write_end)
        return Version(pid, read_end)

    def _await_report(self, version: Version) -> dict[str, Any]:
        """The report of a starting version; empty if it ends, or if the sources change before it has started."""
        received = b""
        try:
            while not received.endswith(b"\n"):
                if select.select([version.report], [], [], POLL_SECONDS)[0]:
                    chunk = os.read(version.report, 1 << 20)
                    if not chunk:
                        os.waitpid(version.pid, 0)
                        return {}
                    received += chunk
                elif self._has_changed():
                    _signal(version, signal.SIGTERM)
                    os.waitpid(version.pid, 0)
                    return {}
        finally:
            os.close(version.report)
        return dict(json.loads(received))

    def _next_change(self) -> list[str]:
        """Wait for a change and until no more follow; without a change, return when the running version ends."""
        while not self._has_changed():
            self._show_problems()
            with suppress(ChildProcessError):
                ended, _ = os.waitpid(-1, os.WNOHANG)
                if self.current and ended == self.current.pid:
                    self.current = None
                    return []
            time.sleep(POLL_SECONDS)
        before = dev_watch.take_snapshot()
        while True:
            time.sleep(POLL_SECONDS / 2)
            now = dev_watch.take_snapshot()
            if now == before:
                return self._changes()
            before = now

    def _has_changed(self) -> bool:
        return dev_watch.take_snapshot() != self.snapshot

    def _changes(self) -> list[str]:
        """The files that changed since the last call."""
        before, self.snapshot = self.snapshot, dev_watch.take_snapshot()
        changed = dev_watch.changed_paths(before, self.snapshot)
        if changed:
            others = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
            print(f"\n{time.strftime('%H:%M:%S')} {changed[0]}{others} changed", flush=True)
        return changed

    def _logs(self) -> list[Path]:
        names = ("web", "worker", "clock")
        return [path for name in names for path in logview.log_files(self.data / "logs", name)]

    def _show_problems(self) -> None:
        """Print the warnings and errors that the tiers have logged since the last call."""
        for path in self._logs():
            lines, self.offsets[path] = logview.lines_from(path, self.offsets.get(path, 0))
            for problem in filter(None, (logview.format_problem(path.stem, line) for line in lines)):
                print(problem, flush=True)


def _import_all(names: Sequence[str]) -> None:
    """Import the libraries of a version here, for the following versions."""
    for name in names:
        if name not in sys.modules and not name.startswith("__"):
            with suppress(ImportError):  # some modules have no file of their own
                importlib.import_module(name)


def _signal(version: Version, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(version.pid, number)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise Stopped


def main(arguments: list[str]) -> None:
    """Run as a process. Arguments: the data directory, and the URL for browsers."""
    data, api_url = arguments
    reloader = Reloader(Path(data), api_url)
    signal.signal(signal.SIGTERM, _stop)
    try:
        reloader.run()
    except Stopped:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        reloader.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
