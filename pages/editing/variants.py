"""The editor's grid of variants."""

import reflex as rx

from pages.components import el
from pages.components.field import INPUT
from pages.components.link import UNDERLINED
from pages.components.unsent import SEQUENCE
from pages.editing import shared
from pages.editing.variants_fill import fill_form
from pages.layout.studio_layout import panel
from platform_app.domain.catalog.rules import MAX_SKU
from platform_app.domain.editing.rules import MAX_NUMBER_LENGTH
from state.core import browser
from state.editing import EditorState
from state.editing_presenters import VariantRowView

_CELLS = (
    ("price", "Price", "decimal"),
    ("compare_at", "Original price", "decimal"),
    ("stock", "Stock", "numeric"),
    ("sku", "SKU", "text"),
)
_DETAILS = (
    ("barcode", "Barcode (EAN, UPC or ISBN)", "numeric"),
    ("weight", "Weight, such as 450 g", "text"),
    ("measure", "Contents, such as 500 ml", "text"),
    ("base_measure", "Unit price for, such as 100 ml", "text"),
)


def variants() -> rx.Component:
    """Price and stock of each variant."""
    has_options = EditorState.variant_rows.length() > 1
    headings = (*(label for _, label, _ in _CELLS),)
    head = el.div(
        el.span("Variant"),
        *(el.span(label) for label in headings),
        el.span("Available"),
        custom_attrs={"aria-hidden": "true"},
        class_name="hidden grid-cols-[1.2fr_1fr_1fr_.8fr_1fr_4rem] gap-3 pb-2 text-sm text-soft md:grid",
    )
    rows = el.div(
        el.when(has_options, fill_form()),
        el.when(has_options, head),
        el.ul(
            rx.foreach(EditorState.variant_rows, _row), aria_label="Variants", class_name="flex flex-col gap-4 md:gap-2"
        ),
        el.p(shared.error("variants"), role="alert", class_name=shared.ERROR_TEXT),
        el.p(shared.error("options"), role="alert", class_name=shared.ERROR_TEXT),
        class_name="flex flex-col gap-3",
    )
    hint = el.span("Leave stock empty to sell without a limit. ", EditorState.limits_text)
    return panel("Price and stock", hint, rows)


def _row(each: rx.vars.ObjectVar[VariantRowView]) -> rx.Component:
    index, label = each.index.to(int), each.label.to(str)
    is_single = label == ""
    offered = el.label(
        el.input(
            type="checkbox",
            checked=each.is_offered,
            on_change=lambda checked: browser.event_handler(EditorState.set_offered)(index, checked),
            class_name="size-5 accent-accent",
        ),
        el.span("Available", class_name="md:sr-only"),
        class_name="inline-flex min-h-11 items-center gap-3 text-[15px]",
    )
    return el.li(
        el.fieldset(
            el.legend(label, class_name="font-medium wrap-anywhere md:sr-only empty:hidden"),
            el.span(
                label,
                custom_attrs={"aria-hidden": "true"},
                class_name=rx.cond(is_single, "hidden", "hidden self-center wrap-anywhere md:block"),
            ),
            *(_cell(each, index, name, heading, mode, is_single) for name, heading, mode in _CELLS),
            el.when(~is_single, offered),
            _details(each, index, label),
            class_name=rx.cond(is_single, "md:grid-cols-4 ", "md:grid-cols-[1.2fr_1fr_1fr_.8fr_1fr_4rem] ")
            + "grid grid-cols-2 gap-3 md:items-start",
        ),
        key=each.key.to(str),
        class_name="max-md:border-b max-md:border-line max-md:pb-4",
    )


def _details(
    each: rx.vars.ObjectVar[VariantRowView], index: rx.Var[int], label: rx.vars.StringVar[str]
) -> rx.Component:
    """What few variants need, such as a barcode; the errors are shown while the fields are closed, too."""
    picture_id = _cell_id(index, "picture")
    picture = el.div(
        el.label("Picture", html_for=picture_id, class_name="mb-1 block text-sm text-soft"),
        el.select(
            el.option("None of its own", value=""),
            rx.foreach(EditorState.picture_options, lambda one: el.option(one.label, value=one.value)),
            id=picture_id,
            default_value=each.picture,
            key=shared.revision_key("picture"),
            on_change=lambda value: browser.event_handler(EditorState.set_cell)(SEQUENCE, index, "picture", value),
            class_name=f"{INPUT} min-h-11! px-3!",
        ),
        class_name="min-w-0",
    )
    return el.div(
        el.details(
            el.summary(
                "Barcode, weight, unit price and picture",
                el.span(rx.cond(label != "", " of " + label, ""), class_name="sr-only"),
                class_name=f"inline-flex min-h-11 items-center text-sm text-soft {UNDERLINED}",
            ),
            el.div(
                *(_input(each, index, name, heading, mode) for name, heading, mode in _DETAILS),
                picture,
                class_name="grid gap-3 sm:grid-cols-3",
            ),
        ),
        *(_error(index, name) for name, _, _ in _DETAILS),
        class_name="col-span-full",
    )


def _cell(
    each: rx.vars.ObjectVar[VariantRowView],
    index: rx.Var[int],
    name: str,
    label: str,
    mode: str,
    is_single: rx.Var[bool],
) -> rx.Component:
    label_class = rx.cond(is_single, "", "md:sr-only ").to(str)
    return el.div(
        _input(each, index, name, label, mode, label_class=label_class), _error(index, name), class_name="min-w-0"
    )


def _input(
    each: rx.vars.ObjectVar[VariantRowView],
    index: rx.Var[int],
    name: str,
    label: str,
    mode: str,
    *,
    label_class: rx.vars.StringVar[str] | str = "",
) -> rx.Component:
    input_id = _cell_id(index, name)
    currency = el.span(" (", EditorState.basic_fields.currency, ")") if mode == "decimal" else el.fragment()
    return el.div(
        el.label(label, currency, html_for=input_id, class_name=label_class + "mb-1 block text-sm text-soft"),
        el.input(
            id=input_id,
            default_value=getattr(each, name),
            key=shared.revision_key(name),
            max_length=MAX_SKU if name == "sku" else MAX_NUMBER_LENGTH,
            input_mode=mode,
            auto_complete="off",
            custom_attrs={
                "aria-invalid": rx.cond(_message(index, name) != "", "true", None),
                "aria-describedby": input_id + "-wrong",
            },
            class_name=f"{INPUT} min-h-11! px-3! tabular-nums",
            **shared.autosave(EditorState.set_cell, index, name),
        ),
        class_name="min-w-0",
    )


def _error(index: rx.Var[int], name: str) -> rx.Component:
    return el.p(_message(index, name), id=_cell_id(index, name) + "-wrong", class_name=shared.ERROR_TEXT)


def _message(index: rx.Var[int], name: str) -> rx.Var[str]:
    return shared.error("variants." + index.to_string() + f".{name}")


def _cell_id(index: rx.Var[int], name: str) -> rx.vars.StringVar[str]:
    return ("cell-" + index.to_string() + f"-{name}").to(str)
