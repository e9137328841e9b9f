"""What the parts of the editor share: its errors, and events that are sent while somebody types."""

from typing import Any

import reflex as rx

from state.core import browser
from state.editing import EditorState

FORM = "listing"
ERROR_TEXT = "text-sm text-danger empty:hidden"
DEBOUNCE_MILLISECONDS = 700  # milliseconds without a key before what is typed is kept


def error(name: rx.Var[str] | str) -> rx.Var[str]:
    """What is wrong with a field of the editor."""
    var_data = browser.var_data(EditorState.errors)
    message: rx.Var[str] = rx.Var(
        f"({EditorState.errors!s}[{rx.Var.create(name)!s}] ?? '')", _var_type=str, _var_data=var_data
    )
    return message.guess_type()


def errors() -> rx.Var[list[str]]:
    """All that is wrong."""
    var_data = browser.var_data(EditorState.errors)
    return rx.Var(f"Object.values({EditorState.errors!s})", _var_type=list[str], _var_data=var_data).guess_type()


def autosave(method: object, *values: Any) -> dict[str, Any]:
    """Events by which a field is kept: a moment after the last key, and at once when the field is left.

    They carry the revision in which the field was typed into: one that comes late does nothing to another.
    """

    def on_change(value: rx.Var[str]) -> Any:
        return browser.event_handler(method)(EditorState.revision, *values, value).debounce(DEBOUNCE_MILLISECONDS)

    def on_blur(value: rx.Var[str]) -> Any:
        return browser.event_handler(method)(EditorState.revision, *values, value)

    return {"on_change": on_change, "on_blur": on_blur}


def revision_key(field: rx.Var[str] | str) -> rx.Var[str]:
    """A key with which a field is made anew whenever the editor was filled anew."""
    key: rx.Var[str] = EditorState.revision.to_string() + "/" + rx.Var.create(field).to(str)
    return key
