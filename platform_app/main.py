"""Composition root: the web tier, the api tier, and both in one process."""

from collections.abc import Collection

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from pages.routes import ROUTES, add_pages
from platform_app.html import pages
from platform_app.html.frontend import Frontend
from platform_app.html.pages import ShellPage
from platform_app.infra.settings import Environment, settings
from platform_app.rest import app as rest
from platform_app.rest.api_groups import GROUPS, PAGES
from platform_app.rest.middleware import RequestMiddleware
from state import layout, notifications_bell
from state.core import lifespan, runtime
from state.core.error_responses import ErrorMessages

REFLEX_PATHS = ("/_event", "/ping", "/_health")  # answered by Reflex itself

app = runtime.PlazaApp(theme=None, messages=ErrorMessages(message=layout.message_delta, incident=layout.incident_delta))
add_pages(app, development=settings().env is Environment.DEVELOPMENT)
app.register_lifespan_task(lifespan.web_lifespan, background_tasks=(notifications_bell.resync_unread,))


def web() -> ASGIApp:
    """Browser events over websockets only."""
    return app()


def api(groups: Collection[str] = GROUPS) -> ASGIApp:
    """REST, pictures and pages, or some API groups; the web tier handles events."""
    api_app = rest.build(groups=groups, lifespan=lifespan.api_lifespan)
    return RequestMiddleware(_with_pages(api_app) if PAGES in groups else api_app)


def everything() -> ASGIApp:
    """Both tiers in one process, for `./plaza up`."""
    return _all_in_one(_with_pages(rest.build()))


def without_pages() -> ASGIApp:
    """Both tiers in one process, for `./plaza dev`, where Vite serves the pages."""
    return _all_in_one(rest.build())


def _all_in_one(rest_app: FastAPI) -> ASGIApp:
    api_app = RequestMiddleware(rest_app)

    def dispatch_to_api(reflex: ASGIApp) -> ASGIApp:
        async def route(scope: Scope, receive: Receive, send: Send) -> None:
            target = reflex if scope["path"].startswith(REFLEX_PATHS) else api_app
            await target(scope, receive, send)

        return route

    # As a transformer, so that the outermost app, whose lifespan runs, is still Reflex's.
    app.api_transformer = dispatch_to_api
    return app()


def shell_pages() -> list[ShellPage]:
    """The pages that are served without metadata: private ones, and those with parameters in their path."""
    return [
        ShellPage(
            path=route.path.replace("[", "{").replace("]", "}"),
            title=route.title if isinstance(route.title, str) else "",
            is_private=route.is_private,
        )
        for route in ROUTES
        if not route.is_development and (route.is_private or "[" in route.path)
    ]


def _with_pages(api_app: FastAPI) -> FastAPI:
    frontend = Frontend(settings().frontend)
    api_app.include_router(pages.build_router(frontend, shell_pages()))
    api_app.mount("/", frontend, name="frontend")
    return api_app
