"""The 404 page, and the message for missing content."""

import reflex as rx

from pages.components import el
from pages.components.button import primary_link, secondary_link
from pages.components.empty_state import empty_state
from pages.layout.layout import CONTAINER, page_layout
from pages.layout.route import Route


def not_found_page() -> rx.Component:
    """The 404 page."""
    return page_layout(
        el.div(not_found_message("page"), class_name=CONTAINER), is_ready=rx.Var.create(True), is_served=True
    )


def not_found_message(noun: str) -> rx.Component:
    """A message that something was not found, with links to other pages."""
    return empty_state(
        "compass",
        f"We can't find this {noun}",
        "It may have moved, been sold or never existed.",
        primary_link("Back to the home page", href="/"),
        secondary_link("Browse everything", href="/search"),
        level=1,
    )


ROUTES = (Route("404", not_found_page, "Not found · Plaza", description="There is nothing at this address."),)
