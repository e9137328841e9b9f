"""The page of a shop."""

import reflex as rx

from pages import missing
from pages.components import el
from pages.components.icon import icon
from pages.components.link import QUIET
from pages.components.notice import notice
from pages.components.picture import mark, stored
from pages.frame import WIDE, page
from pages.results import is_here, results
from state import runtime
from state.shops import ShopState

_SHOP = runtime.view(ShopState.shop)


def shop_page() -> rx.Component:
    """Who they are and what they sell."""
    return page(
        el.when(
            is_here(ShopState) & (ShopState.status == "ready"),
            el.fragment(_heading(), el.when(_SHOP.away != "", _away())),
        ),
        el.div(results(ShopState, missing=missing.gone("shop")), class_name=WIDE),
        el.when(is_here(ShopState) & (ShopState.status == "ready"), _about()),
        ready=is_here(ShopState),
        is_served=True,
    )


def _heading() -> rx.Component:
    shop = _SHOP
    cover = el.img(
        src=stored(shop.cover, 800),
        src_set=stored(shop.cover, 800) + " 800w, " + stored(shop.cover, 1600) + " 1600w",
        # Telephones take the smaller one, however fine their screens are: nothing on the page is larger.
        sizes="(min-width: 640px) 100vw, 65vw",
        alt=shop.cover_alt,
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
            el.when(shop.about != "", el.a("About the shop", href="#about", class_name=f"ms-3 {QUIET}")),
            class_name="mt-1 flex min-h-11 items-center gap-1.5 text-soft",
        ),
        class_name="min-w-0 pt-3",
    )
    return el.div(
        rx.cond(shop.cover != "", cover, el.div(class_name="h-12")),
        el.div(
            el.div(
                mark(shop.mark, shop.name, class_name="-mt-10 size-20 border-4! border-paper! text-4xl sm:size-28"),
                name,
                class_name="flex flex-col gap-x-6 sm:flex-row",
            ),
            class_name=f"{WIDE} pb-10",
        ),
    )


def _about() -> rx.Component:
    """Their own words, below what they sell."""
    return el.div(
        _words("about", "About the shop", _SHOP.about),
        _words("shipping", "Shipping", _SHOP.shipping),
        _words("returns", "Returns", _SHOP.returns),
        class_name=f"{WIDE} mt-16",
    )


def _words(anchor: str, title: str, text: rx.Var[str]) -> rx.Component:
    shown = el.section(
        el.h2(title, class_name="text-2xl sm:text-3xl"),
        el.p(text, class_name="max-w-2xl whitespace-pre-line text-pretty wrap-anywhere leading-relaxed"),
        id=anchor,
        class_name="grid gap-6 border-t border-line py-10 lg:grid-cols-[1fr_2fr]",
    )
    return el.when(text != "", shown)


def _away() -> rx.Component:
    said = notice(
        el.p(_SHOP.away, ". Until then nothing can be bought here.", class_name="font-medium"),
        el.when(_SHOP.away_note != "", el.p(_SHOP.away_note, class_name="mt-1")),
        role="note",
    )
    return el.div(said, class_name=f"{WIDE} pb-8")
