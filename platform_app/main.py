"""Composition root: the web tier, the api tier, and both in one process."""

from collections.abc import Collection

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from pages.routes import add_pages
from platform_app.infra.settings import Environment, settings
from platform_app.rest import app as rest
from platform_app.rest import pages
from platform_app.rest.frontend import Frontend
from platform_app.rest.requests import Observed
from platform_app.rest.services import Service
from state import listening, runtime

EVENTS = ("/_event", "/ping", "/_health")  # what Reflex itself answers

app = runtime.PlazaApp(theme=None)
add_pages(app, development=settings().env is Environment.DEVELOPMENT)
app.register_lifespan_task(listening.web_lifespan)


def web() -> ASGIApp:
    """Browser events over websockets, and nothing else."""
    return app()


def api(services: Collection[Service] = tuple(Service)) -> ASGIApp:
    """REST, pictures and pages, or some services of these; events are served by the web tier."""
    served = rest.build(services=services, lifespan=listening.api_lifespan)
    return Observed(_with_pages(served) if Service.PAGES in services else served)


def everything() -> ASGIApp:
    """Both tiers in one process, as `./plaza up` runs it on one machine."""
    served = Observed(_with_pages(rest.build()))

    def beside(reflex: ASGIApp) -> ASGIApp:
        async def route(scope: Scope, receive: Receive, send: Send) -> None:
            chosen = reflex if scope["path"].startswith(EVENTS) else served
            await chosen(scope, receive, send)

        return route

    # As a transformer, so that the outermost app, whose lifespan runs, stays Reflex's own.
    app.api_transformer = beside
    return app()


def _with_pages(served: FastAPI) -> FastAPI:
    frontend = Frontend(settings().frontend)
    served.include_router(pages.router(frontend))
    served.mount("/", frontend, name="frontend")
    return served
