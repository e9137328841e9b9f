"""Forms whose errors and waiting live in the browser: they never reach a state, and neither does a password."""

from dataclasses import dataclass
from typing import Any, cast

import reflex as rx

from pages.components.form import INITIAL_STATE, form_error, json_form, submit_button
from state.core import browser

# What a link in a mail carries behind #, where no server and no other page gets to see it.
TOKEN = "{token: new URLSearchParams(window.location.hash.slice(1)).get('token') ?? ''}"  # noqa: S105 - JavaScript
# Where somebody was before they had to sign in.
NEXT = "{next: new URLSearchParams(window.location.search).get('next') ?? '/'}"


@dataclass(frozen=True)
class Form:
    """A form by its name, and what the browser knows of it."""

    name: str
    value: Any

    @property
    def state(self) -> rx.Var[Any]:
        """How it stands."""
        return cast(rx.Var[Any], self.value.value)


def define_form(name: str) -> Form:
    """A form of this page."""
    return Form(name, browser.client_state(f"form_{name.replace('-', '_')}", INITIAL_STATE))


def error(form: Form, field: str) -> rx.Var[str]:
    """What is wrong with a field."""
    return cast(rx.Var[str], _var(form, f"({form.state!s}.fields['{field}'] ?? '')", str))


def requires(form: Form, field: str) -> rx.Var[bool]:
    """Whether the answer was that this field has to be filled in too."""
    return cast(rx.Var[bool], _var(form, f"({form.state!s}.requires === '{field}')", bool))


def is_submitted(form: Form) -> rx.Var[bool]:
    """Whether it was sent and taken."""
    return cast(rx.Var[bool], _var(form, f"{form.state!s}.submitted", bool))


def form(definition: Form, *children: rx.Component, action: rx.Var[str] | str, **props: Any) -> rx.Component:
    """The form with its fields; what is wrong with all of it stands above them."""
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
    """What sends it."""
    return submit_button(label, form_state=form.state, **props)


def _var(form: Form, script: str, type_: type) -> rx.Var[Any]:
    return rx.Var(script, _var_type=type_, _var_data=browser.var_data(form.state)).guess_type()
