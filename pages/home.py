"""The home page."""

from typing import cast

import reflex as rx

from pages.components import el
from pages.components.card import GRID, shop_card, skeleton_cards
from pages.components.icon import category_icon, icon
from pages.components.link import QUIET, link
from pages.components.message import message, out_of_reach
from pages.components.picture import card_picture
from pages.frame import WIDE, page
from pages.results import card
from pages.suggesting import search
from state import runtime
from state.home import HomeState
from state.shell import ShellState
from state.views import CardView, CategoryView, ShopView


def home_page() -> rx.Component:
    """A promise, the categories, what is new, and who sells."""
    body = rx.match(
        HomeState.status,
        ("ready", _ready()),
        ("down", out_of_reach(runtime.handler(HomeState.load))),
        el.div(skeleton_cards(8), class_name=WIDE),
    )
    return page(_hero(), _categories(), body, ready=HomeState.status != "", has_search=True, is_served=True)


def _hero() -> rx.Component:
    words = el.div(
        el.h1("Good things, from the people who make them.", class_name="text-[2.5rem] leading-[1.08] sm:text-6xl"),
        el.p(
            "Independent shops, gathered on one square. New, made to order, and well loved.",
            class_name="mt-5 max-w-md text-lg text-soft text-pretty",
        ),
        el.div(search(name="hero-search", query="", large=True), class_name="mt-8 hidden max-w-xl sm:block"),
        class_name="flex flex-col justify-center py-4",
    )
    frames = [
        "col-span-2 row-span-2 col-start-1", "col-start-3 row-start-1", "col-start-3 row-start-2",
    ]  # fmt: skip
    pictures = el.div(
        *(
            el.div(
                el.when(
                    HomeState.hero.length() > place,
                    _hero_picture(cast(rx.vars.ObjectVar[CardView], HomeState.hero[place])),
                ),
                class_name=f"relative overflow-hidden rounded-card bg-sunken aspect-4/5 {frame}",
            )
            for place, frame in enumerate(frames)
        ),
        class_name="grid grid-cols-3 gap-3 sm:gap-4",
    )
    return el.section(
        words, pictures, class_name=f"{WIDE} grid items-center gap-8 py-8 sm:py-14 lg:grid-cols-2 lg:gap-16"
    )


def _hero_picture(each: rx.vars.ObjectVar[CardView]) -> rx.Component:
    return link(
        card_picture(each.picture, each.width, each.colour, sizes="(min-width: 1024px) 400px, 60vw", eager=True),
        el.span(each.title, class_name="sr-only"),
        href=each.href,
        class_name="absolute inset-0",
    )


def _categories() -> rx.Component:
    return el.nav(
        el.ul(
            rx.foreach(ShellState.menu, _category),
            class_name="scroll-quiet -mx-4 flex min-h-24 gap-2 overflow-x-auto border-y border-line px-4 py-4 sm:mx-0 sm:grid sm:grid-cols-5 sm:px-0 lg:grid-cols-10",
        ),
        aria_label="Shop by category",
        class_name=WIDE,
    )


def _category(each: rx.vars.ObjectVar[CategoryView]) -> rx.Component:
    return el.li(
        link(
            category_icon(name=each.icon, size=24),
            el.span(each.label, class_name="text-balance"),
            href=each.href,
            class_name="flex h-full w-24 flex-col items-center gap-2 rounded-xl px-1 py-4 text-center text-sm leading-tight hover:bg-sunken sm:w-auto",
        )
    )


def _ready() -> rx.Component:
    nothing = message(
        "sprout",
        "Nothing is for sale yet",
        "The square is swept and waiting. Come back soon, or open the first shop.",
        level=2,
    )
    newest = el.section(
        _heading("New on the square", "/search?sort=newest"),
        el.div(rx.foreach(HomeState.newest, card), class_name=GRID),
        aria_label="New listings",
    )
    shops = el.section(
        el.h2("Shops to know", class_name="mb-6 text-2xl sm:text-3xl"),
        el.div(rx.foreach(HomeState.shops, _shop), class_name="grid gap-6 sm:grid-cols-2 lg:grid-cols-3"),
        aria_label="Shops",
        class_name="mt-16 sm:mt-24",
    )
    return el.div(
        el.p(HomeState.demo, role="status", class_name="mb-8 text-soft empty:hidden"),
        rx.cond(HomeState.newest.length() > 0, newest, rx.cond(HomeState.demo != "", skeleton_cards(8), nothing)),
        el.when(HomeState.shops.length() > 0, shops),
        class_name=f"{WIDE} pt-10 sm:pt-14",
    )


def _heading(title: str, href: str) -> rx.Component:
    more = link(
        "See all",
        icon("arrow-right", size=18),
        href=href,
        class_name=f"inline-flex min-h-11 items-center gap-2 {QUIET}",
    )
    return el.div(
        el.h2(title, class_name="text-2xl sm:text-3xl"),
        more,
        class_name="mb-6 flex items-center justify-between gap-4",
    )


def _shop(each: rx.vars.ObjectVar[ShopView]) -> rx.Component:
    return shop_card(href=each.href, name=each.name, tagline=each.tagline, mark_picture=each.mark, cover=each.cover)
