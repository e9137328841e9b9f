"""The skeleton of a noun, written into a copy of the project: it passes the checks and its own tests unchanged."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from platform_app.infra.settings import ROOT

CHANGED = {"workers/subscriptions.py"}
EXPECTED = {
    *(
        f"platform_app/domain/reviews/{name}.py"
        for name in ("__init__", "errors", "events", "models", "queries", "rules", "schemas", "service", "tags")
    ),
    *(
        f"tests/reviews/{name}.py"
        for name in ("__init__", "factories", "isolation", "test_jobs", "test_rest", "test_service", "test_state")
    ),
    "platform_app/rest/reviews.py",
    "state/reviews.py",
    "pages/reviews/__init__.py",
    "pages/reviews/reviews.py",
    "workers/reviews.py",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project under version control, with the existing findings of its checks."""
    folder = tmp_path_factory.mktemp("project") / "plaza"
    for name in subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines():
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    if (ROOT / ".mypy_cache").exists():
        shutil.copytree(ROOT / ".mypy_cache", folder / ".mypy_cache")
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    done = plaza(folder, "new", "noun", "reviews")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def git(folder: Path, *arguments: str) -> str:
    return subprocess.check_output(["git", *arguments], cwd=folder, text=True)


def plaza(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(folder)}
    command = [sys.executable, "-P", "-m", "platform_app", *arguments]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def test_the_command_writes_its_own_files_and_a_line_in_one_table(project: Path) -> None:
    written = set(git(project, "ls-files", "--others", "--exclude-standard").split())
    (migration,) = written - EXPECTED
    assert written - {migration} == EXPECTED
    assert migration.startswith("platform_app/migrations/versions/")
    assert migration.endswith("-reviews.py")
    assert set(git(project, "diff", "--name-only").split()) == CHANGED


def test_the_skeleton_passes_the_checks(project: Path) -> None:
    checked = plaza(project, "check")
    assert checked.returncode == 0, checked.stdout


def test_the_skeleton_passes_its_own_tests_and_those_of_isolation_events_and_deployment(project: Path) -> None:
    git(project, "add", "--all")
    architecture = [f"architecture/test_{name}.py" for name in ("events", "registry", "rules")]
    tested = plaza(project, "test", "reviews", "isolation", *architecture)
    assert tested.returncode == 0, tested.stdout
