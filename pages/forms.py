"""Forms whose values, errors and progress stay in the browser: no state ever gets them, or a password."""

from dataclasses import dataclass
from typing import Any, cast

import reflex as rx

from pages.components.form import INITIAL_STATE, form_error, json_form, submit_button
from state.core import browser

# The token in a mail's link, after #: browsers do not send this part to servers or other pages.
TOKEN = "{token: new URLSearchParams(window.location.hash.slice(1)).get('token') ?? ''}"  # noqa: S105 - JavaScript
# The page from which a visitor was led to sign in.
NEXT = "{next: new URLSearchParams(window.location.search).get('next') ?? '/'}"


@dataclass(frozen=True)
class Form:
    """A form's name, and its value in the browser."""

    name: str
    value: Any

    @property
    def state(self) -> rx.Var[Any]:
        """The form's current state."""
        return cast(rx.Var[Any], self.value.value)


def define_form(name: str) -> Form:
    """Define a form of a page."""
    return Form(name, browser.client_state(f"form_{name.replace('-', '_')}", INITIAL_STATE))


def error(form: Form, field: rx.Var[str] | str, instance: rx.Var[str] | None = None) -> rx.Var[str]:
    """The error of a field; of a form that a page has several times, in this instance."""
    script = f"{form.state!s}.fields[{rx.Var.create(field)!s}] ?? ''"
    own = script if instance is None else f"{form.state!s}.instance === {instance!s} ? ({script}) : ''"
    return cast(rx.Var[str], _var(form, f"({own})", str, instance))


def requires(form: Form, field: str) -> rx.Var[bool]:
    """Whether the answer asks for this field too."""
    return cast(rx.Var[bool], _var(form, f"({form.state!s}.requires === '{field}')", bool))


def is_submitted(form: Form, *, instance: rx.Var[str] | None = None) -> rx.Var[bool]:
    """Whether the form was sent and accepted; with an instance, whether that one was."""
    if instance is None:
        return cast(rx.Var[bool], _var(form, f"{form.state!s}.submitted", bool))
    submitted: rx.Var[Any] = rx.Var(
        f"({form.state!s}.submitted && {form.state!s}.instance === {instance!s})",
        _var_type=bool,
        _var_data=browser.var_data(form.state, instance),
    )
    return cast(rx.Var[bool], submitted.guess_type())


def form(definition: Form, *children: rx.Component, action: rx.Var[str] | str, **props: Any) -> rx.Component:
    """The form with its fields, and its error above them."""
    instance = props.get("instance", "")
    return json_form(
        form_error(definition.state, instance),
        *children,
        name=definition.name,
        form_state=definition.state,
        set_form_state=definition.value.set,
        action=action,
        **props,
    )


def submit(form: Form, label: rx.Var[str] | str, **props: Any) -> rx.Component:
    """The form's submit button."""
    return submit_button(label, form_state=form.state, **props)


def _var(form: Form, script: str, type_: type, *others: rx.Var[Any] | None) -> rx.Var[Any]:
    sources = [form.state, *(each for each in others if each is not None)]
    return rx.Var(script, _var_type=type_, _var_data=browser.var_data(*sources)).guess_type()
