"""Form fields with label, hint and error, which screen readers announce together."""

from typing import Any

import reflex as rx

from pages.components import el
from pages.components.icon import icon

INPUT = (
    "w-full min-h-12 rounded-xl border bg-raised px-4 text-base text-ink placeholder:text-soft "
    "border-edge hover:border-ink aria-invalid:border-danger aria-invalid:bg-danger/5 "
    "transition-colors duration-150 disabled:opacity-60"
)
_TOGGLE_VISIBILITY = """(event) => {
  const button = event.currentTarget, input = button.previousElementSibling;
  const isShown = button.getAttribute('aria-pressed') === 'true';
  input.type = isShown ? 'password' : 'text';
  button.setAttribute('aria-pressed', String(!isShown));
}"""
# Says how much room is left in a field, before the browser takes no more.
_SHOW_ROOM = """(event) => {
  const field = event.target, left = field.maxLength - field.value.length;
  const note = document.getElementById(field.id + '-room');
  if (note) note.textContent = left <= field.maxLength / 10 ? `${left} of ${field.maxLength} characters left` : '';
}"""


def text_field(
    name: rx.Var[str] | str,
    label: rx.Var[str] | str,
    *,
    form: str,
    error: rx.Var[str],
    hint: str = "",
    optional: rx.Var[bool] | bool = False,
    prefix: rx.Var[str] | None = None,
    **props: Any,
) -> rx.Component:
    """A field for a line of text, perhaps after a fixed `prefix`; near its `max_length`, it says how much room is left."""
    control = _input(name, form=form, error=error, hint=hint, optional=optional, **props)
    if prefix is not None:
        before = el.span(prefix, class_name="shrink-0 max-w-full text-sm text-soft wrap-anywhere")
        control = el.div(before, control, class_name="flex flex-col gap-1 sm:flex-row sm:items-center sm:gap-2")
    return _labelled(
        control, name, label, form=form, error=error, hint=hint, optional=optional, has_limit="max_length" in props
    )


def text_area(
    name: str, label: str, *, form: str, error: rx.Var[str], hint: str = "", rows: int = 6, **props: Any
) -> rx.Component:
    """An optional field for several lines of text; near its `max_length`, it says how much room is left."""
    area = el.textarea(
        id=f"{form}-{name}",
        name=name,
        rows=str(rows),
        custom_attrs=_attributes(name, form=form, error=error, hint=hint, has_limit="max_length" in props),
        class_name=f"{INPUT} py-3 leading-relaxed",
        **props,
    )
    return _labelled(
        area, name, label, form=form, error=error, hint=hint, optional=True, has_limit="max_length" in props
    )


def password_field(
    name: str,
    label: str,
    *,
    form: str,
    error: rx.Var[str],
    hint: str = "",
    label_action: rx.Component | None = None,
    auto_complete: str = "current-password",
) -> rx.Component:
    """A password field with a button that shows the password; `label_action` is beside the label."""
    toggle = el.button(
        icon("eye", class_name="group-aria-pressed:hidden"),
        icon("eye-off", class_name="hidden group-aria-pressed:block"),
        type="button",
        aria_label="Show password",
        custom_attrs={"aria-pressed": "false", "onClick": rx.Var(_TOGGLE_VISIBILITY)},
        class_name="group absolute end-0.5 top-0.5 grid size-11 place-items-center rounded-xl text-soft hover:text-ink",
    )
    field = _input(
        name,
        form=form,
        error=error,
        hint=hint,
        type="password",
        auto_complete=auto_complete,
        max_length=128,
        spell_check=False,
        auto_capitalize="none",
    )
    control = el.div(field, toggle, class_name="relative [&>input]:pe-13")
    return _labelled(control, name, label, form=form, error=error, hint=hint, label_action=label_action)


