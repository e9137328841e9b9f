"""Changes to the JavaScript of Reflex's frontend, as plugins for rxconfig.py."""

from typing import Any

import reflex as rx

from state.core.hooks import Hook, MissingHookError, verify

# Texts of the client's runtime, and their replacements.
RUNTIME_PATCHES = {
    # A built page opens its socket at the page's host and port; Reflex uses only the host.
    "endpoint.hostname = frontend_hostname;": "endpoint.hostname = frontend_hostname; "
    "if (import.meta.env.PROD) endpoint.port = window.location.port;",
    'endpoint.port = "";': 'endpoint.port = import.meta.env.PROD ? window.location.port : "";',
    # The part of a URL after # stays in the browser: links in mails have their secret there.
    'const hash = liveLoc.hash ?? "";': 'const hash = "";',
    # Our pages' security policy forbids code from text. A direct eval sees every name around it, so the bundler cannot
    # shorten any of them; an indirect one sees none.
    "await eval(`import(dataUri)`)": "await import(/* @vite-ignore */ dataUri)",
    "? eval(": "? globalThis.eval(",
    ": eval(": ": globalThis.eval(",
    # No state keeps a value in a cookie, and files go to REST (a test holds that): no visitor loads the code for it.
    'import Cookies from "universal-cookie";': "// No library for cookies.",
    "const cookies = new Cookies();": "const cookies = undefined;",
    'import { uploadFiles } from "$/utils/helpers/upload";': "const uploadFiles = undefined;",
}
CHUNK_GROUPS = "groups: ["
# Icons that several pages use go into one file: as separate files, their headers are larger than their content.
ICON_GROUP = r'{ test: /lucide-react\/dist\/esm\/icons\//, name: "icons", minShareCount: 2 }'

HOOKS = (
    Hook(
        "reflex_base/.templates/web/utils/state.js",
        "a built page opens its socket at its own host, sends no secrets, evaluates no text, and knows no cookies and no files",
        source=tuple(RUNTIME_PATCHES),
    ),
    Hook(
        "reflex_base/.templates/web/utils/state.js",
        "a form keeps its text when the page reloads by itself for a new release",
        source=(
            'const LAST_RELOADED_KEY = "reflex_last_reloaded_on_error";',
            "window.sessionStorage.setItem(LAST_RELOADED_KEY, Date.now().toString());\n  window.location.reload();",
        ),
    ),
    Hook(
        "reflex_base.compiler.templates:vite_config_template",
        "shared icons are in one file",
        source=(CHUNK_GROUPS,),
    ),
    Hook(
        "reflex_base/plugins/base.py",
        "plugins change files as they are copied",
        source=("add_modify_task",),
    ),
)


class SameOriginSocket(rx.plugins.Plugin):
    """Applies RUNTIME_PATCHES to the client's runtime."""

    def pre_compile(self, **context: Any) -> None:
        """Register the change; raises MissingHookError."""
        verify(HOOKS)
        context["add_modify_task"]("utils/state.js", patch_runtime)


class SharedIconChunk(rx.plugins.Plugin):
    """Makes the bundler put shared icons into one file."""

    def pre_compile(self, **context: Any) -> None:
        """Register the change; raises MissingHookError."""
        verify(HOOKS)
        context["add_modify_task"]("vite.config.js", add_icon_group)


def patch_runtime(runtime: str) -> str:
    """The client's runtime with our changes, which it may already have; MissingHookError names a missing text."""
    for original, patched in RUNTIME_PATCHES.items():
        if patched in runtime:
            continue
        if original not in runtime:
            raise MissingHookError(f"utils/state.js: its source does not contain {original!r}")
        runtime = runtime.replace(original, patched)
    return runtime


def add_icon_group(configuration: str) -> str:
    """The bundler's configuration with our group, which it may already have; MissingHookError if it has no groups."""
    if ICON_GROUP in configuration:
        return configuration
    if CHUNK_GROUPS not in configuration:
        raise MissingHookError(f"vite.config.js: its source does not contain {CHUNK_GROUPS!r}")
    return configuration.replace(CHUNK_GROUPS, f"{CHUNK_GROUPS}\n            {ICON_GROUP},", 1)
