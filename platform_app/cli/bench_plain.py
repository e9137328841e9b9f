"""The baseline of `./plaza bench pages`: Plaza's own pages as Reflex serves dynamic routes, an empty shell for all of them."""

from pathlib import Path

from reflex.utils.precompressed_staticfiles import PrecompressedStaticFiles
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from platform_app.infra.settings import settings
from platform_app.main import EVENTS, app
from platform_app.rest import app as rest

FALLBACK = "__spa-fallback.html"


class _Shell(PrecompressedStaticFiles):
    """The build's files; any other address is the shell, which knows nothing until its scripts have run."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        found = await super().get_response(path, scope)
        return found if found.status_code < 400 else await super().get_response(FALLBACK, scope)


def web() -> ASGIApp:
    """Events, REST, pictures and the shell."""
    served = rest.build()
    served.mount("/", _Shell(directory=Path(settings().frontend), html=True, encodings=("brotli", "gzip")))

    def beside(reflex: ASGIApp) -> ASGIApp:
        async def route(scope: Scope, receive: Receive, send: Send) -> None:
            await (reflex if scope["path"].startswith(EVENTS) else served)(scope, receive, send)

        return route

    app.api_transformer = beside
    return app()
