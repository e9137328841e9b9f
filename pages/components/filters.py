"""The parts of a filter panel. Each choice is a link, so it survives going back, sharing and reloading."""

from typing import Any

import reflex as rx

from pages.components import el
from pages.components.icon import icon
from pages.components.link import get_form, link

_PRICE_INPUT = (
    "h-11 w-full min-w-0 rounded-xl border border-edge bg-paper px-3 text-[15px] tabular-nums placeholder:text-soft"
)
_OPTION = "flex min-h-11 items-center justify-between gap-3 rounded-lg text-[15px] hover:underline underline-offset-4 decoration-1 lg:min-h-9"


def filter_group(title: str | rx.Var[str], *children: rx.Component) -> rx.Component:
    """A filter with its heading."""
    return el.section(
        el.h2(title, class_name="font-sans! mb-1 text-sm font-semibold! tracking-normal!"),
        *children,
        aria_label=title,
        class_name="border-b border-line py-4 last:border-0",
    )


def filter_option(label: rx.Var[str], href: rx.Var[str], count: rx.Var[str], is_active: rx.Var[bool]) -> rx.Component:
    """A value to filter by, ticked if it is active."""
    tick = el.span(
        el.when(is_active, icon("check", size=14)),
        class_name=rx.cond(is_active, "bg-accent border-accent text-accent-ink", "border-edge")
        + " grid size-5 shrink-0 place-items-center rounded-md border",
    )
    return link(
        el.span(tick, label, class_name="flex min-w-0 items-center gap-3"),
        el.span(count, class_name="text-sm text-soft tabular-nums"),
        href=href,
        prevent_scroll_reset=True,
        custom_attrs={"aria-current": rx.cond(is_active, "true", None)},
        class_name=_OPTION,
    )


def category_link(label: rx.Var[str], href: rx.Var[str], count: rx.Var[str]) -> rx.Component:
    """A link to a subcategory."""
    count_text = el.span(count, class_name="text-sm text-soft tabular-nums")
    return link(el.span(label, class_name="min-w-0"), count_text, href=href, class_name=_OPTION)


def parent_link(label: rx.Var[str], href: rx.Var[str]) -> rx.Component:
    """A link to the parent category."""
    return link(
        icon("chevron-left", size=16),
        label,
        href=href,
        class_name=_OPTION.replace("justify-between gap-3", "gap-1") + " text-soft",
    )


def sort_link(label: rx.Var[str], href: rx.Var[str], is_active: rx.Var[bool]) -> rx.Component:
    """A link to a sort order."""
    return link(
        label,
        href=href,
        prevent_scroll_reset=True,
        custom_attrs={"aria-current": rx.cond(is_active, "true", None)},
        class_name=rx.cond(
            is_active, "font-medium text-ink underline decoration-accent decoration-2", "text-soft hover:text-ink"
        )
        + " inline-flex min-h-11 items-center whitespace-nowrap text-[15px] underline-offset-8",
    )


def active_filter(label: rx.Var[str], href: rx.Var[str]) -> rx.Component:
    """A link that removes an active filter."""
    return link(
        el.span("Remove filter ", class_name="sr-only"),
        el.span(label, class_name="truncate"),
        icon("x", size=16),
        href=href,
        prevent_scroll_reset=True,
        class_name="inline-flex min-h-11 max-w-full items-center gap-2 rounded-full border border-edge px-4 text-sm hover:bg-sunken lg:min-h-9",
    )


def category_chip(label: rx.Var[str], href: rx.Var[str]) -> rx.Component:
    """A link to a direct subcategory."""
    return link(
        label,
        href=href,
        class_name="inline-flex min-h-11 items-center rounded-full border border-line bg-raised px-4 text-[15px] whitespace-nowrap hover:border-edge",
    )


def price_form(
    *,
    name: str,
    action: rx.Var[str],
    hidden_fields: rx.Component,
    minimum: rx.Var[str],
    maximum: rx.Var[str],
    hint: rx.Var[str],
) -> rx.Component:
    """The price range in whole units; `hidden_fields` carries the other parameters of the URL."""
    return get_form(
        hidden_fields,
        el.div(
            _price_field(f"{name}-min", "min", "From", minimum),
            _price_field(f"{name}-max", "max", "To", maximum),
            el.button(
                "Go",
                type="submit",
                class_name="h-11 rounded-xl border border-edge px-4 text-[15px] font-medium hover:bg-sunken",
            ),
            class_name="grid grid-cols-[1fr_1fr_auto] items-end gap-2",
        ),
        el.p(hint, class_name="mt-2 text-sm text-soft tabular-nums"),
        action=action,
        custom_attrs={"preventScrollReset": True},
    )


def filter_drawer(*children: rx.Component, name: str, title: str, footer: rx.Component) -> rx.Component:
    """A bottom sheet for phones; the browser's dialog traps the focus and closes on Escape."""
    bar = el.div(
        el.h2(title, id=f"{name}-title", class_name="text-xl"),
        el.form(
            el.button(
                icon("x"),
                type="submit",
                aria_label="Close",
                class_name="grid size-11 place-items-center rounded-full hover:bg-sunken",
            ),
            custom_attrs={"method": "dialog"},
        ),
        class_name="flex items-center justify-between border-b border-line px-4 py-2",
    )
    return el.dialog(
        bar,
        el.div(*children, class_name="overflow-y-auto overscroll-contain px-4"),
        el.div(footer, class_name="border-t border-line p-4 *:w-full"),
        id=name,
        custom_attrs={"aria-labelledby": f"{name}-title"},
        class_name=(
            "m-0 mt-auto h-[85dvh] max-h-none w-full max-w-none grid-rows-[auto_1fr_auto] rounded-t-2xl bg-paper open:grid lg:hidden"
        ),
    )


def _price_field(field_id: str, name: str, label: str, value: rx.Var[str]) -> rx.Component:
    attributes: dict[str, Any] = {"inputMode": "numeric", "min": "0", "max": "9999999999999", "step": "1"}
    return el.div(
        el.label(label, html_for=field_id, class_name="text-sm text-soft"),
        el.input(
            id=field_id,
            name=name,
            type="number",
            default_value=value,
            key=value,
            custom_attrs=attributes,
            class_name=_PRICE_INPUT,
        ),
        class_name="flex min-w-0 flex-col gap-1",
    )
