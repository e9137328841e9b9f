"""The pages that the operator writes: help, contact, terms, privacy and imprint."""

import reflex as rx

from pages.components import el
from pages.components.empty_state import error_state
from pages.layout import not_found
from pages.layout.layout import CONTAINER, page_layout
from pages.layout.route import Route, title_from_state
from state.core import browser
from state.sitepages import SitePageState

_PAGE = browser.object_var(SitePageState.page)
_IS_CURRENT = (SitePageState.status != "") & (SitePageState.loaded == browser.pathname())


def site_page() -> rx.Component:
    """A title and a text."""
    content = rx.match(
        SitePageState.status,
        ("missing", not_found.not_found_message("page")),
        ("down", error_state(browser.event_handler(SitePageState.load), level=1)),
        _text(),
    )
    return page_layout(
        el.div(rx.cond(_IS_CURRENT, content, _loading()), class_name=CONTAINER), is_ready=_IS_CURRENT, is_served=True
    )


def _text() -> rx.Component:
    return el.article(
        el.h1(_PAGE.heading, class_name="text-3xl sm:text-5xl wrap-anywhere"),
        # The presenter has already sanitised this HTML.
        rx.html(_PAGE.text, class_name="prose mt-6"),
        el.when(_PAGE.changed != "", el.p(_PAGE.changed, class_name="mt-8 text-sm text-soft")),
        class_name="max-w-2xl py-8 sm:py-14",
    )


def _loading() -> rx.Component:
    return el.div(
        el.p("Loading…", role="status", class_name="sr-only"),
        el.div(class_name="skeleton h-10 w-64 max-w-full"),
        el.div(class_name="skeleton mt-6 h-64 w-full"),
        class_name="show-after-200ms max-w-2xl py-8 sm:py-14",
    )


ROUTES = (Route("/pages/[slug]", site_page, title_from_state(SitePageState.title), SitePageState.load),)
