"""The page of a listing."""

import reflex as rx

from pages import missing
from pages.choosing import choices, picture_place, variant
from pages.components import el
from pages.components.card import GRID, skeleton_cards
from pages.components.crumbs import breadcrumb, crumb
from pages.components.gallery import gallery
from pages.components.icon import icon
from pages.components.link import QUIET, link
from pages.components.message import out_of_reach
from pages.components.picture import mark
from pages.frame import WIDE, page
from pages.liking import heart
from pages.results import card
from state import runtime
from state.catalog import ListingState
from state.listing_views import DetailView

_LISTING = runtime.view(ListingState.listing)
_IS_HERE = (ListingState.status != "") & (ListingState.loaded == runtime.pathname())


def listing_page() -> rx.Component:
    """One thing for sale: pictures, price, choices, words, who sells it, and what is like it."""
    shown = rx.match(
        ListingState.status,
        ("missing", missing.gone("listing")),
        ("down", out_of_reach(runtime.handler(ListingState.load), level=1)),
        _listing(),
    )
    return page(el.div(rx.cond(_IS_HERE, shown, _waiting()), class_name=WIDE), ready=_IS_HERE, is_served=True)


def _listing() -> rx.Component:
    steps = rx.foreach(ListingState.crumbs, lambda each: crumb(each.label, each.href))
    return el.div(
        el.div(breadcrumb(crumb("Home", "/"), steps), class_name="py-3"),
        el.article(
            gallery(_LISTING.pictures, shown=picture_place()),
            el.div(_offer(), _shop(), class_name="min-w-0 lg:sticky lg:top-8 lg:self-start"),
            el.div(_description(), _details(), class_name="min-w-0 lg:col-start-1"),
            class_name="grid gap-x-12 gap-y-8 lg:grid-cols-[1.2fr_1fr] xl:gap-x-16",
        ),
        el.when(ListingState.related.length() > 0, _related()),
    )


def _offer() -> rx.Component:
    """Title, price, choices and stock; what to do about it stands below, once it can be bought."""
    chosen = variant()
    was = el.fragment(
        el.s(el.span("Was ", class_name="sr-only"), chosen.compare_at, class_name="text-lg text-soft decoration-1"),
        el.span(chosen.saving, class_name="text-[15px] font-medium text-accent"),
    )
    price = el.p(
        el.span(chosen.price, class_name="text-2xl font-semibold wrap-anywhere"),
        el.when(chosen.compare_at != "", was),
        custom_attrs={"aria-live": "polite"},
        class_name="mt-4 flex flex-wrap items-baseline gap-x-3 gap-y-1 tabular-nums",
    )
    colour = rx.cond(chosen.sold_out, "text-soft", rx.cond(chosen.stock == "In stock", "text-positive", "text-warning"))
    stock = el.p(
        el.span(class_name="size-2 rounded-full bg-current", custom_attrs={"aria-hidden": "true"}),
        chosen.stock,
        custom_attrs={"aria-live": "polite"},
        class_name=colour + " mt-6 flex items-center gap-2.5 font-medium",
    )
    return el.div(
        el.div(
            link(
                _LISTING.shop_name,
                href=_LISTING.shop_href,
                class_name=f"inline-flex min-h-11 items-center text-soft {QUIET}",
            ),
            heart(_LISTING.id, _LISTING.title),
            class_name="flex items-center justify-between gap-4",
        ),
        el.h1(_LISTING.title, class_name="text-3xl leading-tight wrap-anywhere sm:text-4xl"),
        price,
        el.p(_LISTING.condition, class_name="mt-1 text-soft"),
        el.when(ListingState.followers != "", el.p(ListingState.followers, class_name="mt-1 text-soft tabular-nums")),
        choices(),
        stock,
        el.when(
            _LISTING.away_note != "", el.p(_LISTING.away_note, class_name="mt-2 text-soft text-pretty wrap-anywhere")
        ),
    )


def _shop() -> rx.Component:
    shop = _LISTING
    return el.section(
        mark(shop.shop_mark, shop.shop_name, class_name="size-14 text-xl"),
        el.div(
            el.h2(
                link(
                    shop.shop_name,
                    href=shop.shop_href,
                    class_name="after:absolute after:inset-0 after:content-[''] group-hover:underline underline-offset-4 decoration-1",
                ),
                class_name="truncate text-lg",
            ),
            el.p(shop.shop_tagline, class_name="text-sm text-soft"),
            el.p(
                icon("map-pin", size=14), shop.shop_country, class_name="mt-1 flex items-center gap-1 text-sm text-soft"
            ),
            class_name="min-w-0 flex-1",
        ),
        icon("chevron-right", class_name="text-soft"),
        aria_label="The shop",
        class_name="group relative mt-8 flex items-center gap-4 rounded-card border border-line bg-raised p-4",
    )


def _description() -> rx.Component:
    text = el.section(
        el.h2("About this listing", class_name="mb-4 text-2xl"),
        # Cleaned by the domain's own rules before it came here.
        rx.html(_LISTING.description, class_name="rich max-w-2xl"),
    )
    return el.when(_LISTING.description != "", text)


def _details() -> rx.Component:
    lines = el.section(
        el.h2("Details", class_name="mt-10 mb-2 text-2xl"),
        el.dl(rx.foreach(_LISTING.details, _detail), class_name="max-w-2xl"),
    )
    return el.when(_LISTING.details.length() > 0, lines)


def _detail(each: rx.vars.ObjectVar[DetailView]) -> rx.Component:
    return el.div(
        el.dt(each.name, class_name="text-soft"),
        el.dd(each.value, class_name="wrap-anywhere"),
        class_name="grid grid-cols-[1fr_2fr] gap-4 border-b border-line py-3 last:border-0",
    )


def _related() -> rx.Component:
    return el.section(
        el.h2("You may also like", class_name="mb-6 text-2xl sm:text-3xl"),
        el.div(rx.foreach(ListingState.related, card), class_name=GRID),
        aria_label="Related listings",
        class_name="mt-16 sm:mt-24",
    )


def _waiting() -> rx.Component:
    return el.div(
        el.p("Loading…", role="status", class_name="sr-only"),
        el.div(class_name="skeleton aspect-4/5"),
        el.div(
            el.div(class_name="skeleton h-10 w-4/5"),
            el.div(class_name="skeleton mt-4 h-8 w-1/3"),
            el.div(class_name="skeleton mt-8 h-24 w-full"),
        ),
        el.div(skeleton_cards(4), class_name="mt-8 lg:col-span-2"),
        class_name="soon grid gap-12 pt-17 lg:grid-cols-[1.2fr_1fr]",
    )
