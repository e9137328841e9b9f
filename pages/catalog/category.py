"""The page of a category."""

import reflex as rx

from pages.components import el
from pages.components.breadcrumbs import breadcrumb_item, breadcrumbs
from pages.components.filters import category_chip
from pages.layout import not_found
from pages.layout.layout import CONTAINER, page_layout
from pages.layout.route import Route, title_from_state
from pages.search.results import is_current, results
from state.catalog import CategoryState
from state.core import browser

_FILTERS = browser.object_var(CategoryState.filters)


def category_page() -> rx.Component:
    """A category with its listings, including those of its subcategories."""
    return page_layout(
        el.div(
            el.when(is_current(CategoryState) & (CategoryState.status == "ready"), _heading()),
            results(CategoryState, not_found=not_found.not_found_message("category")),
            class_name=CONTAINER,
        ),
        is_ready=is_current(CategoryState),
        query=CategoryState.q,
        is_served=True,
    )


def _heading() -> rx.Component:
    subcategories = el.ul(
        rx.foreach(_FILTERS.categories, lambda each: el.li(category_chip(each.label, each.href))),
        aria_label="Subcategories",
        class_name="no-scrollbar -mx-4 mt-4 flex gap-2 overflow-x-auto px-4 sm:mx-0 sm:flex-wrap sm:px-0",
    )
    return el.div(
        breadcrumbs(
            breadcrumb_item("Home", "/"),
            rx.foreach(CategoryState.breadcrumbs, lambda each: breadcrumb_item(each.label, each.href)),
        ),
        el.h1(CategoryState.name, class_name="mt-2 text-3xl sm:text-5xl"),
        el.when(_FILTERS.categories.length() > 0, subcategories),
        class_name="pt-4 pb-8",
    )


ROUTES = (Route("/c/[category]", category_page, title_from_state(CategoryState.title), CategoryState.load),)
