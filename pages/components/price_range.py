"""The price range in a filter form."""

from typing import Any

import reflex as rx

from pages.components import el
from pages.components.icon import icon

_PRICE_INPUT = "h-11 w-full min-w-0 rounded-xl border border-edge bg-paper px-3 text-[15px] tabular-nums placeholder:text-soft aria-invalid:border-danger"


def price_range(
    *,
    form: str,
    minimum: rx.Var[str],
    maximum: rx.Var[str],
    hint: rx.Var[str],
    error: rx.Var[str],
    invalid: rx.vars.ArrayVar[list[str]],
) -> rx.Component:
    """The price range in whole units; `invalid` has the names of the fields that the error is about."""
    message = el.p(icon("circle-alert", size=16, class_name="mt-0.5"), error, class_name="mt-2 flex gap-2 text-danger")
    return el.fragment(
        el.div(
            _price_field("min", "From", minimum, form=form, is_invalid=invalid.contains("min")),
            _price_field("max", "To", maximum, form=form, is_invalid=invalid.contains("max")),
            el.button(
                "Go",
                type="submit",
                class_name="h-11 rounded-xl border border-edge px-4 text-[15px] font-medium hover:bg-sunken",
            ),
            class_name="grid grid-cols-[1fr_1fr_auto] items-end gap-2",
        ),
        el.div(el.when(error != "", message), id=f"{form}-price-error", role="alert", class_name="text-sm"),
        el.p(hint, class_name="mt-2 text-sm text-soft tabular-nums"),
    )


def _price_field(name: str, label: str, value: rx.Var[str], *, form: str, is_invalid: rx.Var[bool]) -> rx.Component:
    attributes: dict[str, Any] = {
        "inputMode": "numeric",
        "autoComplete": "off",
        "data-applied": value,
        "aria-invalid": rx.cond(is_invalid, "true", None),
        "aria-describedby": rx.cond(is_invalid, f"{form}-price-error", None),
    }
    return el.div(
        el.label(label, html_for=f"{form}-{name}", class_name="text-sm text-soft"),
        el.input(
            id=f"{form}-{name}",
            name=name,
            type="text",
            max_length=20,
            default_value=value,
            custom_attrs=attributes,
            class_name=_PRICE_INPUT,
        ),
        class_name="flex min-w-0 flex-col gap-1",
    )
