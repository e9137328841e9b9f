"""How Reflex compiles and serves Plaza."""

from typing import Any

import reflex as rx

from platform_app.infra.settings import Environment, settings

KEEP_VIEW_SECONDS = 3 * 24 * 3600  # how long a tab left alone still finds its view state

# What the client's runtime says, and what it has to say; it is copied into a folder that may hold a changed one already.
_CHANGES = {
    "endpoint.hostname = frontend_hostname;": "endpoint.hostname = frontend_hostname; "
    "if (import.meta.env.PROD) endpoint.port = window.location.port;",
    'endpoint.port = "";': 'endpoint.port = import.meta.env.PROD ? window.location.port : "";',
    'const hash = liveLoc.hash ?? "";': 'const hash = "";',
    "await eval(`import(dataUri)`)": "await import(/* @vite-ignore */ dataUri)",
    "? eval(": "? globalThis.eval(",
    ": eval(": ": globalThis.eval(",
}
_GROUPS = "groups: ["
_ICONS = r'{ test: /lucide-react\/dist\/esm\/icons\//, name: "icons", minShareCount: 2 }'


class OneOrigin(rx.plugins.Plugin):
    """Lets a built page open its socket where it came from: Reflex keeps the host, but not the port.

    And it keeps to the browser what stands behind # in an address: links in mails carry their secret there.

    Code that comes as text is refused by our pages' policy in any case. Asked for as `eval(...)` it could see every name
    around it, so that no name of what is bundled with it could be made short, and every page loads that.
    """

    def pre_compile(self, **context: Any) -> None:
        """Have the client's runtime changed while it is copied."""
        context["add_modify_task"]("utils/state.js", _changed)


class SharedIcons(rx.plugins.Plugin):
    """Sends the icons that several pages show as one file: apart, each costs more in headers than in what it draws."""

    def pre_compile(self, **context: Any) -> None:
        """Have the bundler told, in the configuration that Reflex writes for it."""
        context["add_modify_task"]("vite.config.js", _grouped)


def _grouped(configuration: str) -> str:
    if _ICONS in configuration:
        return configuration
    if _GROUPS not in configuration:
        raise RuntimeError(
            f"Reflex now configures its bundler in another way: see SharedIcons in rxconfig.py, and {_GROUPS!r}."
        )
    return configuration.replace(_GROUPS, f"{_GROUPS}\n            {_ICONS},", 1)


def _changed(runtime: str) -> str:
    for theirs, ours in _CHANGES.items():
        if ours in runtime:
            continue
        if theirs not in runtime:
            raise RuntimeError(
                f"Reflex's client now does something in another way: see OneOrigin in rxconfig.py, and {theirs!r}."
            )
        runtime = runtime.replace(theirs, ours)
    return runtime


def _origins() -> tuple[str, ...]:
    """Who may open a socket: our own pages; in development by either name of this machine, and from the dev server."""
    ours = settings().public_url.rstrip("/")
    if settings().env is Environment.PRODUCTION:
        return (ours,)
    served = [ours, "http://localhost:3000"]
    names = ("127.0.0.1", "localhost")
    return tuple(dict.fromkeys(at.replace(one, other) for at in served for one in names for other in names))


config = rx.Config(
    app_name="plaza",
    app_module_import="platform_app.main",
    plugins=[rx.plugins.TailwindV4Plugin(config={"plugins": []}), OneOrigin(), SharedIcons()],
    disable_plugins=[rx.plugins.SitemapPlugin],
    cors_allowed_origins=_origins(),
    trusted_proxy_hops=settings().trusted_proxy_hops,
    redis_token_expiration=KEEP_VIEW_SECONDS,
    frontend_compression_formats=["gzip", "brotli"],
    # Libraries for components made at run time, of which there are none, stay out of the first load.
    frontend_lazy_bundled_libraries=True,
    show_built_with_reflex=False,
    telemetry_enabled=False,
)
