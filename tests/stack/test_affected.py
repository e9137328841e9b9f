"""`./plaza test --affected` runs the tests that a change can break, and no others."""

import subprocess
from pathlib import Path

import pytest

from platform_app.cli import affected, checks
from platform_app.infra.settings import ROOT


def files(*changed: str) -> set[str]:
    return set(affected.affected_tests(ROOT, changed))


def folder(name: str) -> set[str]:
    return {str(path.relative_to(ROOT)) for path in (ROOT / "tests" / name).rglob("test_*.py")}


def git(checkout: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    subprocess.run(["git", *identity, *arguments], cwd=checkout, check=True, capture_output=True)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    for name in ("kept.py", "changed.py", "removed.py", "renamed.py"):
        (tmp_path / name).write_text(f"# {name} is long enough for git to take it for the same file elsewhere\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "all")
    return tmp_path


def test_changes_are_counted_from_the_fork_point_of_the_branch(checkout: Path) -> None:
    git(checkout, "switch", "--quiet", "--create", "topic")
    (checkout / "changed.py").write_text("1\n")
    git(checkout, "commit", "--quiet", "--all", "--message", "committed")
    (checkout / "removed.py").unlink()
    (checkout / "renamed.py").rename(checkout / "another.py")
    assert affected.changed_files(checkout) == ["another.py", "changed.py", "removed.py", "renamed.py"]


def test_on_main_changes_are_counted_from_the_last_commit(checkout: Path) -> None:
    assert affected.changed_files(checkout) == []
    (checkout / "changed.py").write_text("1\n")
    assert affected.changed_files(checkout) == ["changed.py"]


def test_without_changes_no_test_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(affected, "changed_files", lambda _: [])
    assert checks.find_affected_tests() == []
    assert capsys.readouterr().out.startswith("0 changed files can break 0 of ")


def test_tests_that_import_a_changed_module_indirectly_are_affected() -> None:
    found = files("platform_app/stack/processes.py")
    assert "tests/stack/test_processes.py" in found  # directly
    assert "tests/stack/test_postgres.py" in found  # through platform_app.stack.postgres
    found = files("tools/drill/write_log.py")
    assert "tests/drill/test_write_log.py" in found
    assert "tests/favourites/test_favourites.py" not in found


def test_a_changed_test_affects_itself_and_the_architecture_tests_only() -> None:
    assert files("tests/search/test_bench.py") == {"tests/search/test_bench.py"} | folder("architecture")


def test_a_conftest_affects_every_test_that_uses_it() -> None:
    assert files("tests/media/conftest.py") == folder("media") | folder("architecture")
    assert files("tests/conftest.py") >= folder("stock")


def test_the_tests_of_a_changed_folder_are_affected_whatever_they_import() -> None:
    assert folder("favourites") <= files("pages/favourites/__init__.py")
    assert folder("deploy") <= files("deploy/nginx/something.conf")
    assert folder("imports") <= files("tests/imports/data/shopify-apparel.csv")
    assert folder("stack") <= files("platform_app/cli/users.py")
    assert files("README.md") == folder("architecture")


def test_a_removed_module_affects_the_tests_of_its_folder() -> None:
    assert folder("stock") <= files("platform_app/domain/stock/never_existed.py")
