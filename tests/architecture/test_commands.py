"""Commands that a page, state or route calls take a user or a proof; others belong to jobs and operators."""

import ast
import importlib
import inspect
from collections.abc import Iterator

from platform_app.infra.settings import ROOT
from tests.architecture.test_rules import SOURCE_FILES

SURFACES = ("state/", "pages/", "platform_app/rest/", "platform_app/html/")
PROOFS = {"user_id", "token", "digest", "password"}  # a command with one of these parameters checks who calls it
FOR_ANYONE = {
    "platform_app.domain.accounts.service.passwords.request_reset",  # the mail is the proof
    "platform_app.domain.accounts.service.sign_up.request_again",  # likewise
    "platform_app.domain.search.service.log_zero_results",  # counts words
}


def commands(path: str, tree: ast.AST) -> Iterator[tuple[str, str, set[str]]]:
    """The service functions that a module uses: the module's path, the function's name, its parameters."""
    aliases = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("platform_app.domain")
        for alias in node.names
        if "service" in f"{node.module}.{alias.name}".split(".")
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in aliases:
            name = f"{aliases[node.value.id]}.{node.attr}"
        elif isinstance(node, ast.Name) and node.id in aliases:
            name = aliases[node.id]
        else:
            continue
        module, _, attribute = name.rpartition(".")
        function = getattr(importlib.import_module(module), attribute)
        if inspect.isfunction(function):
            yield path, name, set(inspect.signature(function).parameters)


def test_every_command_that_a_surface_calls_takes_a_user_or_a_proof() -> None:
    paths = {path.relative_to(ROOT).as_posix(): path for path in SOURCE_FILES}
    called = [
        command
        for name, path in paths.items()
        if name.startswith(SURFACES)
        for command in commands(name, ast.parse(path.read_text()))
    ]
    assert len({name for _, name, _ in called}) >= 50
    unchecked = {(path, name) for path, name, parameters in called if not parameters & PROOFS}
    assert {(path, name) for path, name in unchecked if name not in FOR_ANYONE} == set()
    assert {name for _, name in unchecked} == FOR_ANYONE
