"""A checkbox with its label."""

from typing import Any

import reflex as rx

from pages.components import el


def check_field(name: str, label: str, *, form: str, hint: str = "", **props: Any) -> rx.Component:
    """A checkbox."""
    field_id = f"{form}-{name}"
    checkbox = el.input(
        type="checkbox",
        id=field_id,
        name=name,
        custom_attrs={"aria-describedby": f"{field_id}-hint"} if hint else {},
        class_name="size-5 shrink-0 accent-accent",
        **props,
    )
    box = el.label(checkbox, label, html_for=field_id, class_name="inline-flex min-h-11 items-center gap-3 text-[15px]")
    if not hint:
        return box
    return el.div(box, el.p(hint, id=f"{field_id}-hint", class_name="ms-8 text-sm text-soft"))
