"""The way to report a listing."""

import reflex as rx

from pages.components import el
from pages.components.link import HOVER_UNDERLINE, link


def report_link(href: rx.Var[str]) -> rx.Component:
    """The link to the page that reports the listing."""
    return el.p(
        link(
            "Report this listing",
            href=href,
            rel="nofollow",
            class_name=f"inline-flex min-h-11 items-center text-sm text-soft {HOVER_UNDERLINE}",
        ),
        class_name="mt-8",
    )
