"""Sections and rows of the component page."""

import reflex as rx

from pages.components import el


def section(title: str, *children: rx.Component) -> rx.Component:
    """A section of the page."""
    return el.section(
        el.h2(title, class_name="mb-6 text-2xl"),
        *children,
        aria_label=title,
        class_name="mt-12 border-t border-line pt-8",
    )


def row(*children: rx.Component) -> rx.Component:
    """Components beside each other."""
    return el.div(*children, class_name="flex flex-wrap items-center gap-4")


def text_var(value: str) -> rx.Var[str]:
    """A text as a var."""
    return rx.Var.create(value)
