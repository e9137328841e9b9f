"""States set only variables that they have: mypy cannot check the keywords of set_if_changed and _set_values."""

import ast
import importlib
import inspect
from pathlib import Path

import pytest
from reflex.state import State

from platform_app.infra.settings import ROOT

SETTERS = ("self._set_values", "set_if_changed")
MODULES = sorted((ROOT / "state").glob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_state_sets_only_its_own_variables(path: Path) -> None:
    module = importlib.import_module(f"state.{path.stem}")
    classes = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.ClassDef)]
    unknown = {
        node.name: names
        for node in classes
        if inspect.isclass(cls := getattr(module, node.name)) and issubclass(cls, State)
        if (names := set_names(node) - variables(cls))
    }
    assert unknown == {}


def test_set_names_and_variables_are_found() -> None:
    source = (
        "class S:\n def f(self):\n  set_if_changed(self, a=1)\n  self._set_values(b=2)\n  set_if_changed(other, c=3)"
    )
    assert set_names(ast.parse(source)) == {"a", "b"}
    assert sum(len(set_names(ast.parse(path.read_text()))) for path in MODULES) > 60


def set_names(tree: ast.AST) -> set[str]:
    """The names that a class sets on itself by keyword."""
    return {
        keyword.arg
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in SETTERS
        if ast.unparse(node.func) != "set_if_changed" or ast.unparse(node.args[0]) == "self"
        for keyword in node.keywords
        if keyword.arg
    }


def variables(cls: type[State]) -> set[str]:
    return {*cls.get_fields(), *(name for each in cls.__mro__ for name in getattr(each, "__annotations__", {}))}
