"""The form components in all their states."""

import reflex as rx

from pages import forms
from pages.components import el
from pages.components.button import primary_button
from pages.components.callout import callout, description_item, description_list, empty_list
from pages.components.check_field import check_field
from pages.components.field import code_field, password_field, select_field, text_field
from pages.components.form import form_error, submit_button

_SAMPLE_FORM = forms.define_form("shown")
_NO_ERROR, _ERROR = rx.Var.create(""), rx.Var.create("This is an error: what is wrong, and how to fix it.")
_SUBMITTING: rx.Var[bool] = rx.Var(
    "({ready: true, submitting: true, instance: '', detail: 'This is an error of the whole form.'})"
)


def fields() -> rx.Component:
    """Fields with and without an error, and submit buttons."""
    return el.div(
        el.div(
            text_field("name", "A line of text", form="good", error=_NO_ERROR, hint="This is a hint."),
            text_field("line2", "An optional field", form="good", error=_NO_ERROR, optional=True),
            password_field("password", "A password", form="good", error=_NO_ERROR),
            code_field("code", "A code", form="good", error=_NO_ERROR),
            select_field("country", "One of many", _options(), form="good", error=_NO_ERROR),
            check_field("check", "Yes or no", form="good"),
            check_field("explained", "Yes or no", form="good", hint="This is a hint."),
            class_name="flex flex-col gap-5",
        ),
        el.div(
            text_field("name", "A line of text", form="bad", error=_ERROR, hint="This is a hint."),
            password_field("password", "A password", form="bad", error=_ERROR),
            select_field("country", "One of many", _options(), form="bad", error=_ERROR),
            forms.form(
                _SAMPLE_FORM,
                el.div(
                    forms.submit(_SAMPLE_FORM, "Send"),
                    forms.submit(_SAMPLE_FORM, "Send", is_secondary=True),
                    class_name="flex gap-3",
                ),
                action="/dev/components",
            ),
            el.div(submit_button("Sending", form_state=_SUBMITTING), class_name="flex gap-3"),
            form_error(_SUBMITTING),
            class_name="flex flex-col gap-5",
        ),
        class_name="grid gap-10 sm:grid-cols-2",
    )


def callouts() -> rx.Component:
    """Callouts, a description list and an empty list."""
    return el.div(
        callout("Something was done.", kind="success"),
        callout("Something worth knowing."),
        callout("Something to think about first.", kind="warning"),
        description_list(
            description_item("E-mail address", "ada@example.org"), description_item("Member since", "24 November 2026")
        ),
        empty_list("map-pin", "Nothing here yet", "This is what to do about it.", primary_button("Do it")),
        class_name="flex max-w-2xl flex-col gap-5",
    )


def _options() -> rx.Component:
    return el.fragment(el.option("Choose one", value=""), el.option("The first", value="1"))
