"""The search page."""

import reflex as rx

from pages import missing
from pages.components import el
from pages.frame import WIDE, page
from pages.results import is_here, results
from state.search import SearchState


def search_page() -> rx.Component:
    """Listings from everywhere."""
    heading = rx.cond(SearchState.q != "", "“" + SearchState.q + "”", "Everything")
    return page(
        el.div(
            el.h1(heading, class_name="clamp-2 py-6 text-3xl sm:py-8 sm:text-4xl"),
            results(SearchState, missing=missing.gone("page"), level=2),
            class_name=WIDE,
        ),
        ready=is_here(SearchState),
        query=SearchState.q,
        is_served=True,
    )
