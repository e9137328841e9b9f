"""Links that look like a segmented control, to choose between a few views."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from pages.components import el
from pages.components.link import link


def segmented_control(segments: Any, *, label: str, render: Callable[[Any], rx.Component]) -> rx.Component:
    """The segments, each rendered as a `segment`."""
    return el.nav(
        el.ul(rx.foreach(segments, render), class_name="no-scrollbar flex gap-1 overflow-x-auto"), aria_label=label
    )


def segment(label: rx.Var[str], *, href: rx.Var[str], is_selected: rx.Var[bool]) -> rx.Component:
    """A segment."""
    style = rx.cond(is_selected, "bg-ink text-paper ", "text-soft hover:bg-sunken ")
    return el.li(
        link(
            label,
            href=href,
            custom_attrs={"aria-current": rx.cond(is_selected, "true", None)},
            class_name=style + "inline-flex min-h-11 items-center whitespace-nowrap rounded-full px-4 text-[15px]",
        )
    )
