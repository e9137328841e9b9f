"""The page of a listing."""

import reflex as rx

from pages.catalog.listing_terms import delivery_terms, report_link
from pages.catalog.variant_picker import selected_variant, variant_picker, variant_price
from pages.components import el
from pages.components.breadcrumbs import breadcrumb_item, breadcrumbs
from pages.components.button import secondary_link
from pages.components.card import GRID, skeleton_cards
from pages.components.empty_state import empty_state, error_state
from pages.components.gallery import gallery
from pages.components.icon import icon
from pages.components.link import HOVER_UNDERLINE, link
from pages.components.picture import shop_logo
from pages.components.share_button import share_button
from pages.favourites.favourite_button import favourite_button
from pages.layout import not_found
from pages.layout.layout import CONTAINER, page_layout
from pages.layout.route import Route, title_from_state
from pages.search.result_card import result_card
from pages.stock_alerts import stock_alert_button, unfinished_stock_alert
from platform_app.presenters.catalog import DetailView
from state.catalog import ListingState
from state.core import browser

_LISTING = browser.object_var(ListingState.listing)
_IS_CURRENT = (ListingState.status != "") & (ListingState.loaded == browser.pathname())


def listing_page() -> rx.Component:
    """A listing: pictures, price, options, description, shop and related listings."""
    content = rx.match(
        ListingState.status,
        ("missing", not_found.not_found_message("listing")),
        ("ended", _ended()),
        ("down", error_state(browser.event_handler(ListingState.load), level=1)),
        listing_content(),
    )
    return page_layout(
        el.div(rx.cond(_IS_CURRENT, content, _loading()), class_name=CONTAINER), is_ready=_IS_CURRENT, is_served=True
    )


def listing_content(*, is_preview: bool = False) -> rx.Component:
    """The listing in the state; a preview cannot be liked or shared."""
    breadcrumb_items = rx.foreach(ListingState.breadcrumbs, lambda each: breadcrumb_item(each.label, each.href))
    return el.div(
        el.div(breadcrumbs(breadcrumb_item("Home", "/"), breadcrumb_items), class_name="py-3"),
        el.article(
            gallery(_LISTING.pictures, name=_LISTING.id, frame=_LISTING.frame),
            el.div(
                _purchase_panel(is_preview=is_preview),
                _shop_card(),
                class_name="min-w-0 lg:sticky lg:top-8 lg:self-start",
            ),
            el.div(
                _description(),
                _details(),
                *([] if is_preview else [report_link(_LISTING.report_href)]),
                class_name="min-w-0 lg:col-start-1",
            ),
            class_name="grid gap-x-12 gap-y-8 lg:grid-cols-[1.2fr_1fr] xl:gap-x-16",
        ),
        el.when(ListingState.related.length() > 0, _related()),
    )


def _ended() -> rx.Component:
    """A listing that is no longer for sale, and similar ones."""
    ended = browser.object_var(ListingState.ended)
    message = empty_state(
        "package-x",
        ended.title,
        ended.reason,
        secondary_link(el.span("Visit ", ended.shop_name), href=ended.shop_href),
        level=1,
    )
    return el.div(message, el.when(ListingState.related.length() > 0, _related()))


def _purchase_panel(*, is_preview: bool) -> rx.Component:
    """Title, price, options and stock."""
    variant = selected_variant()
    colour = rx.cond(
        variant.sold_out, "text-soft", rx.cond(variant.stock == "In stock", "text-positive", "text-warning")
    )
    stock = el.p(
        el.span(class_name="size-2 rounded-full bg-current", custom_attrs={"aria-hidden": "true"}),
        variant.stock,
        custom_attrs={"aria-live": "polite"},
        class_name=colour + " mt-6 flex items-center gap-2.5 font-medium",
    )
    actions = (share_button(), favourite_button(_LISTING.id, _LISTING.title))
    alert = el.when(variant.alert_id != "", stock_alert_button(_LISTING.id, variant.alert_id))
    alerts = (alert, unfinished_stock_alert())
    return el.div(
        el.div(
            link(
                _LISTING.shop_name,
                href=_LISTING.shop_href,
                class_name=f"inline-flex min-h-11 items-center text-soft {HOVER_UNDERLINE}",
            ),
            el.div(*([] if is_preview else actions), class_name="flex items-center"),
            class_name="flex items-center justify-between gap-4",
        ),
        el.h1(_LISTING.title, class_name="text-3xl leading-tight wrap-anywhere sm:text-4xl"),
        variant_price(),
        el.p(_LISTING.condition, class_name="mt-1 text-soft"),
        delivery_terms(_LISTING.delivery_terms.to(list[str])),
        el.when(ListingState.followers != "", el.p(ListingState.followers, class_name="mt-1 text-soft tabular-nums")),
        variant_picker(),
        stock,
        el.when(
            _LISTING.holiday_note != "",
            el.p(_LISTING.holiday_note, class_name="mt-2 text-soft text-pretty wrap-anywhere"),
        ),
        *([] if is_preview else alerts),
    )


def _shop_card() -> rx.Component:
    shop = _LISTING
    return el.section(
        shop_logo(shop.shop_logo, shop.shop_name, class_name="size-14 text-xl"),
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
        # The presenter has already sanitized this HTML.
        rx.html(_LISTING.description, class_name="prose max-w-2xl"),
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
        el.div(rx.foreach(ListingState.related, result_card), class_name=GRID),
        aria_label="Related listings",
        class_name="mt-16 sm:mt-24",
    )


def _loading() -> rx.Component:
    return el.div(
        el.p("Loading…", role="status", class_name="sr-only"),
        el.div(class_name="skeleton aspect-4/5"),
        el.div(
            el.div(class_name="skeleton h-10 w-4/5"),
            el.div(class_name="skeleton mt-4 h-8 w-1/3"),
            el.div(class_name="skeleton mt-8 h-24 w-full"),
        ),
        el.div(skeleton_cards(4), class_name="mt-8 lg:col-span-2"),
        class_name="show-after-200ms grid gap-12 pt-17 lg:grid-cols-[1.2fr_1fr]",
    )


ROUTES = (Route("/shops/[shop]/[listing]", listing_page, title_from_state(ListingState.title), ListingState.load),)
