"""The editor's grid of variants."""

import reflex as rx

from pages.components import el
from pages.components.button import secondary_button
from pages.components.field import BOX
from pages.editing import parts
from pages.studio_frame import panel
from state import runtime
from state.editing import EditorState
from state.editing_views import GridRow

_CELLS = (
    ("price", "Price", "decimal"),
    ("compare_at", "Former price", "decimal"),
    ("stock", "Stock", "numeric"),
    ("sku", "SKU", "text"),
)


def variants() -> rx.Component:
    """What each choice costs, and how many there are."""
    has_options = EditorState.grid.length() > 1
    heads = (*(label for _, label, _ in _CELLS),)
    head = el.div(
        el.span("Variant"),
        *(el.span(label) for label in heads),
        el.span("Offered"),
        custom_attrs={"aria-hidden": "true"},
        class_name="hidden grid-cols-[1.2fr_1fr_1fr_.8fr_1fr_4rem] gap-3 pb-2 text-sm text-soft md:grid",
    )
    rows = el.div(
        el.when(has_options, _fill()),
        el.when(has_options, head),
        el.ul(rx.foreach(EditorState.grid, _row), aria_label="Variants", class_name="flex flex-col gap-4 md:gap-2"),
        el.p(parts.error("variants"), role="alert", class_name=parts.WRONG),
        el.p(parts.error("options"), role="alert", class_name=parts.WRONG),
        class_name="flex flex-col gap-3",
    )
    return panel("Price and stock", "An empty stock is not counted: it can always be bought.", rows)


def _fill() -> rx.Component:
    names = (("price", "Price"), ("compare_at", "Former price"), ("stock", "Stock"))
    return el.form(
        el.label("Fill in all", html_for="fill-name", class_name="sr-only"),
        el.select(
            *(el.option(label, value=name) for name, label in names),
            id="fill-name",
            name="name",
            class_name=f"{BOX} min-h-11! w-36!",
        ),
        el.label("With", html_for="fill-value", class_name="sr-only"),
        el.input(
            id="fill-value", name="value", max_length=20, auto_complete="off", class_name=f"{BOX} min-h-11! w-28!"
        ),
        secondary_button("Fill in all", type="submit"),
        on_submit=runtime.handler(EditorState.fill),
        reset_on_submit=True,
        class_name="mb-3 flex flex-wrap gap-2",
    )


def _row(each: rx.vars.ObjectVar[GridRow]) -> rx.Component:
    place, label = each.place.to(int), each.label.to(str)
    is_one = label == ""
    offered = el.label(
        el.input(
            type="checkbox",
            checked=each.is_offered,
            on_change=lambda checked: runtime.handler(EditorState.offer)(place, checked),
            class_name="size-5 accent-accent",
        ),
        el.span("Offered", class_name="md:sr-only"),
        class_name="inline-flex min-h-11 items-center gap-3 text-[15px]",
    )
    return el.li(
        el.fieldset(
            el.legend(label, class_name="font-medium wrap-anywhere md:sr-only empty:hidden"),
            el.span(
                label,
                custom_attrs={"aria-hidden": "true"},
                class_name=rx.cond(is_one, "hidden", "hidden self-center wrap-anywhere md:block"),
            ),
            *(_cell(each, place, name, said, mode, is_one) for name, said, mode in _CELLS),
            el.when(~is_one, offered),
            class_name=rx.cond(is_one, "md:grid-cols-4 ", "md:grid-cols-[1.2fr_1fr_1fr_.8fr_1fr_4rem] ")
            + "grid grid-cols-2 gap-3 md:items-start",
        ),
        key=each.key.to(str),
        class_name="max-md:border-b max-md:border-line max-md:pb-4",
    )


def _cell(
    each: rx.vars.ObjectVar[GridRow], place: rx.Var[int], name: str, label: str, mode: str, is_one: rx.Var[bool]
) -> rx.Component:
    wrong = parts.error("variants." + place.to_string() + f".{name}")
    identity = "cell-" + place.to_string() + f"-{name}"
    currency = el.span(" (", EditorState.written.currency, ")") if mode == "decimal" else el.fragment()
    return el.div(
        el.label(
            label,
            currency,
            html_for=identity,
            class_name=rx.cond(is_one, "", "md:sr-only ").to(str) + "mb-1 block text-sm text-soft",
        ),
        el.input(
            id=identity,
            default_value=getattr(each, name),
            key=parts.fresh(name),
            max_length=80 if name == "sku" else 20,
            input_mode=mode,
            auto_complete="off",
            custom_attrs={"aria-invalid": rx.cond(wrong != "", "true", None), "aria-describedby": identity + "-wrong"},
            class_name=f"{BOX} min-h-11! px-3! tabular-nums",
            **parts.typed(EditorState.set_cell, place, name),
        ),
        el.p(wrong, id=identity + "-wrong", class_name=parts.WRONG),
        class_name="min-w-0",
    )
