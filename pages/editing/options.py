"""The editor's options, between which buyers can choose."""

import reflex as rx

from pages.components import el
from pages.components.button import icon_button, secondary_button
from pages.components.field import INPUT
from pages.components.icon import icon
from pages.components.unsent import SEQUENCE
from pages.editing import shared
from pages.layout.studio_layout import panel
from platform_app.domain.catalog.rules import MAX_OPTIONS, MAX_VARIANTS
from platform_app.domain.editing.rules import MAX_OPTION_VALUES
from state.core import browser
from state.editing import EditorState
from state.editing_presenters import OptionEditView

_LIMITS = f"Up to {MAX_OPTIONS} options with {MAX_OPTION_VALUES} values each, and {MAX_VARIANTS} variants in all."


def options() -> rx.Component:
    """The options with their values."""
    return panel(
        "Options",
        f"What buyers can choose, such as a size or a colour. Leave this empty if there is nothing to choose. {_LIMITS}",
        el.ul(
            rx.foreach(EditorState.options, _option),
            aria_label="Options",
            class_name="flex flex-col gap-6 empty:hidden",
        ),
        el.when(EditorState.options.length() < MAX_OPTIONS, _add_option_form()),
    )


def _option(each: rx.vars.ObjectVar[OptionEditView]) -> rx.Component:
    index, name = each.index.to(int), each.name.to(str)
    input_id = "new-value-" + index.to_string()
    add_value_form = el.form(
        el.input(type="hidden", name="index", value=index.to_string()),
        el.label("Add a value to ", name, html_for=input_id, class_name="sr-only"),
        el.input(
            id=input_id,
            name="value",
            max_length=80,
            placeholder="Add a value",
            auto_complete="off",
            class_name=f"{INPUT} min-h-11! w-40!",
        ),
        secondary_button("Add", type="submit"),
        on_submit=browser.event_handler(EditorState.add_value),
        reset_on_submit=True,
        class_name="flex gap-2",
    )
    remove = icon_button(
        icon("trash-2"), label="Remove option " + name, on_click=browser.event_handler(EditorState.remove_option)(index)
    )
    return el.li(
        el.div(el.h3(name, class_name="text-lg"), remove, class_name="flex items-center justify-between"),
        el.ul(
            rx.foreach(each.labels.to(list[str]), lambda value: _option_value(index, name, value)),
            aria_label=name,
            class_name="mb-3 flex flex-wrap gap-2 empty:hidden",
        ),
        add_value_form,
        el.p(shared.error("value." + index.to_string()), role="alert", class_name=f"mt-2 {shared.ERROR_TEXT}"),
        key=name,
    )


def _option_value(index: rx.Var[int], option_name: rx.Var[str], value: rx.Var[str]) -> rx.Component:
    return el.li(
        el.input(
            id="value-" + index.to_string() + "-" + value.to(str),
            default_value=value,
            aria_label=option_name.to(str) + ": " + value.to(str),
            max_length=80,
            on_blur=lambda new_value: browser.event_handler(EditorState.rename_value)(
                SEQUENCE, index, value, new_value
            ),
            class_name="min-h-11 w-24 field-sizing-content rounded-full bg-transparent px-4 text-[15px]",
        ),
        icon_button(
            icon("x", size=16),
            label="Remove " + value.to(str),
            on_click=browser.event_handler(EditorState.remove_value)(index, value),
        ),
        key=value,
        class_name="inline-flex items-center rounded-full border border-edge bg-raised",
    )


def _add_option_form() -> rx.Component:
    return el.div(
        el.form(
            el.label("Add an option", html_for="new-option", class_name="sr-only"),
            el.input(
                id="new-option",
                name="name",
                max_length=80,
                placeholder="Size, colour …",
                auto_complete="off",
                class_name=f"{INPUT} min-h-11! w-44!",
            ),
            secondary_button(icon("plus", size=18), "Add an option", type="submit"),
            on_submit=browser.event_handler(EditorState.add_option),
            reset_on_submit=True,
            class_name="mt-4 flex flex-wrap gap-2",
        ),
        el.p(shared.error("option"), role="alert", class_name=f"mt-2 {shared.ERROR_TEXT}"),
    )