def code_field(name: str, label: str, *, form: str, error: rx.Var[str], hint: str = "", **props: Any) -> rx.Component:
    """A field for a code from an authenticator app, or a recovery code."""
    return text_field(
        name, label, form=form, error=error, hint=hint, auto_complete="one-time-code", max_length=32,
        spell_check=False, auto_capitalize="none", class_name=f"{INPUT} max-w-64 tabular-nums tracking-[0.12em]", **props,
    )  # fmt: skip


def select_field(
    name: rx.Var[str] | str,
    label: rx.Var[str] | str,
    options: rx.Component,
    *,
    form: str,
    error: rx.Var[str],
    hint: str = "",
    optional: rx.Var[bool] | bool = False,
    **props: Any,
) -> rx.Component:
    """A select field."""
    control = el.select(
        options,
        id=f"{form}-{name}",
        name=name,
        custom_attrs=_attributes(name, form=form, error=error, hint=hint) | _required(optional),
        class_name=f"{INPUT} appearance-none pe-12 truncate",
        **props,
    )
    arrow = icon("chevron-down", class_name="pointer-events-none absolute end-4 top-3.5 text-soft")
    return _labelled(
        el.div(control, arrow, class_name="relative"), name, label, form=form, error=error, hint=hint, optional=optional
    )


def _labelled(
    control: rx.Component,
    name: rx.Var[str] | str,
    label: rx.Var[str] | str,
    *,
    form: str,
    error: rx.Var[str],
    hint: str,
    optional: rx.Var[bool] | bool = False,
    label_action: rx.Component | None = None,
    has_limit: bool = False,
) -> rx.Component:
    field_id = f"{form}-{name}"
    label_parts: list[el.Child] = [label]
    if optional is not False:
        mark = el.span(" (optional)", class_name="font-normal text-soft")
        label_parts.append(el.when(optional, mark) if isinstance(optional, rx.Var) else mark)
    label_element = el.label(*label_parts, html_for=field_id, class_name="text-[15px] font-medium")
    error_text = el.p(
        el.when(error != "", icon("circle-alert", size=16, class_name="mt-0.5")),
        error,
        id=f"{field_id}-error",
        class_name=rx.cond(error != "", "mt-2 flex ", "hidden ") + "gap-2 text-sm text-danger",
    )
    hint_text = el.p(hint, id=f"{field_id}-hint", class_name="mt-2 text-sm text-soft") if hint else el.fragment()
    head = el.div(
        label_element,
        *([label_action] if label_action else []),
        class_name="mb-2 flex items-baseline justify-between gap-4",
    )
    room = el.p(id=f"{field_id}-room", role="status", class_name="mt-2 text-sm text-soft empty:hidden")
    return el.div(head, control, error_text, hint_text, room if has_limit else el.fragment())


def _input(
    name: rx.Var[str] | str,
    *,
    form: str,
    error: rx.Var[str],
    hint: str,
    optional: rx.Var[bool] | bool = False,
    **props: Any,
) -> rx.Component:
    input_props = {"type": "text", "class_name": INPUT, **props}
    has_limit = "max_length" in props
    attributes = _attributes(name, form=form, error=error, hint=hint, has_limit=has_limit) | _required(optional)
    return el.input(id=f"{form}-{name}", name=name, custom_attrs=attributes, **input_props)


def _required(optional: rx.Var[bool] | bool) -> dict[str, Any]:
    if isinstance(optional, rx.Var):
        return {"required": ~optional}
    return {} if optional else {"required": True}


def _attributes(
    name: rx.Var[str] | str, *, form: str, error: rx.Var[str], hint: str, has_limit: bool = False
) -> dict[str, Any]:
    described_by = f"{form}-{name}-error" + (f" {form}-{name}-hint" if hint else "")
    on_input: dict[str, Any] = {"onInput": rx.Var(_SHOW_ROOM)} if has_limit else {}
    return {"aria-describedby": described_by, "aria-invalid": rx.cond(error != "", "true", None), **on_input}
