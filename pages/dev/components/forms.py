"""The form kit, each piece in each of its states."""

import reflex as rx

from pages import forms
from pages.components import el
from pages.components.button import primary_button
from pages.components.field import check_field, code_field, password_field, select_field, text_field
from pages.components.form import form_error, submit_button
from pages.components.notice import nothing_yet, notice, row, rows

_SHOWN = forms.named("shown")
_GOOD, _BAD = rx.Var.create(""), rx.Var.create("This is an error: what is wrong, and what to do about it.")
_WAITING: rx.Var[bool] = rx.Var("({ready: true, waiting: true, of: '', detail: 'What is wrong with all of it.'})")


def fields() -> rx.Component:
    """Fields without and with an error, and the buttons that send them."""
    return el.div(
        el.div(
            text_field("name", "A line of text", form="good", error=_GOOD, hint="What helps to fill it in."),
            text_field("line2", "One that may stay empty", form="good", error=_GOOD, optional=True),
            password_field("password", "A password", form="good", error=_GOOD),
            code_field("code", "A code", form="good", error=_GOOD),
            select_field("country", "One of many", _options(), form="good", error=_GOOD),
            check_field("check", "Yes or no", form="good"),
            class_name="flex flex-col gap-5",
        ),
        el.div(
            text_field("name", "A line of text", form="bad", error=_BAD, hint="What helps to fill it in."),
            password_field("password", "A password", form="bad", error=_BAD),
            select_field("country", "One of many", _options(), form="bad", error=_BAD),
            forms.sent(
                _SHOWN,
                el.div(forms.button(_SHOWN, "Send"), forms.button(_SHOWN, "Send", quiet=True), class_name="flex gap-3"),
                action="/dev/components",
            ),
            el.div(submit_button("Being sent", at=_WAITING), class_name="flex gap-3"),
            form_error(_WAITING),
            class_name="flex flex-col gap-5",
        ),
        class_name="grid gap-10 sm:grid-cols-2",
    )


def words() -> rx.Component:
    """Notices, rows, and an empty list."""
    return el.div(
        notice("Something was done.", kind="good"),
        notice("Something worth knowing."),
        notice("Something to think about first.", kind="warning"),
        rows(row("E-mail address", "ada@example.org"), row("Member since", "24 November 2026")),
        nothing_yet("map-pin", "Nothing here yet", "What to do about it.", primary_button("Do it")),
        class_name="flex max-w-2xl flex-col gap-5",
    )


def _options() -> rx.Component:
    return el.fragment(el.option("Choose one", value=""), el.option("The first", value="1"))
