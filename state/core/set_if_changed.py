"""Assigning to a state what differs from what is there: only that travels to the browser, and to Redis."""

import reflex as rx


def set_if_changed(state: rx.State, **values: object) -> None:
    """Give these variables these values; one that has its value already stays clean."""
    for name, value in values.items():
        current = state.get_value(name)  # not the attribute, which is a proxy around every list and everything in it
        if current is not value and current != value:
            setattr(state, name, value)
