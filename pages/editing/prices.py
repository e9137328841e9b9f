"""A listing's price history."""

import reflex as rx

from pages.components import el
from pages.layout.studio_layout import panel
from state.editing import EditorState
from state.editing_presenters import PriceChangeView, PriceView


def price_history() -> rx.Component:
    """Each variant's price, the lowest recent price that EU law asks for, and all changes."""
    return panel(
        "Price history",
        "In the EU, a discount must be compared with the lowest price of the 30 days before it.",
        el.ul(rx.foreach(EditorState.prices, _price), class_name="divide-y divide-line tabular-nums"),
        el.when(
            EditorState.price_changes.length() > 0,
            el.details(
                el.summary(
                    "All changes in the last year",
                    class_name="inline-flex min-h-11 items-center text-[15px] underline underline-offset-4",
                ),
                el.ol(
                    rx.foreach(EditorState.price_changes, _price_change),
                    class_name="divide-y divide-line text-[15px] tabular-nums",
                ),
            ),
        ),
    )


def _price(each: rx.vars.ObjectVar[PriceView]) -> rx.Component:
    warning = el.p(each.warning.to(str), class_name="mt-1 text-sm text-warning")
    return el.li(
        el.div(
            el.span(each.label, class_name="min-w-0 wrap-anywhere"),
            el.span(each.price, class_name="font-medium"),
            class_name="flex justify-between gap-4",
        ),
        el.p("Lowest price in the 30 days before: ", each.lowest, class_name="text-sm text-soft"),
        el.when(each.warning != "", warning),
        class_name="py-2",
    )


def _price_change(each: rx.vars.ObjectVar[PriceChangeView]) -> rx.Component:
    return el.li(
        el.span(each.changed_on, class_name="w-32 shrink-0 text-soft"),
        el.span(each.label, class_name="min-w-0 flex-1 wrap-anywhere"),
        el.span(each.before, " → ", each.price),
        class_name="flex flex-wrap gap-x-4 py-2",
    )
