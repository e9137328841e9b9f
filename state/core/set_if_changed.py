"""Assigns only values that differ: only those are sent to the browser and written to Redis."""

import reflex as rx


def set_if_changed(state: rx.State, **values: object) -> None:
    """Set these variables; those that already have their value are not marked as changed."""
    for name, value in values.items():
        current = state.get_value(name)  # an attribute would be a proxy around a list and its items
        if current is not value and current != value:
            setattr(state, name, value)
