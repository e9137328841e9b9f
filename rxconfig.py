"""Reflex's configuration."""

import reflex as rx

from platform_app.infra.settings import Environment, settings
from state.core.build import SameOriginSocket, SharedIconChunk

STATE_TTL_SECONDS = 3 * 24 * 3600  # how long an idle tab's state is stored


def _allowed_origins() -> tuple[str, ...]:
    """The origins that may open a socket: Plaza's own; in development also localhost."""
    own = settings().public_url.rstrip("/")
    if settings().env is Environment.PRODUCTION:
        return (own,)
    names = ("127.0.0.1", "localhost")
    return tuple(dict.fromkeys([own, *(own.replace(one, other) for one in names for other in names)]))


config = rx.Config(
    app_name="plaza",
    app_module_import="platform_app.main",
    plugins=[rx.plugins.TailwindV4Plugin(config={"plugins": []}), SameOriginSocket(), SharedIconChunk()],
    disable_plugins=[rx.plugins.SitemapPlugin],
    cors_allowed_origins=_allowed_origins(),
    trusted_proxy_hops=settings().trusted_proxy_hops,
    redis_token_expiration=STATE_TTL_SECONDS,
    frontend_compression_formats=["gzip", "brotli"],
    # Keeps the libraries for components built at run time out of the first load; Plaza has no such components.
    frontend_lazy_bundled_libraries=True,
    show_built_with_reflex=False,
    telemetry_enabled=False,
)
