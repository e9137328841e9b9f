"""The page of a category."""

import reflex as rx

from pages import missing
from pages.components import el
from pages.components.crumbs import breadcrumb, crumb
from pages.components.filters import category_chip
from pages.frame import WIDE, page
from pages.results import is_here, results
from state import runtime
from state.catalog import CategoryState

_FILTERS = runtime.view(CategoryState.filters)


def category_page() -> rx.Component:
    """Listings of one category and of those below it."""
    return page(
        el.div(
            el.when(is_here(CategoryState) & (CategoryState.status == "ready"), _heading()),
            results(CategoryState, missing=missing.gone("category")),
            class_name=WIDE,
        ),
        ready=is_here(CategoryState),
        query=CategoryState.q,
        is_served=True,
    )


def _heading() -> rx.Component:
    chips = el.ul(
        rx.foreach(_FILTERS.categories, lambda each: el.li(category_chip(each.label, each.href))),
        aria_label="Subcategories",
        class_name="scroll-quiet -mx-4 mt-4 flex gap-2 overflow-x-auto px-4 sm:mx-0 sm:flex-wrap sm:px-0",
    )
    return el.div(
        breadcrumb(crumb("Home", "/"), rx.foreach(CategoryState.crumbs, lambda each: crumb(each.label, each.href))),
        el.h1(CategoryState.name, class_name="mt-2 text-3xl sm:text-5xl"),
        el.when(_FILTERS.categories.length() > 0, chips),
        class_name="pt-4 pb-8",
    )
