"""Breadcrumbs: the path from the home page."""

import reflex as rx

from pages.components import el
from pages.components.icon import icon
from pages.components.link import link


def breadcrumbs(*items: rx.Component) -> rx.Component:
    """The path with these items."""
    return el.nav(
        el.ol(*items, class_name="flex flex-wrap items-center gap-x-1 text-sm text-soft"), aria_label="Breadcrumb"
    )


def breadcrumb_item(label: rx.Var[str] | str, href: rx.Var[str] | str) -> rx.Component:
    """A link in the path, with an arrow to the next item."""
    return el.li(
        link(
            label,
            href=href,
            class_name="inline-flex min-h-11 items-center hover:text-ink hover:underline underline-offset-4",
        ),
        icon("chevron-right", size=14),
        class_name="flex items-center gap-1 [&:last-child>svg]:hidden",
    )
