"""Forms whose errors and waiting live in the browser: they never reach a state, and neither does a password."""

from dataclasses import dataclass
from typing import Any, cast

import reflex as rx

from pages.components.form import AT_FIRST, form_error, json_form, submit_button
from state import runtime

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
    def at(self) -> rx.Var[Any]:
        """How it stands."""
        return cast(rx.Var[Any], self.value.value)


def named(name: str) -> Form:
    """A form of this page."""
    return Form(name, runtime.browser_value(f"form_{name.replace('-', '_')}", AT_FIRST))


def error(form: Form, field: str) -> rx.Var[str]:
    """What is wrong with a field."""
    return cast(rx.Var[str], _var(form, f"({form.at!s}.fields['{field}'] ?? '')", str))


def needs(form: Form, field: str) -> rx.Var[bool]:
    """Whether the answer was that this field has to be filled in too."""
    return cast(rx.Var[bool], _var(form, f"({form.at!s}.needs === '{field}')", bool))


def is_done(form: Form) -> rx.Var[bool]:
    """Whether it was sent and taken."""
    return cast(rx.Var[bool], _var(form, f"{form.at!s}.done", bool))


def sent(form: Form, *children: rx.Component, action: rx.Var[str] | str, **props: Any) -> rx.Component:
    """The form with its fields; what is wrong with all of it stands above them."""
    of = props.get("of", "")
    return json_form(
        form_error(form.at, of), *children, name=form.name, at=form.at, update=form.value.set, action=action, **props
    )


def button(form: Form, label: rx.Var[str] | str, **props: Any) -> rx.Component:
    """What sends it."""
    return submit_button(label, at=form.at, **props)


def _var(form: Form, script: str, kind: type) -> rx.Var[Any]:
    return rx.Var(script, _var_type=kind, _var_data=form.at._get_all_var_data()).guess_type()
