"""A few ways to look at the same thing, as links that look like a switch."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from pages.components import el
from pages.components.link import link


def choices(choices: Any, *, label: str, draw: Callable[[Any], rx.Component]) -> rx.Component:
    """The ways there are, each drawn as a `choice`."""
    return el.nav(
        el.ul(rx.foreach(choices, draw), class_name="scroll-quiet flex gap-1 overflow-x-auto"), aria_label=label
    )


def choice(label: rx.Var[str], *, href: rx.Var[str], is_chosen: rx.Var[bool]) -> rx.Component:
    """One of them."""
    look = rx.cond(is_chosen, "bg-ink text-paper ", "text-soft hover:bg-sunken ")
    return el.li(
        link(
            label,
            href=href,
            custom_attrs={"aria-current": rx.cond(is_chosen, "true", None)},
            class_name=look + "inline-flex min-h-11 items-center whitespace-nowrap rounded-full px-4 text-[15px]",
        )
    )
