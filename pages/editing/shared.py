"""What the parts of the editor share: errors, and events that save while the seller types."""

from typing import Any

import reflex as rx

from pages.components.unsent import SEQUENCE
from state.core import browser
from state.editing import EditorState

FORM = "listing"
ERROR_TEXT = "text-sm text-danger empty:hidden"
DEBOUNCE_MILLISECONDS = 700  # after the last key, before the text is saved


def error(name: rx.Var[str] | str) -> rx.Var[str]:
    """The error of a field of the editor."""
    var_data = browser.var_data(EditorState.errors)
    message: rx.Var[str] = rx.Var(
        f"({EditorState.errors!s}[{rx.Var.create(name)!s}] ?? '')", _var_type=str, _var_data=var_data
    )
    return message.guess_type()


def autosave(method: object, *values: Any) -> dict[str, Any]:
    """Events that save a field: shortly after the last key, and at once when it loses the focus.

    They carry the number of the text, so that the browser learns which text is saved, and the same text is applied once.
    """

    def on_change(value: rx.Var[str]) -> Any:
        return browser.event_handler(method)(SEQUENCE, *values, value).debounce(DEBOUNCE_MILLISECONDS)

    def on_blur(value: rx.Var[str]) -> Any:
        return browser.event_handler(method)(SEQUENCE, *values, value)

    return {"on_change": on_change, "on_blur": on_blur}


def revision_key(field: rx.Var[str] | str) -> rx.Var[str]:
    """A key that recreates a field whenever the editor is filled again."""
    key: rx.Var[str] = EditorState.revision.to_string() + "/" + rx.Var.create(field).to(str)
    return key
