"""A form that is sent as JSON and shows errors beside its fields."""

from pathlib import Path
from typing import Any, ClassVar

import reflex as rx

from pages.components import el
from pages.components.button import PRIMARY, SECONDARY
from pages.components.icon import icon
from pages.components.unsent import SCRIPT as _UNSENT_SCRIPT
from state.core import browser

# The initial state. The form cannot be sent before the page is hydrated: the browser would send it as a page load.
INITIAL_STATE: dict[str, object] = {
    "instance": "", "ready": False, "submitting": False, "detail": "", "fields": {}, "requires": "", "submitted": False,
}  # fmt: skip

_SUBMIT_SCRIPT = Path(__file__).with_suffix(".js").read_text()


def json_form(
    *children: rx.Component,
    name: str,
    form_state: rx.Var[Any],
    set_form_state: rx.Var[Any],
    action: rx.Var[str] | str,
    method: rx.Var[str] | str = "POST",
    instance: rx.Var[str] | str = "",
    extra_fields: str = "{}",
    on_success: rx.Var[Any] | None = None,
    keep_values: bool = False,
) -> rx.Component:
    """A form whose fields are sent to `action` as JSON; the browser then goes to the answer's `next`, if there is one.

    `form_state` is the form's value in the browser (see INITIAL_STATE), and `set_form_state` sets it. `extra_fields` is
    a JavaScript object with more fields. `on_success` is a function that gets an answer without `next`; the form
    is then reset, unless `keep_values` is true.
    """
    success_handler = rx.Var("undefined") if on_success is None else on_success
    options = f"{{extraFields: {extra_fields}, keepValues: {str(keep_values).lower()}, onSuccess: {success_handler!s}}}"
    var_data = browser.var_data(form_state, set_form_state, success_handler)
    submit: rx.Var[Any] = rx.Var(
        f"(event) => plazaSubmit(event, {form_state!s}, {set_form_state!s}, {options})", _var_data=var_data
    )
    on_mount: rx.Var[Any] = rx.Var(
        f"() => ({set_form_state!s})({{...({form_state!s}), ready: true, submitting: false}})", _var_data=var_data
    )
    return _Form.create(
        *children,
        el.span(on_mount=on_mount.to(rx.vars.FunctionVar, rx.EventChain), class_name="hidden"),
        id=name,
        action=action,
        method="post",
        custom_attrs={
            "noValidate": True,
            "data-method": method,
            "data-unsent": "form",
            "data-instance": instance,
            "onSubmit": submit,
        },
        class_name="flex flex-col gap-5",
    )


def submit_button(
    label: rx.Var[str] | str,
    *,
    form_state: rx.Var[Any],
    instance: rx.Var[str] | str = "",
    context: rx.Var[str] | str = "",
    is_secondary: bool = False,
) -> rx.Component:
    """The button that sends the form; while it waits for the answer, it shows a spinner and keeps the focus."""
    of_instance = rx.Var.create(instance)
    is_submitting: rx.Var[bool] = rx.Var(
        f"({form_state!s}.submitting && {form_state!s}.instance === {of_instance!s})",
        _var_type=bool,
        _var_data=browser.var_data(form_state, of_instance),
    )
    is_disabled: rx.Var[bool] = rx.Var(f"!{form_state!s}.ready", _var_type=bool, _var_data=browser.var_data(form_state))
    spinner = el.span(
        icon("loader-circle", size=18, class_name="animate-spin"), el.span("Sending…", class_name="sr-only")
    )
    return el.button(
        el.when(is_submitting, spinner),
        label,
        el.span(": ", context, class_name="sr-only") if str(context) else el.fragment(),
        type="submit",
        disabled=is_disabled,
        custom_attrs={"aria-disabled": rx.cond(is_submitting, "true", None)},
        class_name=f"{SECONDARY if is_secondary else PRIMARY} disabled:opacity-100! aria-disabled:opacity-70",
    )


def form_error(form_state: rx.Var[Any], instance: rx.Var[str] | str = "") -> rx.Component:
    """The error of the whole form; screen readers announce it at once."""
    of_instance = rx.Var.create(instance)
    detail: rx.Var[str] = rx.Var(
        f"({form_state!s}.instance === {of_instance!s} ? {form_state!s}.detail : '')",
        _var_type=str,
        _var_data=browser.var_data(form_state, of_instance),
    )
    box = el.div(
        icon("circle-alert", class_name="mt-0.5"),
        el.p(detail, class_name="min-w-0 wrap-anywhere"),
        class_name="flex gap-3 rounded-xl border border-danger bg-danger/5 px-4 py-3 text-[15px] text-danger",
    )
    return el.div(el.when(detail != "", box), role="alert", class_name="empty:hidden")


class _Form(rx.Component):
    """The plain element: Reflex's form component sends its fields to a state."""

    tag = "form"
    _is_tag_in_global_scope: ClassVar[bool] = True

    action: rx.Var[str]
    method: rx.Var[str]

    def add_custom_code(self) -> list[str]:
        """The script that sends forms, once per page."""
        return [_UNSENT_SCRIPT, _SUBMIT_SCRIPT]
