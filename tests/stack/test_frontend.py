"""A build is redone exactly when its sources have changed, and never taken half-made."""

from pathlib import Path

import pytest

from platform_app.stack import frontend
from platform_app.stack.errors import StackError


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that looks as if it had just been built."""
    root = tmp_path / "my project"
    monkeypatch.setattr(frontend, "ROOT", root)
    for name, path in {"WEB": ".web", "INDEX": ".web/index.html", "BUILD_MARKER": ".web/built"}.items():
        monkeypatch.setattr(frontend, name, root / path)
    monkeypatch.setattr(frontend, "DOWNLOADED_ASSETS", root / "assets" / "external")
    for path in (
        "pages/catalog/home.py",
        "pages/__pycache__/home.pyc",
        "assets/external/x.css",
        "platform_app/domain/a/schemas.py",
    ):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("first")
    (root / "rxconfig.py").write_text("raise SystemExit('this configuration is broken')")
    (root / ".web").mkdir()
    frontend.INDEX.write_text("<html>")
    frontend.BUILD_MARKER.write_text(frontend._digest(frontend.SOURCES) + frontend._digest(frontend.LOCK_FILES))
    return root


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("pages/catalog/home.py", False),
        ("pages/shops/new.py", False),
        ("platform_app/domain/a/schemas.py", False),
        ("reflex.lock/package.json", False),
        ("platform_app/domain/a/service.py", True),
        ("pages/__pycache__/home.pyc", True),
        ("assets/external/x.css", True),
    ],
)
def test_what_it_is_made_of_decides_whether_a_build_is_current(project: Path, path: str, current: bool) -> None:
    assert frontend.is_current()
    (project / path).parent.mkdir(parents=True, exist_ok=True)
    (project / path).write_text("changed")
    assert frontend.is_current() is current


def test_a_renamed_and_a_deleted_source_count_as_changes(project: Path) -> None:
    (project / "pages" / "catalog/home.py").rename(project / "pages" / "house.py")
    assert not frontend.is_current()
    (project / "pages" / "house.py").unlink()
    assert not frontend.is_current()


def test_a_current_build_is_not_repeated(project: Path) -> None:
    assert frontend.build(if_changed=True) is False
    assert frontend.INDEX.read_text() == "<html>"


def test_a_build_that_fails_is_not_taken_for_done(project: Path) -> None:
    with pytest.raises(StackError, match="could not be compiled"):
        frontend.build(if_changed=False)
    assert not frontend.is_current()
    assert frontend.INDEX.exists()
