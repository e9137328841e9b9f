"""Bulk actions on listings: what they would change is shown and confirmed first."""

import reflex as rx

from pages.components import el
from pages.components.button import primary_button, secondary_button
from pages.components.callout import callout
from pages.components.field import INPUT
from state.core import browser
from state.editing_bulk_presenters import BulkRowView, RefusedView
from state.editing_presenters import SelectOptionView
from state.editing_table import ListingsState

_SELECTED_IDS: rx.Var[list[str]] = rx.Var(
    "[...document.querySelectorAll('input[name=listing]:checked')].map((each) => each.value)", _var_type=list[str]
).guess_type()
_PREVIEW = browser.object_var(ListingsState.preview)
_UNDO = browser.object_var(ListingsState.undo_view)
# The question gets the focus; when it is gone, the actions do.
_MOVE_FOCUS = """(key) => setTimeout(() => {
  const actions = document.getElementById('bulk-actions');
  if (key) {
    document.getElementById('bulk-question')?.focus();
    if (actions) actions.dataset.asked = key;
  } else if (actions?.dataset.asked) {
    delete actions.dataset.asked;
    if (document.activeElement === document.body) actions.focus();
  }
})"""


def bulk_actions() -> rx.Component:
    """Actions that change the status, prices or stock of the selected listings."""
    statuses = el.div(
        _action_button("publish", "Publish"),
        _action_button("unpublish", "Take down"),
        _action_button("archive", "Archive"),
        class_name="flex flex-wrap gap-2",
    )
    prices = _amount_field(
        "bulk-percent",
        "Change prices by %",
        "-10",
        "decimal",
        _action_button("price", "Preview prices", "bulk-percent"),
    )
    stock = _amount_field(
        "bulk-quantity",
        "Stock of each variant",
        "25",
        "numeric",
        _action_button("stock", "Preview stock", "bulk-quantity"),
        _action_button("unlimited", "Sell without a limit"),
    )
    return el.div(
        el.details(
            el.summary(
                "Bulk actions",
                id="bulk-actions",
                class_name="inline-flex min-h-11 items-center text-[15px] underline underline-offset-4",
            ),
            el.div(
                el.when(ListingsState.can_edit, statuses),
                el.when(ListingsState.can_edit, prices),
                stock,
                el.when(ListingsState.can_edit, _section_actions()),
                class_name="mt-2 mb-4 flex flex-col items-start gap-4",
            ),
        ),
        el.when(_PREVIEW.key != "", _preview()),
        custom_attrs={"data-focus": browser.run_on_change(_PREVIEW.key, _MOVE_FOCUS)},
    )


def bulk_result() -> rx.Component:
    """The result of the last bulk action, and how to undo it."""
    skipped = callout(
        el.p("These listings were not changed:"),
        el.ul(rx.foreach(ListingsState.refused, _refused), class_name="mt-1 list-disc ps-5"),
        kind="warning",
    )
    undo = callout(
        el.div(
            el.p(_UNDO.text),
            secondary_button("Undo", on_click=browser.event_handler(ListingsState.undo_change)(_UNDO.id)),
            class_name="flex flex-wrap items-center gap-x-4 gap-y-2",
        ),
    )
    error = el.p(ListingsState.error, role="alert", class_name="text-danger empty:hidden")
    return el.div(
        error,
        el.when(_UNDO.id != "", undo),
        el.when(ListingsState.refused.length() > 0, skipped),
        class_name="flex flex-col gap-3 empty:hidden",
    )


def _action_button(action: str, label: str, input_id: str = "") -> rx.Component:
    amount: rx.Var[str] = rx.Var(f"(document.getElementById('{input_id}')?.value ?? '')", _var_type=str).guess_type()
    return secondary_button(
        label,
        on_click=browser.event_handler(ListingsState.change_selected)(
            action, _SELECTED_IDS, amount if input_id else ""
        ),
    )


def _section_actions() -> rx.Component:
    """The section of the selected listings, and whether they are pinned."""
    state, chosen = ListingsState, "bulk-section"
    section: rx.Var[str] = rx.Var(f"(document.getElementById('{chosen}')?.value ?? '')", _var_type=str).guess_type()
    options = rx.foreach(
        state.sections.to(list[SelectOptionView]), lambda each: el.option(each.label.to(str), value=each.value.to(str))
    )
    choose = el.div(
        el.label("Section", html_for=chosen, class_name="mb-1 block text-sm text-soft"),
        el.div(
            el.select(el.option("No section", value=""), options, id=chosen, class_name=f"{INPUT} w-56!"),
            secondary_button("Move", on_click=browser.event_handler(state.assign_section)(_SELECTED_IDS, section)),
            class_name="flex flex-wrap gap-2",
        ),
    )
    pins = el.div(
        secondary_button("Pin", on_click=browser.event_handler(state.pin_selected)(_SELECTED_IDS, True)),
        secondary_button("Unpin", on_click=browser.event_handler(state.pin_selected)(_SELECTED_IDS, False)),
        class_name="flex flex-wrap gap-2",
    )
    return el.fragment(el.when(state.sections.length() > 0, choose), pins)


def _amount_field(input_id: str, label: str, example: str, mode: str, *buttons: rx.Component) -> rx.Component:
    return el.div(
        el.label(label, html_for=input_id, class_name="mb-1 block text-sm text-soft"),
        el.div(
            el.input(
                id=input_id,
                input_mode=mode,
                placeholder=example,
                max_length=12,
                auto_complete="off",
                class_name=f"{INPUT} w-32!",
            ),
            *buttons,
            class_name="flex flex-wrap gap-2",
        ),
    )


def _preview() -> rx.Component:
    """The question before a change, with each listing's values before and after."""
    return el.section(
        el.h2(_PREVIEW.question, id="bulk-question", tab_index=-1, class_name="text-lg outline-none"),
        el.ul(
            rx.foreach(_PREVIEW.rows, _preview_row),
            aria_label="Before and after",
            tab_index=0,
            class_name="my-3 max-h-72 divide-y divide-line overflow-y-auto text-[15px] tabular-nums",
        ),
        el.div(
            primary_button(el.span(_PREVIEW.confirm), on_click=browser.event_handler(ListingsState.apply_preview)),
            secondary_button("Cancel", on_click=browser.event_handler(ListingsState.dismiss_preview)),
            class_name="flex flex-wrap gap-3",
        ),
        aria_labelledby="bulk-question",
        class_name="mb-4 rounded-card border border-edge bg-raised p-4",
    )


def _preview_row(each: rx.vars.ObjectVar[BulkRowView]) -> rx.Component:
    return el.li(
        el.span(each.title, class_name="min-w-0 flex-1 basis-40 wrap-anywhere"),
        el.span(
            each.before, el.span(" → ", aria_hidden="true"), el.span(" becomes ", class_name="sr-only"), each.after
        ),
        key=each.id.to(str),
        class_name="flex flex-wrap justify-between gap-x-4 py-2",
    )


def _refused(each: rx.vars.ObjectVar[RefusedView]) -> rx.Component:
    return el.li(el.span(each.title, class_name="font-medium"), ": ", each.reason)
