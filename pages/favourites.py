"""The page of all that the viewer likes."""

from typing import cast

import reflex as rx

from pages.components import el
from pages.components.button import primary_link, secondary_button
from pages.components.card import GRID, skeleton_cards
from pages.components.icon import icon
from pages.components.message import message, out_of_reach
from pages.frame import WIDE, page
from pages.results import card
from state import runtime
from state.favourites import FavouritesState, FavouriteView, HeartsState
from state.views import CardView

# What had the focus is gone: a keyboard goes on from the top of the list, not of the page.
_KEEP_FOCUS = "() => document.activeElement === document.body && document.getElementById('favourites')?.focus()"


def favourites_page() -> rx.Component:
    """Everything liked, what has become cheaper since, and what is gone."""
    shown = rx.match(
        FavouritesState.status,
        ("ready", el.either(FavouritesState.favourites.length() > 0, _some(), _none())),
        ("down", out_of_reach(runtime.handler(FavouritesState.load))),
        el.div(el.p("Loading…", role="status", class_name="sr-only"), skeleton_cards(8)),
    )
    return page(
        el.div(
            el.h1(
                "Favourites",
                id="favourites",
                custom_attrs={"tabIndex": -1},
                class_name="text-3xl outline-none sm:text-4xl",
            ),
            el.p(FavouritesState.total, custom_attrs={"aria-live": "polite"}, class_name="mt-2 mb-8 min-h-6 text-soft"),
            shown,
            class_name=f"{WIDE} py-6 sm:py-8",
        ),
        ready=FavouritesState.status != "",
    )


def _some() -> rx.Component:
    button = secondary_button("Show more", on_click=runtime.handler(FavouritesState.show_more))
    failed = el.p("That did not work. Please try again.", role="alert", class_name="mb-4 text-soft")
    more = el.div(el.when(FavouritesState.more_failed, failed), button, class_name="mt-12 text-center")
    return el.div(
        el.h2("Listings", class_name="sr-only"),
        el.ul(rx.foreach(FavouritesState.favourites, _favourite), class_name=GRID),
        el.when(FavouritesState.has_more, more),
    )


def _favourite(each: rx.vars.ObjectVar[FavouriteView]) -> rx.Component:
    cheaper = el.p(
        icon("arrow-down", size=16, class_name="mt-0.5"),
        each.note,
        class_name="mt-1 flex gap-1 text-sm font-medium text-positive",
    )
    for_sale = el.fragment(card(cast(rx.vars.ObjectVar[CardView], each.card)), el.when(each.note != "", cheaper))
    return el.li(el.either(each.is_gone, _gone(each), for_sale), _focus_keeper(), key=each.id, class_name="min-w-0")


@rx.memo
def _focus_keeper() -> rx.Component:
    """A component of its own in each favourite, so that it goes when that one goes."""
    return el.span(on_unmount=runtime.in_browser(_KEEP_FOCUS), class_name="hidden")


def _gone(each: rx.vars.ObjectVar[FavouriteView]) -> rx.Component:
    """What is left of a listing that is no longer for sale."""
    frame = "grid aspect-4/5 place-items-center rounded-card border border-dashed border-edge text-soft"
    return el.article(
        el.div(icon("heart-off", size=28), class_name=frame),
        el.h3(each.title, class_name="clamp-2 mt-3 font-sans! text-[15px] leading-snug font-normal! tracking-normal!"),
        el.p("No longer for sale", class_name="mt-1 mb-3 text-sm text-soft"),
        secondary_button(
            "Remove",
            el.span(": ", each.title, class_name="sr-only"),
            on_click=runtime.handler(HeartsState.press)(each.id, False),
        ),
    )


def _none() -> rx.Component:
    return message(
        "heart",
        "Nothing here yet",
        "Press the heart on anything you like: it is kept here, and we tell you when it gets cheaper.",
        primary_link("See what is new", href="/search"),
    )
