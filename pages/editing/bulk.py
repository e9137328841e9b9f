"""Bulk actions on listings."""

import reflex as rx

from pages.components import el
from pages.components.button import secondary_button
from pages.components.callout import callout
from pages.components.field import INPUT
from state.core import browser
from state.editing_presenters import RefusedView
from state.editing_table import ListingsState

_SELECTED_IDS: rx.Var[list[str]] = rx.Var(
    "[...document.querySelectorAll('input[name=listing]:checked')].map((each) => each.value)", _var_type=list[str]
).guess_type()
_AMOUNT: rx.Var[str] = rx.Var("(document.getElementById('bulk-amount')?.value ?? '')", _var_type=str).guess_type()


def bulk_actions() -> rx.Component:
    """Actions that change the status, price or stock of the selected listings."""

    def action_button(action: str, label: str) -> rx.Component:
        return secondary_button(
            label, on_click=browser.event_handler(ListingsState.change_selected)(action, _SELECTED_IDS, _AMOUNT)
        )

    statuses = el.div(
        action_button("publish", "Publish"),
        action_button("unpublish", "Take down"),
        action_button("archive", "Archive"),
        class_name="flex flex-wrap gap-2",
    )
    amount = el.div(
        el.label(
            rx.cond(ListingsState.can_edit, "Percentage or quantity", "Quantity"),
            html_for="bulk-amount",
            class_name="sr-only",
        ),
        el.input(
            id="bulk-amount",
            input_mode="decimal",
            placeholder=rx.cond(ListingsState.can_edit, "-10 or 25", "25"),
            max_length=12,
            class_name=f"{INPUT} w-32!",
        ),
        el.when(ListingsState.can_edit, action_button("price", "Change price by %")),
        action_button("stock", "Set stock"),
        class_name="flex flex-wrap gap-2",
    )
    return el.details(
        el.summary(
            "Bulk actions",
            class_name="inline-flex min-h-11 items-center text-[15px] underline underline-offset-4",
        ),
        el.div(
            el.when(ListingsState.can_edit, statuses),
            amount,
            class_name="mt-2 mb-4 flex flex-wrap gap-x-6 gap-y-3",
        ),
    )


def bulk_result() -> rx.Component:
    """The result of the last bulk action."""
    skipped = callout(
        el.p("These listings were not changed:"),
        el.ul(rx.foreach(ListingsState.refused, _refused), class_name="mt-1 list-disc ps-5"),
        kind="warning",
    )
    error = el.p(ListingsState.error, role="alert", class_name="text-danger empty:hidden")
    return el.div(
        error, el.when(ListingsState.refused.length() > 0, skipped), class_name="flex flex-col gap-3 empty:hidden"
    )


def _refused(each: rx.vars.ObjectVar[RefusedView]) -> rx.Component:
    return el.li(el.span(each.title, class_name="font-medium"), ": ", each.reason)
