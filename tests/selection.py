"""Which tests are system tests, share servers and start first, and the list of those that failed."""

from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

TESTS = Path(__file__).parent
# Tests of whole servers: start, end, failure, the production topology, and the benchmarks that start servers. They run in
# `./plaza test --system`, all others in `./plaza test`.
SYSTEM_TESTS = (
    "activity/test_kill.py",
    "deploy",
    "drill",
    "e2e/test_freshness.py",
    "e2e/test_processes.py",
    "e2e/test_scale.py",
    "imports/test_kill.py",
    "imports/test_kill_browser.py",
    "infra/test_failover.py",
    "media/test_kill.py",
    "search/test_bench.py",
    "stack",
)
# The files of these directories share expensive servers: each directory runs in at most so many processes.
SHARED_SERVERS = {"deploy": 1, "e2e": 2}
# The longest tests start first, so that no process is left with them at the end. The first half of the browser's tests
# compiles the pages, and the second half starts when they are compiled.
STARTS_FIRST = ("e2e 0", "deploy", "imports", "e2e 1", "infra", "media", "stack")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--failures`."""
    parser.addoption("--failures", type=Path, metavar="FILE", help="Write the ids of the tests that fail, one a line.")


def pytest_configure(config: pytest.Config) -> None:
    """Register the list of failures in the process that receives all reports."""
    file = config.getoption("--failures")
    if file and not hasattr(config, "workerinput"):
        config.pluginmanager.register(FailureList(file))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the system tests, and sort the longest first."""
    for item in items:
        if is_system_test(item.path):
            item.add_marker(pytest.mark.system)
    items.sort(key=lambda item: _start_rank(item.nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Keep each file, and all files that share servers, in one process."""
    config.option.loadscopereorder = False
    return ServerScheduling(config, log)


def is_system_test(path: Path) -> bool:
    """Whether `./plaza test` leaves out a test file."""
    return any(path.is_relative_to(TESTS / name) for name in SYSTEM_TESTS)


class ServerScheduling(LoadScopeScheduling):
    """Gives each process whole files, and all files that share servers to the same process."""

    def _split_scope(self, nodeid: str) -> str:
        return _scope(nodeid)


class FailureList:
    """The ids of the failed tests, written to a file when the run ends."""

    def __init__(self, file: Path) -> None:
        """Start without failures."""
        self._file = file
        self._ids: dict[str, None] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Record a test whose body, setup or teardown failed."""
        if report.failed:
            self._ids[report.nodeid] = None

    def pytest_sessionfinish(self) -> None:
        """Write the list."""
        self._file.write_text("".join(f"{test}\n" for test in self._ids))


def _scope(nodeid: str) -> str:
    """What stays in one process: `e2e 0` is the first half of a directory with shared servers; otherwise it is the file."""
    file = Path(nodeid.partition("::")[0])
    count = SHARED_SERVERS.get(file.parent.name)
    if not count:
        return file.as_posix()
    files = sorted(path.name for path in (TESTS / file.parent.name).glob("test_*.py"))
    return f"{file.parent.name} {files.index(file.name) % count}"


def _start_rank(nodeid: str) -> int:
    scope = _scope(nodeid).removeprefix("tests/")
    return next((rank for rank, first in enumerate(STARTS_FIRST) if scope.startswith(first)), len(STARTS_FIRST))
