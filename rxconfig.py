"""How Reflex compiles and serves Plaza."""

from typing import Any

import reflex as rx

from platform_app.infra.settings import Environment, settings

STATE_TTL_SECONDS = 3 * 24 * 3600  # how long a tab left alone still finds its view state

# What the client's runtime says, and what it has to say; it is copied into a folder that may hold a changed one already.
_RUNTIME_PATCHES = {
    "endpoint.hostname = frontend_hostname;": "endpoint.hostname = frontend_hostname; "
    "if (import.meta.env.PROD) endpoint.port = window.location.port;",
    'endpoint.port = "";': 'endpoint.port = import.meta.env.PROD ? window.location.port : "";',
    'const hash = liveLoc.hash ?? "";': 'const hash = "";',
    "await eval(`import(dataUri)`)": "await import(/* @vite-ignore */ dataUri)",
    "? eval(": "? globalThis.eval(",
    ": eval(": ": globalThis.eval(",
}
_CHUNK_GROUPS = "groups: ["
_ICON_GROUP = r'{ test: /lucide-react\/dist\/esm\/icons\//, name: "icons", minShareCount: 2 }'


class SameOriginSocket(rx.plugins.Plugin):
    """Lets a built page open its socket where it came from: Reflex keeps the host, but not the port.

    And it keeps to the browser what stands behind # in an address: links in mails carry their secret there.

    Code that comes as text is refused by our pages' policy in any case. Asked for as `eval(...)` it could see every name
    around it, so that no name of what is bundled with it could be made short, and every page loads that.
    """

    def pre_compile(self, **context: Any) -> None:
        """Have the client's runtime changed while it is copied."""
        context["add_modify_task"]("utils/state.js", _patch_runtime)


class SharedIconChunk(rx.plugins.Plugin):
    """Sends the icons that several pages show as one file: apart, each costs more in headers than in what it draws."""

    def pre_compile(self, **context: Any) -> None:
        """Have the bundler told, in the configuration that Reflex writes for it."""
        context["add_modify_task"]("vite.config.js", _add_icon_group)


def _add_icon_group(configuration: str) -> str:
    if _ICON_GROUP in configuration:
        return configuration
    if _CHUNK_GROUPS not in configuration:
        raise RuntimeError(
            f"Reflex now configures its bundler in another way: see SharedIconChunk in rxconfig.py, and {_CHUNK_GROUPS!r}."
        )
    return configuration.replace(_CHUNK_GROUPS, f"{_CHUNK_GROUPS}\n            {_ICON_GROUP},", 1)


def _patch_runtime(runtime: str) -> str:
    for original, patched in _RUNTIME_PATCHES.items():
        if patched in runtime:
            continue
        if original not in runtime:
            raise RuntimeError(
                f"Reflex's client now does something in another way: see SameOriginSocket in rxconfig.py, and {original!r}."
            )
        runtime = runtime.replace(original, patched)
    return runtime


def _allowed_origins() -> tuple[str, ...]:
    """Who may open a socket: our own pages; in development by either name of this machine, and from the dev server."""
    own = settings().public_url.rstrip("/")
    if settings().env is Environment.PRODUCTION:
        return (own,)
    origins = [own, "http://localhost:3000"]
    names = ("127.0.0.1", "localhost")
    return tuple(dict.fromkeys(at.replace(one, other) for at in origins for one in names for other in names))


config = rx.Config(
    app_name="plaza",
    app_module_import="platform_app.main",
    plugins=[rx.plugins.TailwindV4Plugin(config={"plugins": []}), SameOriginSocket(), SharedIconChunk()],
    disable_plugins=[rx.plugins.SitemapPlugin],
    cors_allowed_origins=_allowed_origins(),
    trusted_proxy_hops=settings().trusted_proxy_hops,
    redis_token_expiration=STATE_TTL_SECONDS,
    frontend_compression_formats=["gzip", "brotli"],
    # Libraries for components made at run time, of which there are none, stay out of the first load.
    frontend_lazy_bundled_libraries=True,
    show_built_with_reflex=False,
    telemetry_enabled=False,
)
