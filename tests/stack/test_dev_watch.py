"""Which files of the project have changed, and what must be done about it."""

import importlib.util
from pathlib import Path

import pytest

from platform_app.stack import dev_watch, frontend


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(dev_watch, "ROOT", tmp_path)
    for name in dev_watch.FOLDERS:
        (tmp_path / name / "__pycache__").mkdir(parents=True)
        (tmp_path / name / "one.py").write_text("first")
    (tmp_path / "rxconfig.py").write_text("first")
    return tmp_path


def test_written_added_and_removed_files_count_as_changed(project: Path) -> None:
    before = dev_watch.take_snapshot()
    assert dev_watch.changed_paths(before, dev_watch.take_snapshot()) == []
    (project / "pages" / "one.py").write_text("second")
    (project / "workers" / "two.py").write_text("")
    (project / "state" / "one.py").unlink()
    (project / "rxconfig.py").write_text("another")
    for ignored in ("pages/__pycache__/one.pyc", "pages/.one.py.swp", "pages/one.py~"):
        (project / ignored).write_text("")
    changed = ["pages/one.py", "rxconfig.py", "state/one.py", "workers/two.py"]
    assert dev_watch.changed_paths(before, dev_watch.take_snapshot()) == changed


def test_an_edit_of_the_same_size_in_the_same_second_is_noticed(project: Path) -> None:
    compiled = Path(importlib.util.cache_from_source(str(project / "pages" / "one.py")))
    other = Path(importlib.util.cache_from_source(str(project / "state" / "one.py")))
    for path in (compiled, other):
        path.write_text("bytecode")
    dev_watch.forget_bytecode(["pages/one.py", "assets/plaza.css", "pages/gone.py"])
    assert not compiled.exists()
    assert other.exists()


@pytest.mark.parametrize(
    ("path", "pages", "schema"),
    [
        ("pages/catalog/home.py", True, False),
        ("state/catalog.py", True, False),
        ("assets/plaza.css", True, False),
        ("rxconfig.py", True, False),
        ("platform_app/domain/catalog/rules.py", True, False),
        ("platform_app/domain/shops/rules/profile_fields.py", True, False),
        ("platform_app/domain/catalog/service.py", False, False),
        ("platform_app/domain/editing/service/bulk.py", False, False),
        ("platform_app/rest/catalog.py", False, False),
        ("workers/mail.py", False, False),
        ("platform_app/migrations/versions/2099_01_01_0000-more.py", False, True),
        ("platform_app/migrations/env.py", False, False),
    ],
)
def test_a_change_compiles_pages_and_migrates_only_when_needed(path: str, pages: bool, schema: bool) -> None:
    assert dev_watch.changes_pages([path]) is pages
    assert dev_watch.changes_schema([path]) is schema


def test_every_source_of_a_build_is_recognised_by_its_path() -> None:
    sources = frontend.list_sources()
    assert len(sources) > 100
    assert [path for path in sources if not frontend.is_source(str(path.relative_to(frontend.ROOT)))] == []
