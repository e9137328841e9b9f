"""The api tier's FastAPI app, built from the nouns' routers."""

from collections.abc import Collection
from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles
from starlette.types import Lifespan
from swagger_ui_bundle import swagger_ui_path

from platform_app.domain.shared.errors import NotFound
from platform_app.rest import csp, health, problems
from platform_app.rest.api_groups import GROUPS
from platform_app.rest.routers import routers

OPENAPI_PATH = "/api/v1/openapi.json"


def build(*, groups: Collection[str] = GROUPS, lifespan: Lifespan[FastAPI] | None = None) -> FastAPI:
    """REST under /api/v1 with its documentation, pictures under /media, probes and metrics.

    The documentation covers the whole API, even in an app with some groups only.
    """
    app = FastAPI(
        title="Plaza",
        version="1",
        description="The marketplace's API. A list is an object with `items`, `next_cursor` and `total`; money is an "
        "amount in minor units with a currency; errors are `application/problem+json` with a stable `code`.",
        openapi_url=OPENAPI_PATH,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    for group in groups:
        for router in routers(group):
            app.include_router(router)
    app.include_router(health.router)
    if set(groups) != set(GROUPS):
        app.openapi = _full_openapi  # type: ignore[method-assign]
    app.add_api_route("/api/docs", _swagger_ui, include_in_schema=False)
    app.mount("/api/docs/assets", StaticFiles(directory=swagger_ui_path), name="docs")
    for prefix in ("/api", "/auth", "/media"):
        app.add_api_route(prefix + "/{path:path}", _not_found, include_in_schema=False)
    problems.install(app)
    return app


@cache
def _full_openapi() -> dict[str, Any]:
    return build().openapi()


async def _not_found(path: str) -> None:
    raise NotFound(f"There is nothing at {path[:100]}.")


async def _swagger_ui() -> HTMLResponse:
    assets = "/api/docs/assets"
    page = get_swagger_ui_html(
        openapi_url=OPENAPI_PATH,
        title="Plaza API",
        swagger_js_url=f"{assets}/swagger-ui-bundle.js",
        swagger_css_url=f"{assets}/swagger-ui.css",
        swagger_favicon_url="/favicon.svg",
    )
    page.headers["Content-Security-Policy"] = csp.page_policy(bytes(page.body).decode())
    return page
