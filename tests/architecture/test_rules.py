"""The architecture rules, enforced by tests."""

import ast
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import ForeignKeyConstraint, Table, UniqueConstraint
from sqlmodel import SQLModel

from platform_app.domain.nouns import load_models
from platform_app.infra.settings import ROOT

load_models()
MODELS = sorted((mapper.class_ for mapper in SQLModel._sa_registry.mappers), key=lambda model: model.__name__)
TRACKED_FILES = [
    ROOT / name
    for name in subprocess.check_output(["git", "ls-files", "*.py"], cwd=ROOT, text=True).split("\n")
    if name
]
SOURCE_FILES = [
    path for path in TRACKED_FILES if path.exists() and "tests" not in path.parts and "versions" not in path.parts
]


def table(model: type[SQLModel]) -> Table:
    return SQLModel.metadata.tables[str(model.__tablename__)]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_table_declares_where_its_rows_live(model: type[SQLModel]) -> None:
    assert model.__distribution__.kind in ("distributed", "reference", "local")


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_the_owner_is_the_first_column_of_every_key(model: type[SQLModel]) -> None:
    owner = model.__distribution__.column
    if owner is None:
        return
    keys = [table(model).primary_key] + [one for one in table(model).constraints if isinstance(one, UniqueConstraint)]
    assert [next(iter(key.columns)).name for key in keys] == [owner] * len(keys)
    for key in table(model).constraints:
        if isinstance(key, ForeignKeyConstraint):
            target = key.elements[0].column.table
            distribution = next(other.__distribution__ for other in MODELS if table(other) is target)
            assert distribution.kind == "reference" or key.column_keys[0] == owner


@pytest.mark.parametrize("path", SOURCE_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_and_functions_stay_short(path: Path) -> None:
    text = path.read_text()
    limit = 200 if "pages" in path.relative_to(ROOT).parts[:1] else 400
    assert len(text.splitlines()) <= limit
    lengths = {
        node.name: (node.end_lineno or 0) - node.lineno + 1
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: length for name, length in lengths.items() if length > 50} == {}


def test_only_the_session_modules_commit() -> None:
    committing = [path.relative_to(ROOT).as_posix() for path in SOURCE_FILES if ".commit()" in path.read_text()]
    assert committing == ["platform_app/infra/db.py", "platform_app/infra/migrate.py"]


WRITERS = {
    "require_writer",
    "require_writing_membership",
}  # of state.core.identity: both count against the user's write limit


def test_a_state_that_writes_requires_the_writer() -> None:
    functions = [
        (path, node)
        for path in SOURCE_FILES
        if path.relative_to(ROOT).parts[0] == "state"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    writing = [(path, node) for path, node in functions if "write" in called_on(node, "db")]
    assert len(writing) >= 8
    assert [
        f"{path.relative_to(ROOT)}: {node.name}" for path, node in writing if not WRITERS & called_on(node, "identity")
    ] == []


def called_on(function: ast.AST, module: str) -> set[str]:
    """The names that this function calls on a module."""
    calls = (node.func for node in ast.walk(function) if isinstance(node, ast.Call))
    return {
        call.attr
        for call in calls
        if isinstance(call, ast.Attribute) and isinstance(call.value, ast.Name) and call.value.id == module
    }


@pytest.mark.parametrize("name", ["rx.Cookie", "rx.upload", "rx.UploadFile"])
def test_the_client_needs_nothing_that_its_build_leaves_out(name: str) -> None:
    """`state/core/build.py` takes cookies and uploads out of the client's runtime."""
    assert [path.name for path in SOURCE_FILES if name in path.read_text()] == []
