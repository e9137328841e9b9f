"""A listing's price history and preview."""

import reflex as rx

from pages.components import el
from pages.components.icon import icon
from pages.layout.studio_layout import panel
from state.core import browser
from state.editing import EditorState
from state.editing_presenters import PriceChangeView, PriceView

_PREVIEW = browser.object_var(EditorState.preview)


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


def preview() -> rx.Component:
    """The listing as buyers will see it."""
    image = el.img(src=_PREVIEW.picture, alt="", class_name="aspect-4/5 w-full rounded-card bg-sunken object-cover")
    placeholder = el.div(
        icon("image", size=40), class_name="grid aspect-4/5 w-full place-items-center rounded-card bg-sunken text-soft"
    )
    return el.section(
        el.div(el.if_else(_PREVIEW.picture != "", image, placeholder), class_name="w-full max-w-64"),
        el.div(
            el.h2(_PREVIEW.title, class_name="text-2xl wrap-anywhere"),
            el.p(_PREVIEW.price, class_name="mt-2 text-xl font-semibold tabular-nums"),
            # The presenter has already sanitized this HTML.
            rx.html(_PREVIEW.description, class_name="prose mt-4"),
            el.ul(
                rx.foreach(_PREVIEW.details, lambda each: el.li(each.name, ": ", each.value)),
                class_name="mt-4 text-soft",
            ),
            class_name="min-w-0 flex-1",
        ),
        aria_label="Preview",
        class_name="flex flex-col gap-6 rounded-card border border-line bg-raised p-4 sm:flex-row sm:p-6",
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
