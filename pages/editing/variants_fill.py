"""Sets one column of the editor's grid in all variants."""

import reflex as rx

from pages.components import el
from pages.components.button import secondary_button
from pages.components.field import INPUT
from platform_app.domain.editing.rules import MAX_NUMBER_LENGTH
from state.core import browser
from state.editing import EditorState


def fill_form() -> rx.Component:
    """The form for a price, original price or stock of all variants."""
    names = (("price", "Price"), ("compare_at", "Original price"), ("stock", "Stock"))
    return el.form(
        el.label("Column", html_for="fill-name", class_name="sr-only"),
        el.select(
            *(el.option(label, value=name) for name, label in names),
            id="fill-name",
            name="name",
            class_name=f"{INPUT} min-h-11! w-36!",
        ),
        el.label("Value for all variants", html_for="fill-value", class_name="sr-only"),
        el.input(
            id="fill-value",
            name="value",
            max_length=MAX_NUMBER_LENGTH,
            auto_complete="off",
            class_name=f"{INPUT} min-h-11! w-28!",
        ),
        secondary_button("Apply to all", type="submit"),
        on_submit=browser.event_handler(EditorState.fill_column),
        reset_on_submit=True,
        class_name="mb-3 flex flex-wrap gap-2",
    )
