"""Assigning to a state what differs from what is there: only that travels to the browser, and to Redis."""

import reflex as rx


def assign(state: rx.State, **values: object) -> None:
    """Give these variables these values; one that has its value already stays clean."""
    for name, value in values.items():
        known = state.get_value(name)  # not the attribute, which is a proxy around every list and everything in it
        if known is not value and known != value:
            setattr(state, name, value)
