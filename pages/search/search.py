"""The search page."""

import reflex as rx

from pages.components import el
from pages.layout import not_found
from pages.layout.layout import CONTAINER, page_layout
from pages.layout.route import Route, title_from_state
from pages.search.results import is_current, results
from state.search import SearchState


def search_page() -> rx.Component:
    """Search results from all shops."""
    heading = rx.cond(SearchState.q != "", "“" + SearchState.q + "”", "Everything")
    return page_layout(
        el.div(
            el.h1(heading, class_name="clamp-2 py-6 text-3xl sm:py-8 sm:text-4xl"),
            results(SearchState, not_found=not_found.not_found_message("page"), level=2),
            class_name=CONTAINER,
        ),
        is_ready=is_current(SearchState),
        query=SearchState.q,
        is_served=True,
    )


ROUTES = (
    Route("/search", search_page, title_from_state(SearchState.title), SearchState.load, "Search all shops on Plaza."),
)
