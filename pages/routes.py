"""The table of all routes, and the app with their pages."""

import reflex as rx

from pages.components import el
from pages.layout.layout import connection_banner, error_toast
from pages.layout.route import Route, all_routes
from state.core import browser

ROUTES: tuple[Route, ...] = all_routes()
_NO_INDEX = [{"name": "robots", "content": "noindex"}]


def add_pages(app: rx.App, *, development: bool = False) -> None:
    """Add the stylesheet, the head, the overlays and all pages to the app."""
    app.stylesheets = ["/plaza.css"]
    app.html_lang = "en"
    app.head_components = _head()
    app.app_wraps[(5, "Overlay")] = lambda stateful: (
        el.fragment(connection_banner(), error_toast()) if stateful else None
    )
    for route in ROUTES:
        if route.is_development and not development:
            continue
        app.add_page(
            route.page,
            route=route.path,
            title=route.title,
            description=route.description,
            meta=_NO_INDEX if route.is_private else [],
            on_load=browser.event_handler(route.on_load),
        )


def _head() -> list[rx.Component]:
    return [
        el.head_link(rel="icon", href="/favicon.svg", type="image/svg+xml"),
        el.meta(name="theme-color", content="#faf7f2", custom_attrs={"media": "(prefers-color-scheme: light)"}),
        el.meta(name="theme-color", content="#171411", custom_attrs={"media": "(prefers-color-scheme: dark)"}),
    ]
