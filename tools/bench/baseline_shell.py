"""The baseline of `./plaza bench pages`: Plaza's pages as Reflex serves dynamic routes, as one empty shell."""

from pathlib import Path

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from platform_app.infra.settings import settings
from platform_app.main import REFLEX_PATHS, app
from platform_app.rest import app as rest
from state.core.static_files import BuildFiles

FALLBACK = "__spa-fallback.html"


class _ShellFiles(BuildFiles):
    """The build's files; for any other path, the shell, which is empty until its scripts have run."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        return response if response.status_code < 400 else await super().get_response(FALLBACK, scope)


def web() -> ASGIApp:
    """Events, REST, pictures and the shell."""
    api_app = rest.build()
    api_app.mount("/", _ShellFiles(Path(settings().frontend)))

    def dispatch_to_api(reflex: ASGIApp) -> ASGIApp:
        async def route(scope: Scope, receive: Receive, send: Send) -> None:
            await (reflex if scope["path"].startswith(REFLEX_PATHS) else api_app)(scope, receive, send)

        return route

    app.api_transformer = dispatch_to_api
    return app()
