"""What the parts of the editor share: its errors, and events that are sent while somebody types."""

from typing import Any

import reflex as rx

from state import runtime
from state.editing import EditorState

FORM = "listing"
WRONG = "text-sm text-danger empty:hidden"
TYPING = 700  # milliseconds without a key before what is typed is kept


def error(name: rx.Var[str] | str) -> rx.Var[str]:
    """What is wrong with a field of the editor."""
    data = EditorState.errors._get_all_var_data()
    said: rx.Var[str] = rx.Var(
        f"({EditorState.errors!s}[{rx.Var.create(name)!s}] ?? '')", _var_type=str, _var_data=data
    )
    return said.guess_type()


def errors() -> rx.Var[list[str]]:
    """All that is wrong."""
    data = EditorState.errors._get_all_var_data()
    return rx.Var(f"Object.values({EditorState.errors!s})", _var_type=list[str], _var_data=data).guess_type()


def typed(method: object, *values: Any) -> dict[str, Any]:
    """Events by which a field is kept: a moment after the last key, and at once when the field is left.

    They carry the revision in which the field was typed into: one that comes late does nothing to another.
    """

    def change(value: rx.Var[str]) -> Any:
        return runtime.handler(method)(EditorState.revision, *values, value).debounce(TYPING)

    def leave(value: rx.Var[str]) -> Any:
        return runtime.handler(method)(EditorState.revision, *values, value)

    return {"on_change": change, "on_blur": leave}


def fresh(part: rx.Var[str] | str) -> rx.Var[str]:
    """A key with which a field is made anew whenever the editor was filled anew."""
    key: rx.Var[str] = EditorState.revision.to_string() + "/" + rx.Var.create(part).to(str)
    return key
