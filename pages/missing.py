"""What there is to see where there is nothing."""

import reflex as rx

from pages.components import el
from pages.components.button import primary_link, secondary_link
from pages.components.message import message
from pages.frame import WIDE, page


def missing_page() -> rx.Component:
    """The 404 page."""
    return page(el.div(gone("page"), class_name=WIDE), ready=rx.Var.create(True), is_served=True)


def gone(noun: str) -> rx.Component:
    """Says that there is no such thing, and where to look instead."""
    return message(
        "compass",
        f"This {noun} is not here",
        "It may have moved, been sold, or never existed. The rest of the square is open.",
        primary_link("Back to the start", href="/"),
        secondary_link("Browse everything", href="/search"),
        level=1,
    )
