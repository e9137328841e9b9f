"""Assign only values that differ: only they are sent to the browser and written to Redis."""

import reflex as rx


def set_if_changed(state: rx.State, **values: object) -> None:
    """Set these variables; one that has its value already stays clean."""
    for name, value in values.items():
        current = state.get_value(name)  # the attribute would be a proxy around every list and its items
        if current is not value and current != value:
            setattr(state, name, value)
