"""Prices."""

import reflex as rx

from pages.components import el


def price_line(price: rx.Var[str], compare_at: rx.Var[str]) -> rx.Component:
    """A price, with the original price if it is reduced."""
    former_price = el.s(
        el.span("Was ", class_name="sr-only"),
        compare_at,
        class_name="ms-2 text-sm font-normal text-soft decoration-1",
    )
    return el.p(price, el.when(compare_at != "", former_price), class_name="font-semibold wrap-anywhere tabular-nums")
