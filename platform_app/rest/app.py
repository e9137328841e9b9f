"""The api tier's FastAPI app, put together from the nouns' routers."""

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
from platform_app.rest import (
    accounts,
    activity,
    addresses,
    catalog,
    crawlers,
    editing,
    favourites,
    imports,
    media,
    notifications,
    operations,
    policy,
    problems,
    search,
    sessions,
    shop_faces,
    shop_members,
    shop_settings,
    shops,
    two_factor,
    uploads,
)
from platform_app.rest.services import Service

OPENAPI = "/api/v1/openapi.json"
ROUTERS = {
    Service.ACCOUNTS: (sessions, accounts, two_factor, addresses),
    Service.FAVOURITES: (favourites,),
    Service.NOTIFICATIONS: (notifications,),
    Service.CATALOG: (catalog,),
    Service.SEARCH: (search,),
    Service.SHOPS: (shop_settings, shop_faces, shop_members, shops),
    Service.EDITING: (editing,),
    Service.ACTIVITY: (activity,),
    Service.IMPORTS: (imports,),
    Service.MEDIA: (media, uploads),
    Service.PAGES: (crawlers,),
}


def build(*, services: Collection[Service] = tuple(Service), lifespan: Lifespan[FastAPI] | None = None) -> FastAPI:
    """REST under /api/v1 with its documentation, pictures under /media, probes and figures.

    Of fewer services than there are, the documentation is the same: it is of the whole API, whoever is asked for it.
    """
    app = FastAPI(
        title="Plaza",
        version="1",
        description="The marketplace's public API. Lists come as `items`, `next_cursor` and `total`; money as minor "
        "units and a currency; errors as `application/problem+json` with a stable `code`.",
        openapi_url=OPENAPI,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    for service, nouns in ROUTERS.items():
        for noun in nouns if service in services else ():
            app.include_router(noun.router)
    app.include_router(operations.router)
    if set(services) != set(Service):
        app.openapi = _whole_documentation  # type: ignore[method-assign]
    app.add_api_route("/api/docs", _docs, include_in_schema=False)
    app.mount("/api/docs/assets", StaticFiles(directory=swagger_ui_path), name="docs")
    for prefix in ("/api", "/auth", "/media"):
        app.add_api_route(prefix + "/{path:path}", _nothing, include_in_schema=False)
    problems.install(app)
    return app


@cache
def _whole_documentation() -> dict[str, Any]:
    return build().openapi()


async def _nothing(path: str) -> None:
    raise NotFound(f"There is nothing at {path[:100]}.")


async def _docs() -> HTMLResponse:
    assets = "/api/docs/assets"
    page = get_swagger_ui_html(
        openapi_url=OPENAPI,
        title="Plaza API",
        swagger_js_url=f"{assets}/swagger-ui-bundle.js",
        swagger_css_url=f"{assets}/swagger-ui.css",
        swagger_favicon_url="/favicon.svg",
    )
    page.headers["Content-Security-Policy"] = policy.of_page(bytes(page.body).decode())
    return page
