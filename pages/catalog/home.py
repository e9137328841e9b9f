"""The home page."""

from typing import cast

import reflex as rx

from pages.components import el
from pages.components.card import GRID, shop_card, skeleton_cards
from pages.components.empty_state import empty_state, error_state
from pages.components.icon import category_icon, icon
from pages.components.link import HOVER_UNDERLINE, link
from pages.components.picture import card_picture
from pages.layout.layout import CONTAINER, page_layout
from pages.layout.route import Route
from pages.search.result_card import result_card
from pages.search.typeahead import typeahead
from platform_app.presenters.catalog import CategoryLinkView
from platform_app.presenters.search import CardView
from platform_app.presenters.shops import ShopView
from state.catalog_home import HomeState
from state.core import browser
from state.layout import LayoutState


def home_page() -> rx.Component:
    """An introduction, the categories, the newest listings and the newest shops."""
    body = rx.match(
        HomeState.status,
        ("ready", _content()),
        ("down", error_state(browser.event_handler(HomeState.load))),
        el.div(skeleton_cards(8), class_name=CONTAINER),
    )
    return page_layout(_hero(), _categories(), body, is_ready=HomeState.status != "", has_search=True, is_served=True)


def _hero() -> rx.Component:
    introduction = el.div(
        el.h1("Good things, from the people who make them.", class_name="text-[2.5rem] leading-[1.08] sm:text-6xl"),
        el.p(
            "Independent shops, gathered on one square. New, made to order, and well loved.",
            class_name="mt-5 max-w-md text-lg text-soft text-pretty",
        ),
        el.div(typeahead(name="hero-search", query="", large=True), class_name="mt-8 hidden max-w-xl sm:block"),
        class_name="flex flex-col justify-center py-4",
    )
    frame_classes = [
        "col-span-2 row-span-2 col-start-1", "col-start-3 row-start-1", "col-start-3 row-start-2",
    ]  # fmt: skip
    pictures = el.div(
        *(
            el.div(
                el.when(
                    HomeState.hero.length() > index,
                    _hero_picture(cast(rx.vars.ObjectVar[CardView], HomeState.hero[index])),
                ),
                class_name=f"relative overflow-hidden rounded-card bg-sunken aspect-4/5 {frame_class}",
            )
            for index, frame_class in enumerate(frame_classes)
        ),
        class_name="grid grid-cols-3 gap-3 sm:gap-4",
    )
    return el.section(
        introduction, pictures, class_name=f"{CONTAINER} grid items-center gap-8 py-8 sm:py-14 lg:grid-cols-2 lg:gap-16"
    )


def _hero_picture(each: rx.vars.ObjectVar[CardView]) -> rx.Component:
    return link(
        card_picture(
            each.picture,
            each.width,
            each.colour,
            is_wide=each.is_wide,
            sizes="(min-width: 1024px) 400px, 60vw",
            eager=True,
        ),
        el.span(each.title, class_name="sr-only"),
        href=each.href,
        class_name="absolute inset-0",
    )


def _categories() -> rx.Component:
    return el.nav(
        el.ul(
            rx.foreach(LayoutState.menu, _category),
            class_name="no-scrollbar -mx-4 flex min-h-24 gap-2 overflow-x-auto border-y border-line px-4 py-4 sm:mx-0 sm:grid sm:grid-cols-5 sm:px-0 lg:grid-cols-10",
        ),
        aria_label="Shop by category",
        class_name=CONTAINER,
    )


def _category(each: rx.vars.ObjectVar[CategoryLinkView]) -> rx.Component:
    return el.li(
        link(
            category_icon(name=each.icon, size=24),
            el.span(each.label, class_name="text-balance"),
            href=each.href,
            class_name="flex h-full w-24 flex-col items-center gap-2 rounded-xl px-1 py-4 text-center text-sm leading-tight hover:bg-sunken sm:w-auto",
        )
    )


def _content() -> rx.Component:
    empty = empty_state(
        "sprout",
        "Nothing is for sale yet",
        "Come back soon, or open the first shop.",
        level=2,
    )
    newest = el.section(
        _heading("New on the square", "/search?sort=newest"),
        el.div(rx.foreach(HomeState.newest, result_card), class_name=GRID),
        aria_label="New listings",
    )
    shops = el.section(
        el.h2("Shops to know", class_name="mb-6 text-2xl sm:text-3xl"),
        el.div(rx.foreach(HomeState.shops, _shop_card), class_name="grid gap-6 sm:grid-cols-2 lg:grid-cols-3"),
        aria_label="Shops",
        class_name="mt-16 sm:mt-24",
    )
    return el.div(
        el.p(HomeState.demo, role="status", class_name="mb-8 text-soft empty:hidden"),
        rx.cond(HomeState.newest.length() > 0, newest, rx.cond(HomeState.demo != "", skeleton_cards(8), empty)),
        el.when(HomeState.shops.length() > 0, shops),
        class_name=f"{CONTAINER} pt-10 sm:pt-14",
    )


def _heading(title: str, href: str) -> rx.Component:
    see_all = link(
        "See all",
        icon("arrow-right", size=18),
        href=href,
        class_name=f"inline-flex min-h-11 items-center gap-2 {HOVER_UNDERLINE}",
    )
    return el.div(
        el.h2(title, class_name="text-2xl sm:text-3xl"),
        see_all,
        class_name="mb-6 flex items-center justify-between gap-4",
    )


def _shop_card(each: rx.vars.ObjectVar[ShopView]) -> rx.Component:
    return shop_card(href=each.href, name=each.name, tagline=each.tagline, logo=each.logo, banner=each.banner)


ROUTES = (Route("/", home_page, "Plaza · Good things from independent shops", HomeState.load),)
