"""Callouts, description lists and empty lists."""

from typing import Literal

import reflex as rx

from pages.components import el
from pages.components.icon import icon

Kind = Literal["success", "info", "warning"]
_STYLES: dict[Kind, tuple[str, str]] = {
    "success": ("circle-check", "border-positive text-positive"),
    "info": ("info", "border-edge text-ink"),
    "warning": ("triangle-alert", "border-warning text-warning"),
}


def callout(*children: rx.Component | rx.Var[str] | str, kind: Kind = "info", role: str = "status") -> rx.Component:
    """A highlighted message."""
    icon_name, style = _STYLES[kind]
    return el.div(
        icon(icon_name, class_name="mt-0.5"),
        el.div(*children, class_name="min-w-0 text-ink wrap-anywhere"),
        role=role,
        class_name=f"flex gap-3 rounded-xl border bg-raised px-4 py-3 text-[15px] {style}",
    )


def description_list(*items: rx.Component) -> rx.Component:
    """A list of terms with their values."""
    return el.dl(*items, class_name="divide-y divide-line")


def description_item(term: str, value: rx.Component | rx.Var[str] | str) -> rx.Component:
    """A term with its value."""
    return el.div(
        el.dt(term, class_name="text-sm text-soft sm:w-40 sm:shrink-0"),
        el.dd(value, class_name="min-w-0 wrap-anywhere"),
        class_name="flex min-h-14 flex-col justify-center gap-x-6 py-3 sm:flex-row sm:items-center sm:justify-start",
    )


def empty_list(icon_name: str, title: str, text: str, *actions: rx.Component) -> rx.Component:
    """A message instead of an empty list, with actions."""
    return el.div(
        el.span(
            icon(icon_name, size=24),
            class_name="grid size-12 shrink-0 place-items-center rounded-full bg-sunken text-soft",
        ),
        el.div(
            el.h2(title, class_name="text-xl"),
            el.p(text, class_name="mt-1 text-soft text-pretty"),
            el.div(*actions, class_name="mt-4 flex flex-wrap gap-3"),
        ),
        class_name="flex gap-4 border-y border-line py-6",
    )
