"""Every internal name of Reflex that state/core uses exists, and one that an upgrade moves is reported."""

import ast
import re
from pathlib import Path
from types import ModuleType

import pytest
import reflex_base
from reflex.app import App
from reflex.istate.manager.redis import StateManagerRedis
from reflex.state import BaseState
from reflex_base.compiler.templates import vite_config_template
from reflex_base.event.processor import BaseStateEventProcessor

from state.core import (
    browser,
    build,
    compiling,
    error_responses,
    hooks,
    intake,
    live_updates,
    router,
    runtime,
    sockets,
    state_manager,
    wire_format,
)
from state.core.error_responses import ErrorMessages
from state.core.hooks import Hook, MissingHookError

MODULES: tuple[ModuleType, ...] = (
    browser,
    build,
    compiling,
    error_responses,
    intake,
    live_updates,
    router,
    runtime,
    sockets,
    state_manager,
    wire_format,
)
HOOKS = [hook for module in MODULES for hook in module.HOOKS]
CORE = Path(hooks.__file__).parent
REFLEX_NAMES = {name for cls in (App, BaseStateEventProcessor, StateManagerRedis, BaseState) for name in dir(cls)}
RUNTIME = (Path(reflex_base.__file__).parent / ".templates" / "web" / "utils" / "state.js").read_text()


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook.name)
def test_every_hook_finds_what_it_needs(hook: Hook) -> None:
    assert hooks.find_problems(hook) == []
    assert hook.reason


@pytest.mark.parametrize("path", sorted(CORE.glob("*.py")), ids=lambda path: path.stem)
def test_every_private_name_that_a_module_uses_is_in_its_hooks(path: Path) -> None:
    tree = ast.parse(path.read_text())
    listed = next(
        (
            " ".join(f"{hook.name} {' '.join(hook.source)}" for hook in module.HOOKS)
            for module in MODULES
            if module.__file__ and Path(module.__file__) == path
        ),
        "",
    )
    assert [name for name in sorted(foreign_private_names(tree)) if name not in listed] == []


@pytest.mark.parametrize(
    ("hook", "problem"),
    [
        (Hook("reflex.app:App.gone", "why"), "it is gone"),
        (Hook("reflex.gone:App", "why"), "it is gone"),
        (Hook("reflex_base/gone.js", "why"), "the file is gone"),
        (Hook("no_such_package/gone.js", "why"), "the file is gone"),
        (Hook("reflex.app:EventNamespace.on_ping", "why", parameters=("sid", "data")), "it takes"),
        (Hook("reflex.app:EventNamespace.on_ping", "why", source=("no such text",)), "does not contain 'no such text'"),
        (Hook("reflex_base/.templates/web/utils/state.js", "why", source=("no such text",)), "does not contain"),
    ],
    ids=lambda value: value.name if isinstance(value, Hook) else "",
)
def test_a_moved_hook_is_reported_with_the_reason(hook: Hook, problem: str) -> None:
    with pytest.raises(MissingHookError) as error:
        hooks.verify([*runtime.HOOKS, hook])
    assert hook.name in str(error.value)
    assert problem in str(error.value)
    assert "why" in str(error.value)


def test_an_app_does_not_start_without_a_hook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "HOOKS", (Hook("reflex.app:EventNamespace.on_gone", "sockets are counted"),))
    with pytest.raises(MissingHookError, match=r"EventNamespace\.on_gone: it is gone \(sockets are counted\)"):
        runtime.PlazaApp(messages=ErrorMessages(message=lambda _: {}, incident=lambda _: {}))


def test_patching_the_client_runtime_twice_changes_nothing() -> None:
    patched = build.patch_runtime(RUNTIME)
    assert [text for text in build.RUNTIME_PATCHES.values() if text not in patched] == []
    assert build.patch_runtime(patched) == patched


@pytest.mark.parametrize("text", build.RUNTIME_PATCHES)
def test_a_build_stops_when_the_client_runtime_has_changed(text: str) -> None:
    with pytest.raises(MissingHookError) as error:
        build.patch_runtime(RUNTIME.replace(text, "something else"))
    assert repr(text) in str(error.value)


def test_the_bundler_configuration_gets_our_group_once() -> None:
    configuration = vite_config_template(
        base="/", hmr=True, force_full_reload=False, experimental_hmr=False, sourcemap=False, allowed_hosts=False
    )
    grouped = build.add_icon_group(configuration)
    assert grouped.count(build.ICON_GROUP) == 1
    assert build.add_icon_group(grouped) == grouped
    with pytest.raises(MissingHookError):
        build.add_icon_group(configuration.replace(build.CHUNK_GROUPS, ""))


def foreign_private_names(tree: ast.Module) -> set[str]:
    """The private names of libraries that this module reads, sets or overrides."""
    functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    attributes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    own = functions | {node.attr for node in attributes if isinstance(node.ctx, ast.Store)}
    names = {name for name in functions | {node.attr for node in attributes} if re.match("_[^_]", name)}
    return {name for name in names if name in REFLEX_NAMES or name not in own}
