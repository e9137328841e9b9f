"""Which tests `./plaza test` and `./plaza test --system` run, and what a second run decides."""

from pathlib import Path

import pytest

from platform_app.cli import checks
from tests import selection

FLAKY = """
from pathlib import Path
import pytest

RUNS = Path(__file__).with_name("runs")


def test_passes():
    RUNS.write_text(RUNS.read_text() + "x" if RUNS.exists() else "x")


@pytest.mark.parametrize("name", ["a b"])
def test_fails_once(name):
    marker = RUNS.with_name("failed")
    assert marker.exists() or marker.touch()


def test_fails():
    assert False
"""


@pytest.fixture
def tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with flaky tests."""
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -q -p no:cacheprovider\n")
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["tests.selection"]\n')
    (tmp_path / "test_some.py").write_text(FLAKY)
    monkeypatch.setenv("PYTHONPATH", str(checks.ROOT))
    monkeypatch.setattr(checks, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", selection.SYSTEM_TESTS)
def test_every_listed_system_test_exists(name: str) -> None:
    assert (selection.TESTS / name).exists()


def test_a_test_that_passes_on_its_second_run_is_reported_as_flaky(
    tests: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code = checks.run_system_tests(["-n0", "-k", "passes or once"])
    printed = capfd.readouterr().out
    assert (code, (tests / "runs").read_text()) == (0, "x")
    assert [line for line in printed.splitlines() if line.startswith("FLAKY")] == [
        "FLAKY test_some.py::test_fails_once[a b]: passed on the second run"
    ]


def test_a_test_that_fails_twice_fails_the_run(tests: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code = checks.run_system_tests(["-n2", "--dist", "loadfile"])
    printed = capfd.readouterr().out
    assert (code, (tests / "runs").read_text()) == (1, "x")
    assert [line for line in printed.splitlines() if line.startswith("FLAKY")] == [
        "FLAKY test_some.py::test_fails_once[a b]: passed on the second run",
        "FLAKY test_some.py::test_fails: failed on the second run, too",
    ]


def test_a_run_without_tests_fails_and_is_not_repeated(tests: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert checks.run_system_tests(["-n0", "-k", "nothing"]) == 5
    assert "FLAKY" not in capfd.readouterr().out


def test_files_that_share_servers_run_together_and_files_are_never_split() -> None:
    names = ("tests/deploy/test_csp.py::a", "tests/deploy/test_nginx.py::b[x::y]", "tests/infra/test_db.py::c")
    assert [selection._scope(name) for name in names] == ["deploy 0", "deploy 0", "tests/infra/test_db.py"]
    halves = {selection._scope(f"tests/e2e/{path.name}::a") for path in (selection.TESTS / "e2e").glob("test_*.py")}
    assert halves == {"e2e 0", "e2e 1"}
