"""A choice among few, as radio buttons that look like buttons."""

from typing import Any

import reflex as rx

from pages.components import el


def option_group(name: rx.Var[str], chosen: rx.Var[str], *values: rx.Component) -> rx.Component:
    """An option such as a size, with its values."""
    return el.fieldset(
        el.legend(name, el.span(": ", chosen, class_name="text-soft"), class_name="mb-2 text-[15px] font-medium"),
        el.div(*values, class_name="flex flex-wrap gap-2"),
    )


def option_value(
    *, name: rx.Var[str], label: rx.Var[str], checked: rx.Var[bool], gone: rx.Var[bool], on_pick: rx.Var[Any]
) -> rx.Component:
    """One value; struck through when it cannot be had with the other options as they are."""
    struck = rx.cond(gone, "text-soft line-through decoration-1 border-dashed", "text-ink")
    return el.label(
        el.input(type="radio", name=name, checked=checked, on_change=on_pick, class_name="peer sr-only"),
        el.span(
            label,
            el.when(gone, el.span(", sold out", class_name="sr-only")),
            class_name=struck
            + " inline-flex min-h-11 min-w-11 items-center justify-center rounded-xl border border-edge bg-raised px-4 text-[15px] wrap-anywhere transition-colors duration-150"
            " hover:border-ink peer-checked:border-accent peer-checked:ring-1 peer-checked:ring-accent peer-checked:bg-accent/8 peer-focus-visible:outline-2 peer-focus-visible:outline-offset-2 peer-focus-visible:outline-accent",
        ),
        class_name="relative cursor-pointer",
    )
