"""Radio buttons that look like buttons."""

from typing import Any

import reflex as rx

from pages.components import el


def radio_group(legend: rx.Var[str], selected_label: rx.Var[str], *options: rx.Component) -> rx.Component:
    """The values of an option, such as a size."""
    return el.fieldset(
        el.legend(
            legend, el.span(": ", selected_label, class_name="text-soft"), class_name="mb-2 text-[15px] font-medium"
        ),
        el.div(*options, class_name="flex flex-wrap gap-2"),
    )


def radio_option(
    *,
    name: rx.Var[str],
    label: rx.Var[str],
    checked: rx.Var[bool],
    is_unavailable: rx.Var[bool],
    on_select: rx.Var[Any],
) -> rx.Component:
    """A value; struck through if it is unavailable with the other chosen options."""
    availability_class = rx.cond(is_unavailable, "text-soft line-through decoration-1 border-dashed", "text-ink")
    return el.label(
        el.input(type="radio", name=name, checked=checked, on_change=on_select, class_name="peer sr-only"),
        el.span(
            label,
            el.when(is_unavailable, el.span(", sold out", class_name="sr-only")),
            class_name=availability_class
            + " inline-flex min-h-11 min-w-11 items-center justify-center rounded-xl border border-edge bg-raised px-4 text-[15px] wrap-anywhere transition-colors duration-150"
            " hover:border-ink peer-checked:border-accent peer-checked:ring-1 peer-checked:ring-accent peer-checked:bg-accent/8 peer-focus-visible:outline-2 peer-focus-visible:outline-offset-2 peer-focus-visible:outline-accent",
        ),
        class_name="relative cursor-pointer",
    )
