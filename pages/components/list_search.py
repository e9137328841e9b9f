"""Narrowing a list to some words, beside its other filters."""

import reflex as rx

from pages.components import el
from pages.components.icon import icon


def search_field(*, name: str, label: str, query: rx.Var[str]) -> rx.Component:
    """The words to search a list for, as a field of its filters."""
    field = el.input(
        id=f"{name}-field",
        name="q",
        type="search",
        aria_label=label,
        placeholder=label,
        default_value=query,
        max_length=200,
        auto_complete="off",
        custom_attrs={"enterKeyHint": "search", "data-applied": query},
        class_name="h-11 w-full rounded-full border border-edge bg-raised ps-11 pe-4 text-[15px] placeholder:text-soft",
    )
    return el.fragment(
        el.span(icon("search"), class_name="pointer-events-none absolute start-3.5 top-3 text-soft"),
        field,
        el.button("Search", type="submit", class_name="sr-only"),
    )
