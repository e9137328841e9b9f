"""A progress bar."""

import reflex as rx

from pages.components import el


def progress_bar(percent: rx.Var[int], *, label: rx.Var[str] | str) -> rx.Component:
    """A bar that is full at 100 percent."""
    return el.div(
        el.div(
            style={"width": f"{percent!s}%"} if isinstance(percent, int) else {"width": percent.to_string() + "%"},
            class_name="h-full rounded-full bg-accent transition-[width] duration-150 motion-reduce:transition-none",
        ),
        role="progressbar",
        aria_label=label,
        custom_attrs={"aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": percent},
        class_name="h-2 overflow-hidden rounded-full bg-sunken",
    )
