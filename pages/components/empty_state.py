"""What a page shows instead of content: nothing found, missing or unavailable."""

import reflex as rx

from pages.components import el
from pages.components.button import primary_button
from pages.components.icon import icon


def empty_state(
    icon_name: str,
    title: rx.Var[str] | str,
    text: rx.Var[str] | str,
    *actions: rx.Component,
    level: int = 2,
    before_actions: rx.Component | None = None,
    footer: rx.Component | None = None,
) -> rx.Component:
    """An icon, a title, a text and actions; `before_actions` is above the actions, `footer` below them."""
    heading = el.h1 if level == 1 else el.h2
    return el.div(
        el.span(
            icon(icon_name, size=28), class_name="grid size-16 place-items-center rounded-full bg-sunken text-soft"
        ),
        heading(title, class_name="mt-6 text-2xl sm:text-3xl wrap-anywhere"),
        el.p(text, class_name="mt-3 max-w-md text-soft text-pretty"),
        *([before_actions] if before_actions else []),
        el.div(*actions, class_name="mt-6 flex flex-wrap justify-center gap-3"),
        *([footer] if footer else []),
        class_name="flex flex-col items-center px-4 py-16 text-center sm:py-24",
    )


def error_state(on_retry: rx.EventHandler, *, level: int = 2) -> rx.Component:
    """The error state with a retry button; use level 1 if the page has no other heading."""
    return el.div(
        empty_state(
            "cloud-off",
            "We can't show this right now",
            "Part of Plaza isn't responding. Nothing is lost. Please try again in a moment.",
            primary_button("Try again", on_click=on_retry),
            level=level,
        ),
        role="alert",
    )
