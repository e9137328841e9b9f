"""Assigning to a state what differs from what is there: only that travels to the browser, and to Redis."""

import reflex as rx


def assign(state: rx.State, **values: object) -> None:
    """Give these variables these values; one that has its value already stays clean."""
    for name, value in values.items():
        if getattr(state, name) != value:
            setattr(state, name, value)
