"""A build is repeated exactly when its sources have changed, and an incomplete one is never used."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from platform_app.infra.settings import ROOT, Environment
from platform_app.stack import frontend
from platform_app.stack.errors import StackError


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that looks as if it was just built."""
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
    frontend.BUILD_MARKER.write_text(frontend._source_digest() + frontend._lock_digest())
    return root


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("pages/catalog/home.py", False),
        ("pages/shops/new.py", False),
        ("platform_app/domain/a/schemas.py", False),
        ("reflex.lock/package.json", False),
        ("platform_app/domain/a/rules.py", False),
        ("platform_app/domain/a/rules/profile.py", False),
        ("platform_app/domain/a/errors.py", False),
        ("platform_app/domain/shared/money.py", False),
        ("requirements.txt", False),
        ("platform_app/domain/a/service.py", True),
        ("platform_app/domain/a/service/opening.py", True),
        ("platform_app/domain/a/queries.py", True),
        ("platform_app/rest/a.py", True),
        ("pages/__pycache__/home.pyc", True),
        ("assets/external/x.css", True),
    ],
)
def test_a_build_is_outdated_when_one_of_its_sources_changes(project: Path, path: str, current: bool) -> None:
    assert frontend.is_current()
    (project / path).parent.mkdir(parents=True, exist_ok=True)
    (project / path).write_text("changed")
    assert frontend.is_current() is current


def test_a_renamed_or_deleted_source_counts_as_a_change(project: Path) -> None:
    (project / "pages" / "catalog/home.py").rename(project / "pages" / "house.py")
    assert not frontend.is_current()
    (project / "pages" / "house.py").unlink()
    assert not frontend.is_current()


def test_a_current_build_is_not_repeated(project: Path) -> None:
    assert frontend.build(if_changed=True) is False
    assert frontend.INDEX.read_text() == "<html>"


def test_a_failed_build_is_not_current(project: Path) -> None:
    with pytest.raises(StackError, match="could not be compiled"):
        frontend.build(if_changed=False)
    assert not frontend.is_current()
    assert frontend.INDEX.exists()


def test_a_development_build_is_outdated_in_production(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    production = frontend.settings().model_copy(update={"env": Environment.PRODUCTION})
    monkeypatch.setattr(frontend, "settings", lambda: production)
    assert not frontend.is_current()


def test_the_digest_covers_every_imported_module_except_server_only_ones() -> None:
    script = "import sys, pages.routes; print(*(each.__file__ for each in list(sys.modules.values()) if getattr(each, '__file__', None)), sep='\\n')"
    output = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    imported = {Path(line) for line in output.splitlines() if Path(line).is_relative_to(ROOT)}
    ours = {path.relative_to(ROOT) for path in imported if not path.is_relative_to(Path(sys.prefix))}
    covered = {path.relative_to(ROOT) for path in frontend.list_sources()}
    assert len(ours & covered) > 100
    assert {path for path in ours - covered if path.name != "__init__.py" and not is_server_only(path)} == set()


def test_pages_and_states_use_server_only_modules_inside_functions() -> None:
    paths = [*(ROOT / "pages").rglob("*.py"), *(ROOT / "state").glob("*.py")]
    assert len(paths) > 80
    assert {
        path.relative_to(ROOT): names
        for path in paths
        if (names := server_only_names_outside_functions(ast.parse(path.read_text())))
    } == {}


def is_server_only(path: Path) -> bool:
    return path.parts[:2] == ("platform_app", "infra") or not frontend.SERVER_ONLY.isdisjoint(
        path.with_suffix("").parts
    )


def server_only_names_outside_functions(tree: ast.Module) -> set[str]:
    imported = {
        each.asname or each.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for each in node.names
        if is_server_only(Path(*node.module.split("."), each.name))
    }
    return imported & set(names_outside_functions(tree))


def names_outside_functions(node: ast.AST) -> Iterator[str]:
    """The names that importing a module evaluates, except for annotations."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns") or (name == "body" and isinstance(node, FUNCTIONS)):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Load):
                yield child.id
            elif isinstance(child, ast.AST):
                yield from names_outside_functions(child)


FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
