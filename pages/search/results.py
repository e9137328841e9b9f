"""Listings with filters, for the search, category and shop pages."""

import reflex as rx

from pages.components import el
from pages.components import filters as kit
from pages.components.button import secondary_button
from pages.components.card import GRID, skeleton_cards
from pages.components.empty_state import error_state
from pages.components.icon import icon
from pages.components.link import UNDERLINED, link
from pages.search.filter_panel import filter_drawer, side_filters, sort_option, sort_select
from pages.search.result_card import ranked_card
from pages.search.without_results import without_results
from state.core import browser
from state.search_results_page import ResultsPage

_OPEN_FILTERS = "() => document.getElementById('filters').showModal()"


def results(state: type[ResultsPage], *, not_found: rx.Component, level: int = 1) -> rx.Component:
    """Placeholders, then the results, an error or `not_found`.

    `level` is the heading level of the error: 1 if the page has no other heading without results.
    """
    content = rx.match(
        state.status,
        ("missing", not_found),
        ("down", error_state(browser.event_handler(state.load), level=level)),
        _result_list(state),
    )
    return el.if_else(is_current(state), content, _loading())


def is_current(state: type[ResultsPage]) -> rx.Var[bool]:
    """Whether the state belongs to the current path, with any query."""
    return (state.status != "") & (state.path == browser.pathname())


def is_up_to_date(state: type[ResultsPage]) -> rx.Var[bool]:
    """Whether the shown results belong to the current URL."""
    return (state.status != "") & (state.loaded == browser.current_url())


def _result_list(state: type[ResultsPage]) -> rx.Component:
    grid = el.fragment(
        el.h2("Listings", class_name="sr-only"), el.div(rx.foreach(state.cards, ranked_card), class_name=GRID)
    )
    body = rx.cond(state.cards.length() > 0, el.fragment(grid, _load_more(state)), without_results(state))
    return el.div(
        el.aside(side_filters(state), aria_label="Filters", class_name="hidden w-56 shrink-0 lg:block"),
        el.div(
            el.when(browser.object_var(state.correction).searched != "", _correction(state)),
            _toolbar(state),
            el.div(
                body,
                aria_busy=~is_up_to_date(state),
                class_name=rx.cond(is_up_to_date(state), "", "opacity-50 ") + "transition-opacity duration-150",
            ),
            class_name="min-w-0 flex-1",
        ),
        filter_drawer(state),
        class_name="flex gap-10",
    )


def _correction(state: type[ResultsPage]) -> rx.Component:
    """What was searched instead of misspelled words."""
    correction = browser.object_var(state.correction)
    return el.p(
        "Showing results for ",
        el.span(correction.searched, class_name="font-medium"),
        ". Search instead for ",
        link(correction.typed.label, href=correction.typed.href, class_name=f"text-accent {UNDERLINED}"),
        ".",
        class_name="mb-2 wrap-anywhere",
    )


def _toolbar(state: type[ResultsPage]) -> rx.Component:
    """The number of results, the sort order and the active filters."""
    count = el.p(state.total, custom_attrs={"aria-live": "polite"}, class_name="shrink-0 text-soft tabular-nums")
    filters_button = el.button(
        icon("sliders-horizontal", size=18),
        el.span("Filters", class_name="sr-only min-[375px]:not-sr-only"),
        type="button",
        on_click=browser.client_event(_OPEN_FILTERS),
        class_name="inline-flex min-h-11 shrink-0 items-center gap-2 rounded-full border border-edge px-4 text-[15px] lg:hidden",
    )
    sort_links = el.nav(
        rx.foreach(browser.object_var(state.filters).sort_options, sort_option),
        aria_label="Sort",
        class_name="no-scrollbar hidden gap-5 overflow-x-auto sm:flex",
    )
    active_filters = el.ul(
        rx.foreach(
            browser.object_var(state.filters).active_filters,
            lambda each: el.li(kit.active_filter(each.label, each.href), class_name="max-w-full"),
        ),
        aria_label="Active filters",
        class_name="flex flex-wrap gap-2",
    )
    filters = browser.object_var(state.filters)
    active = el.div(active_filters, kit.clear_link(filters.clear_href), class_name="mb-4 flex flex-wrap gap-2")
    return el.div(
        el.div(
            count,
            el.div(
                sort_links, sort_select(state), filters_button, class_name="flex min-w-0 items-center gap-2 sm:gap-4"
            ),
            class_name="mb-4 flex min-h-11 items-center justify-between gap-4",
        ),
        el.when(filters.active_filters.length() > 0, active),
    )


def _load_more(state: type[ResultsPage]) -> rx.Component:
    button = secondary_button("Show more", on_click=browser.event_handler(state.show_more))
    error = el.p("That didn't work. Please try again.", role="alert", class_name="mb-4 text-soft")
    return el.when(
        state.has_more, el.div(el.when(state.load_more_failed, error), button, class_name="mt-12 text-center")
    )


def _loading() -> rx.Component:
    return el.div(
        el.p("Loading…", role="status", class_name="sr-only"),
        el.div(class_name="hidden w-56 shrink-0 lg:block"),
        el.div(el.div(class_name="mb-4 h-11"), skeleton_cards(8), class_name="min-w-0 flex-1"),
        class_name="flex gap-10",
    )
