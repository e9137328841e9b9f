"""Only state/core uses Reflex's internals; all other code uses `reflex as rx` and the names of state/core."""

import ast
import re
from pathlib import Path

import pytest

from platform_app.infra.settings import ROOT
from tests.architecture.test_rules import SOURCE_FILES

LIBRARIES = ("reflex", "engineio", "socketio")  # and every package whose name begins with reflex_
CORE = ROOT / "state" / "core"
OUTSIDE = [path for path in SOURCE_FILES if CORE not in path.parents]
USERS = [path for path in OUTSIDE if re.search(r"\breflex\b|\brx\.", path.read_text())]


@pytest.mark.parametrize("path", OUTSIDE, ids=lambda path: str(path.relative_to(ROOT)))
def test_reflex_is_imported_as_rx_only(path: Path) -> None:
    assert [name for name in imports(path) if is_library(name) and name != "reflex as rx"] == []


@pytest.mark.parametrize("path", USERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_private_attributes_belong_to_our_own_classes(path: Path) -> None:
    attributes = {node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}
    private = {name for name in attributes if re.match("_[^_]", name)}
    assert sorted(private - OWN_NAMES) == []


@pytest.mark.parametrize("path", sorted(CORE.glob("*.py")), ids=lambda path: path.stem)
def test_the_core_imports_no_state_and_no_page(path: Path) -> None:
    ours = [name for name in imports(path) if name.split(".")[0] in ("state", "pages", "workers", "tools")]
    assert [name for name in ours if not name.startswith("state.core")] == []


def imports(path: Path) -> list[str]:
    """The imports of a module: `package.module` or `package.module.name`, with ` as ` and the alias of a package."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [f"{each.name} as {each.asname}" if each.asname else each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [f"{node.module}.{each.name}" for each in node.names]
    return found


def is_library(name: str) -> bool:
    package = name.split(" ", maxsplit=1)[0].split(".", maxsplit=1)[0]
    return package in LIBRARIES or package.startswith("reflex_")


def defined_names(path: Path) -> set[str]:
    """The functions of a module, and the attributes and fields of its classes."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            names.add(node.attr)
    return names


OWN_NAMES = {name for path in OUTSIDE for name in defined_names(path)}
