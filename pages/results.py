"""Listings with their filters, as the search, category and shop pages show them."""

import reflex as rx

from pages.components import el
from pages.components import filters as kit
from pages.components.button import secondary_button, secondary_link
from pages.components.card import GRID, listing_card, skeleton_cards
from pages.components.icon import icon
from pages.components.link import UNDERLINED, link
from pages.components.message import message, out_of_reach
from pages.narrowing import drawer, panel, sort
from state import runtime
from state.browsing import Browsing
from state.views import CardView, LinkView

FIRST_ROW = 4
_OPEN = "() => document.getElementById('filters').showModal()"


def results(state: type[Browsing], *, missing: rx.Component, level: int = 1) -> rx.Component:
    """Skeletons, then results, an apology, or what there is instead of a page that does not exist.

    `level` is the heading an apology has: 1 where there is no other without results.
    """
    shown = rx.match(
        state.status,
        ("missing", missing),
        ("down", out_of_reach(runtime.handler(state.load), level=level)),
        _found(state),
    )
    return el.either(is_here(state), shown, _waiting())


def is_here(state: type[Browsing]) -> rx.Var[bool]:
    """Whether the state is about this very path, whatever the query."""
    return (state.status != "") & (state.path == runtime.pathname())


def is_settled(state: type[Browsing]) -> rx.Var[bool]:
    """Whether what is shown is what the address asks for."""
    return (state.status != "") & (state.loaded == runtime.here())


def card(each: rx.vars.ObjectVar[CardView]) -> rx.Component:
    """A listing's card."""
    return _drawn(each, eager=False)


def _card(each: rx.vars.ObjectVar[CardView], place: rx.Var[int]) -> rx.Component:
    """A card whose picture is fetched at once where it is seen at once."""
    return _drawn(each, eager=place.to(int) < FIRST_ROW)


def _drawn(each: rx.vars.ObjectVar[CardView], *, eager: rx.Var[bool] | bool) -> rx.Component:
    return listing_card(
        href=each.href,
        title=each.title,
        shop_name=each.shop_name,
        price=each.price,
        compare_at=each.compare_at,
        condition=each.condition,
        sold_out=each.sold_out,
        away=each.away,
        picture=each.picture,
        width=each.width,
        colour=each.colour,
        eager=eager,
    )


def _found(state: type[Browsing]) -> rx.Component:
    grid = el.fragment(el.h2("Listings", class_name="sr-only"), el.div(rx.foreach(state.cards, _card), class_name=GRID))
    body = rx.cond(state.cards.length() > 0, el.fragment(grid, _more(state)), _nothing(state))
    return el.div(
        el.aside(panel(state, name="side"), aria_label="Filters", class_name="hidden w-56 shrink-0 lg:block"),
        el.div(
            _bar(state),
            el.div(
                body,
                aria_busy=~is_settled(state),
                class_name=rx.cond(is_settled(state), "", "opacity-50 ") + "transition-opacity duration-150",
            ),
            class_name="min-w-0 flex-1",
        ),
        drawer(state),
        class_name="flex gap-10",
    )


def _bar(state: type[Browsing]) -> rx.Component:
    """How many there are, in what order, and which filters are in force."""
    count = el.p(state.total, custom_attrs={"aria-live": "polite"}, class_name="text-soft tabular-nums")
    button = el.button(
        icon("sliders-horizontal", size=18),
        "Filters",
        type="button",
        on_click=runtime.in_browser(_OPEN),
        class_name="inline-flex min-h-11 items-center gap-2 rounded-full border border-edge px-4 text-[15px] lg:hidden",
    )
    sorts = el.nav(
        rx.foreach(runtime.view(state.filters).sorts, sort),
        aria_label="Sort",
        class_name="scroll-quiet hidden gap-5 overflow-x-auto sm:flex",
    )
    chips = el.ul(
        rx.foreach(
            runtime.view(state.filters).chips,
            lambda each: el.li(kit.chip(each.label, each.href), class_name="max-w-full"),
        ),
        aria_label="Active filters",
        class_name="mb-4 flex flex-wrap gap-2",
    )
    return el.div(
        el.div(
            count,
            el.div(sorts, button, class_name="flex items-center gap-4"),
            class_name="mb-4 flex min-h-11 items-center justify-between gap-4",
        ),
        el.when(runtime.view(state.filters).chips.length() > 0, chips),
    )


def _more(state: type[Browsing]) -> rx.Component:
    button = secondary_button("Show more", on_click=runtime.handler(state.show_more))
    failed = el.p("That did not work. Please try again.", role="alert", class_name="mb-4 text-soft")
    return el.when(state.has_more, el.div(el.when(state.more_failed, failed), button, class_name="mt-12 text-center"))


def _nothing(state: type[Browsing]) -> rx.Component:
    """The empty state, with the ways out of it."""
    instead = runtime.view(state.instead)
    is_filtered = instead.unfiltered.label != ""
    unfiltered = secondary_link(instead.unfiltered.label, href=instead.unfiltered.href)
    corrected = el.p(
        "Did you mean ",
        link(instead.corrected.label, href=instead.corrected.href, class_name=f"font-medium text-accent {UNDERLINED}"),
        "?",
        class_name="mt-4 text-lg wrap-anywhere",
    )
    return message(
        "search-x",
        rx.cond(state.q != "", "Nothing found for “" + state.q + "”", "Nothing here yet"),
        rx.cond(
            is_filtered,
            "No listing meets all the filters. Take one away, or clear them all.",
            "Try fewer or more general words, or look around in the categories.",
        ),
        el.when(is_filtered, unfiltered),
        secondary_link("See everything new", href="/search"),
        first=el.when(instead.corrected.label != "", corrected),
        last=el.when(instead.categories.length() > 0, _nearby(instead.categories.to(list[LinkView]))),
    )


def _nearby(categories: rx.Var[list[LinkView]]) -> rx.Component:
    chips = el.ul(
        rx.foreach(categories, lambda each: el.li(kit.category_chip(each.label, each.href))),
        aria_label="Nearby categories",
        class_name="mt-3 flex flex-wrap justify-center gap-2",
    )
    return el.div(el.p("Nearby categories", class_name="text-sm text-soft"), chips, class_name="mt-10")


def _waiting() -> rx.Component:
    return el.div(
        el.p("Loading…", role="status", class_name="sr-only"),
        el.div(class_name="hidden w-56 shrink-0 lg:block"),
        el.div(el.div(class_name="mb-4 h-11"), skeleton_cards(8), class_name="min-w-0 flex-1"),
        class_name="flex gap-10",
    )
