"""What a listing's page says about its shop's terms, and the way to report the listing."""

import reflex as rx

from pages.components import el
from pages.components.link import HOVER_UNDERLINE, link


def delivery_terms(lines: rx.vars.ArrayVar[list[str]]) -> rx.Component:
    """What delivery costs, how long it takes, and returns; nothing if the shop does not say."""
    found = el.ul(
        rx.foreach(lines, lambda line: el.li(line, class_name="wrap-anywhere")),
        aria_label="Delivery and returns",
        class_name="mt-3 flex flex-col gap-1 text-[15px] text-soft tabular-nums",
    )
    return el.when(lines.length() > 0, found)


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
