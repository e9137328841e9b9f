"""The page of a shop."""

from typing import Any, cast

import reflex as rx

from pages.components import el
from pages.components import filters as kit
from pages.components.callout import callout
from pages.components.icon import icon
from pages.components.link import HOVER_UNDERLINE
from pages.components.list_search import search_field
from pages.components.picture import picture_url, shop_logo
from pages.following import follow_button
from pages.layout import not_found
from pages.layout.layout import CONTAINER, page_layout
from pages.layout.route import Route, title_from_state
from pages.search.results import is_current, results
from platform_app.presenters.shops import SectionLinkView
from state.core import browser
from state.shops import ShopState

_SHOP = browser.object_var(ShopState.shop)
_SEARCH_FORM = "shop-search"


def shop_page() -> rx.Component:
    """A shop with its listings, description and policies."""
    return page_layout(
        el.when(
            is_current(ShopState) & (ShopState.status == "ready"),
            el.fragment(_heading(), el.when(_SHOP.holiday_text != "", _holiday_notice())),
        ),
        el.div(
            el.when(is_current(ShopState) & (ShopState.status == "ready"), el.fragment(_search(), _sections())),
            results(ShopState, not_found=not_found.not_found_message("shop")),
            class_name=CONTAINER,
        ),
        el.when(is_current(ShopState) & (ShopState.status == "ready"), _about()),
        is_ready=is_current(ShopState),
        is_served=True,
    )


def _heading() -> rx.Component:
    shop = _SHOP
    banner = el.img(
        src=picture_url(shop.banner, 800),
        src_set=picture_url(shop.banner, 800) + " 800w, " + picture_url(shop.banner, 1600) + " 1600w",
        # Phones load the smaller one, even on sharp screens: it is the largest element of the page.
        sizes="(min-width: 640px) 100vw, 65vw",
        alt=shop.banner_alt,
        width="1600",
        height="533",
        custom_attrs={"fetchPriority": "high"},
        class_name="aspect-3/1 max-h-80 w-full bg-sunken object-cover",
    )
    name = el.div(
        el.h1(shop.name, class_name="text-3xl sm:text-5xl wrap-anywhere"),
        el.p(shop.tagline, class_name="mt-2 text-lg text-soft text-pretty"),
        el.p(
            icon("map-pin", size=16),
            shop.country,
            el.when(shop.about != "", el.a("About the shop", href="#about", class_name=f"ms-3 {HOVER_UNDERLINE}")),
            class_name="mt-1 flex min-h-11 items-center gap-1.5 text-soft",
        ),
        follow_button(shop.name, ShopState.followers),
        class_name="min-w-0 pt-3",
    )
    return el.div(
        rx.cond(shop.banner != "", banner, el.div(class_name="h-12")),
        el.div(
            el.div(
                shop_logo(
                    shop.logo, shop.name, class_name="-mt-10 size-20 border-4! border-paper! text-4xl sm:size-28"
                ),
                name,
                class_name="flex flex-col gap-x-6 sm:flex-row",
            ),
            class_name=f"{CONTAINER} pb-10",
        ),
    )


def _search() -> rx.Component:
    """The field that searches this shop, and keeps the filters and the sort order."""
    fields = rx.foreach(
        browser.object_var(ShopState.filters).other_fields,
        lambda each: el.input(type="hidden", name=each.name, value=each.value, read_only=True),
    )
    return kit.filter_form(
        fields,
        search_field(name=_SEARCH_FORM, label="Search this shop", query=ShopState.q),
        name=_SEARCH_FORM,
        label="This shop",
        action=ShopState.path,
        filters=cast(rx.Var[Any], ShopState.filters),
        role="search",
        class_name="relative mb-6 block w-full max-w-md",
    )


def _sections() -> rx.Component:
    """Links to the shop's sections."""
    links = el.nav(
        rx.foreach(
            ShopState.sections.to(list[SectionLinkView]),
            lambda each: kit.section_link(each.label, each.href, each.is_active),
        ),
        aria_label="Sections",
        class_name="no-scrollbar -mx-4 mb-6 flex gap-2 overflow-x-auto px-4 sm:mx-0 sm:flex-wrap sm:px-0",
    )
    return el.when(ShopState.sections.length() > 0, links)


def _about() -> rx.Component:
    """The shop's description and policies, below its listings."""
    return el.div(
        _policy("about", "About the shop", _SHOP.about),
        _policy("shipping", "Shipping", _SHOP.shipping),
        _policy("returns", "Returns", _SHOP.returns),
        class_name=f"{CONTAINER} mt-16",
    )


def _policy(anchor: str, title: str, text: rx.Var[str]) -> rx.Component:
    section = el.section(
        el.h2(title, class_name="text-2xl sm:text-3xl"),
        el.p(text, class_name="max-w-2xl whitespace-pre-line text-pretty wrap-anywhere leading-relaxed"),
        id=anchor,
        class_name="grid gap-6 border-t border-line py-10 lg:grid-cols-[1fr_2fr]",
    )
    return el.when(text != "", section)


def _holiday_notice() -> rx.Component:
    notice = callout(
        el.p(_SHOP.holiday_text, ". Until then nothing can be bought here.", class_name="font-medium"),
        el.when(_SHOP.holiday_note != "", el.p(_SHOP.holiday_note, class_name="mt-1")),
        role="note",
    )
    return el.div(notice, class_name=f"{CONTAINER} pb-8")


ROUTES = (Route("/shops/[shop]", shop_page, title_from_state(ShopState.title), ShopState.load),)
