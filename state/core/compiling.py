"""Compiles the pages for Vite's dev server. Only changed files are written, so the browser reloads only those."""

import filecmp
import gc
import io
import json
import os
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import reflex as rx
from reflex.reflex import _init
from reflex.utils import build, path_ops, prerequisites
from reflex_base.components.component import BaseComponent
from reflex_base.config import get_config

from state.core.hooks import Hook, verify

HOOKS = (
    Hook(
        "reflex.reflex:_init",
        "creates the folder of the first compile",
        parameters=("name", "template", "ai", "agents"),
    ),
    Hook(
        "reflex.utils.prerequisites:needs_reinit",
        "whether that folder is missing or from another release",
        parameters=(),
    ),
    Hook(
        "reflex.app:App._compile", "writes the pages", parameters=("prerender_routes", "dry_run", "use_rich", "trigger")
    ),
    Hook("reflex.utils.path_ops:write_file", "unchanged files are not written", source=("== code",)),
    Hook(
        "reflex.utils.path_ops:cp",
        "unchanged stylesheets are not copied",
        parameters=("src", "dest", "overwrite", "ignore"),
    ),
    Hook("reflex_base.config:Config._set_persistent", "stores the URL of the backend"),
    Hook("reflex.utils.build:setup_frontend", "writes that URL to env.json", parameters=("root",)),
)
PAGE_FOLDERS = ("app", "app_components", "components", "styles", "utils", "public")


def compile_pages(app: rx.App, *, web: Path, api_url: str) -> list[str]:
    """Compile every page and return the files that changed; `api_url` is the URL of the backend."""
    verify(HOOKS)
    os.environ["REFLEX_ENV_MODE"] = "dev"
    os.environ.pop("__REFLEX_SKIP_COMPILE", None)
    before = _modified(web)
    gc.disable()  # a compile creates a million objects and frees few: collection would take longer than the compile
    _cheapen_subclass_checks()
    _skip_identical_copies()
    with redirect_stdout(io.StringIO()):  # Reflex prints every step
        if prerequisites.needs_reinit():
            _init(name=get_config().app_name)
        app._compile(use_rich=False, trigger="hot_reload")
    if not _points_to(web, api_url):  # Vite reloads every page when this file is written
        get_config()._set_persistent(api_url=api_url)  # type: ignore[no-untyped-call]
        build.setup_frontend(web.parent)
    after = _modified(web)
    return sorted(path for path in {*before, *after} if before.get(path) != after.get(path))


def _points_to(web: Path, api_url: str) -> bool:
    """Whether the compiled pages already use this backend URL."""
    addresses = web / "env.json"
    return addresses.exists() and json.loads(addresses.read_text()).get("PING") == f"{api_url}/ping"


def _cheapen_subclass_checks() -> None:
    """Decide by its bases alone whether a class is a component.

    Reflex creates a class for each memoised component, and Python would check all of them for each value of the states.
    """
    BaseComponent.__subclasshook__ = classmethod(lambda cls, other: cls in other.__mro__)  # type: ignore[assignment, method-assign]


def _skip_identical_copies() -> None:
    """Leave a stylesheet alone that has not changed; Reflex copies each one on every compile."""
    copy = path_ops.cp

    def copy_if_changed(src: str | Path, dest: str | Path, *options: Any, **named: Any) -> bool:
        if Path(dest).is_file() and filecmp.cmp(src, dest, shallow=False):
            return False
        return copy(src, dest, *options, **named)

    path_ops.cp = copy_if_changed


def _modified(web: Path) -> dict[str, int]:
    files = (path for folder in PAGE_FOLDERS for path in (web / folder).rglob("*") if path.is_file())
    return {str(path.relative_to(web)): path.stat().st_mtime_ns for path in files}
