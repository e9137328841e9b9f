"""What a search without results offers instead."""

import reflex as rx

from pages.components import el
from pages.components import filters as kit
from pages.components.button import secondary_link
from pages.components.card import GRID
from pages.components.empty_state import empty_state
from pages.components.link import UNDERLINED, link
from pages.search.result_card import ranked_card
from platform_app.presenters.search import CardView
from platform_app.presenters.shared import LinkView
from state.core import browser
from state.search_results_page import ResultsPage


def without_results(state: type[ResultsPage]) -> rx.Component:
    """The empty state, then the listings with most of the words."""
    partial = browser.object_var(state.zero_results).partial.to(list[CardView])
    return el.fragment(_zero_results(state), el.when(partial.length() > 0, _partial_matches(partial)))


def _partial_matches(cards: rx.Var[list[CardView]]) -> rx.Component:
    return el.section(
        el.h2("These match most of your search", class_name="mb-4 text-2xl"),
        el.div(rx.foreach(cards, ranked_card), class_name=GRID),
        aria_label="Partial matches",
    )


def _zero_results(state: type[ResultsPage]) -> rx.Component:
    """The empty state, with alternatives."""
    zero_results = browser.object_var(state.zero_results)
    everywhere_link = secondary_link(zero_results.everywhere.label, href=zero_results.everywhere.href)
    unfiltered_link = secondary_link(zero_results.unfiltered.label, href=zero_results.unfiltered.href)
    correction = el.p(
        "Did you mean ",
        link(
            zero_results.corrected.label,
            href=zero_results.corrected.href,
            class_name=f"font-medium text-accent {UNDERLINED}",
        ),
        "?",
        class_name="mt-4 text-lg wrap-anywhere",
    )
    return empty_state(
        "search-x",
        rx.cond(state.q != "", "Nothing found for “" + state.q + "”", "Nothing here yet"),
        zero_results.text,
        el.when(zero_results.unfiltered.label != "", unfiltered_link),
        el.if_else(
            zero_results.everywhere.label != "", everywhere_link, secondary_link("See what's new", href="/search")
        ),
        before_actions=el.when(zero_results.corrected.label != "", correction),
        footer=el.when(
            zero_results.categories.length() > 0, _nearby_categories(zero_results.categories.to(list[LinkView]))
        ),
    )


def _nearby_categories(categories: rx.Var[list[LinkView]]) -> rx.Component:
    links = el.ul(
        rx.foreach(categories, lambda each: el.li(kit.category_chip(each.label, each.href))),
        aria_label="Related categories",
        class_name="mt-3 flex flex-wrap justify-center gap-2",
    )
    return el.div(el.p("Related categories", class_name="text-sm text-soft"), links, class_name="mt-10")
