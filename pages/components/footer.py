"""The footer of every page."""

import reflex as rx

from pages.components import el
from pages.components.link import HOVER_UNDERLINE, link


def footer(categories: rx.Component, site_pages: rx.Component) -> rx.Component:
    """Plaza's name, the way to a shop of one's own, all categories, and the pages that the operator writes."""
    return el.footer(
        el.div(
            el.div(
                el.p("Plaza", class_name="font-display text-2xl"),
                el.p("Many shops, one square.", class_name="mt-2 text-soft"),
                # For everyone: signed out, it leads to signing in and on to the page.
                link(
                    "Sell on Plaza",
                    href="/sell",
                    class_name=f"mt-2 inline-flex min-h-11 items-center {HOVER_UNDERLINE}",
                ),
            ),
            el.nav(categories, aria_label="All categories"),
            el.nav(site_pages, aria_label="About Plaza", class_name="border-t border-line pt-6 sm:col-span-2"),
            class_name="mx-auto grid max-w-7xl gap-8 px-4 py-12 sm:grid-cols-[1fr_2fr] lg:px-8",
        ),
        class_name="mt-16 border-t border-line sm:mt-24",
    )


def footer_link(label: rx.Var[str] | str, href: rx.Var[str] | str) -> rx.Component:
    """A link to a category or to a page that the operator writes."""
    return el.li(
        link(
            label, href=href, class_name=f"inline-flex min-h-11 items-center text-soft hover:text-ink {HOVER_UNDERLINE}"
        )
    )
