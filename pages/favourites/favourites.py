"""The page of the viewer's favourites."""

from typing import cast

import reflex as rx

from pages.components import el
from pages.components.button import primary_link, secondary_button
from pages.components.card import GRID, skeleton_cards
from pages.components.empty_state import empty_state, error_state
from pages.components.icon import icon
from pages.layout.layout import CONTAINER, page_layout
from pages.layout.route import private
from pages.search.result_card import result_card
from platform_app.presenters.search import CardView
from state.core import browser
from state.favourites import FavouriteButtonsState, FavouritesState, FavouriteView


def favourites_page() -> rx.Component:
    """All favourites, with price drops and listings that are no longer for sale."""
    content = rx.match(
        FavouritesState.status,
        ("ready", el.if_else(FavouritesState.favourites.length() > 0, _favourite_list(), _empty())),
        ("down", error_state(browser.event_handler(FavouritesState.load))),
        el.div(el.p("Loading…", role="status", class_name="sr-only"), skeleton_cards(8)),
    )
    return page_layout(
        el.div(
            el.h1("Favourites", class_name="text-3xl sm:text-4xl"),
            el.p(FavouritesState.total, custom_attrs={"aria-live": "polite"}, class_name="mt-2 mb-8 min-h-6 text-soft"),
            content,
            class_name=f"{CONTAINER} py-6 sm:py-8",
        ),
        is_ready=FavouritesState.status != "",
    )


def _favourite_list() -> rx.Component:
    button = secondary_button("Show more", on_click=browser.event_handler(FavouritesState.show_more))
    error = el.p("That didn't work. Please try again.", role="alert", class_name="mb-4 text-soft")
    load_more = el.div(el.when(FavouritesState.load_more_failed, error), button, class_name="mt-12 text-center")
    return el.div(
        el.h2("Listings", class_name="sr-only"),
        el.ul(rx.foreach(FavouritesState.favourites, _favourite), class_name=GRID),
        el.when(FavouritesState.has_more, load_more),
    )


def _favourite(each: rx.vars.ObjectVar[FavouriteView]) -> rx.Component:
    price_drop = el.p(
        icon("arrow-down", size=16, class_name="mt-0.5"),
        each.price_note,
        class_name="mt-1 flex gap-1 text-sm font-medium text-positive",
    )
    available = el.fragment(
        result_card(cast(rx.vars.ObjectVar[CardView], each.card)), el.when(each.price_note != "", price_drop)
    )
    return el.li(el.if_else(each.is_unavailable, _unavailable(each), available), key=each.id, class_name="min-w-0")


def _unavailable(each: rx.vars.ObjectVar[FavouriteView]) -> rx.Component:
    """A favourite that is no longer for sale."""
    placeholder_class = "grid aspect-4/5 place-items-center rounded-card border border-dashed border-edge text-soft"
    return el.article(
        el.div(icon("heart-off", size=28), class_name=placeholder_class),
        el.h3(each.title, class_name="clamp-2 mt-3 font-sans! text-[15px] leading-snug font-normal! tracking-normal!"),
        el.p("No longer for sale", class_name="mt-1 mb-3 text-sm text-soft"),
        secondary_button(
            "Remove",
            el.span(": ", each.title, class_name="sr-only"),
            on_click=browser.event_handler(FavouriteButtonsState.toggle)(each.id, False),
        ),
    )


def _empty() -> rx.Component:
    return empty_state(
        "heart",
        "Nothing here yet",
        "Press the heart on anything you like to save it here. We'll tell you when its price drops.",
        primary_link("See what's new", href="/search"),
    )


ROUTES = (private("/favourites", favourites_page, "Favourites", FavouritesState.load),)
