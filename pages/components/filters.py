"""The parts of a filter panel. Each choice is in the URL, so it survives going back, sharing and reloading."""

from pathlib import Path
from typing import Any

import reflex as rx

from pages.components import el
from pages.components.icon import icon
from pages.components.link import GetForm, link
from state.core import browser

_SCRIPT = Path(__file__).with_suffix(".js").read_text()
_APPLY: rx.Var[Any] = rx.Var("globalThis.plazaFilters.apply")
_OPTION = "flex min-h-11 items-center justify-between gap-3 rounded-lg text-[15px] hover:underline underline-offset-4 decoration-1 lg:min-h-9"

_COUNT = "text-sm text-soft tabular-nums"


def filter_form(
    *children: rx.Component, name: str, action: rx.Var[str], filters: rx.Var[Any], label: str = "", **props: Any
) -> rx.Component:
    """A form whose fields are filters: a box applies at once. When `filters` change, the fields show what was applied."""
    on_applied = browser.run_on_change(filters, f"() => globalThis.plazaFilters.sync('{name}')")
    attributes = {"noValidate": True, "preventScrollReset": True, "data-filters": on_applied, "onChange": _APPLY}
    attributes |= {"aria-label": label} if label else {}
    return _FilterForm.create(*children, id=name, action=action, custom_attrs=attributes, **props)


def filter_group(title: str | rx.Var[str], *children: rx.Component) -> rx.Component:
    """A filter with its heading."""
    return el.div(
        el.h2(title, class_name="font-sans! mb-1 text-sm font-semibold! tracking-normal!"),
        *children,
        role="group",
        aria_label=title,
        class_name="border-b border-line py-4 last:border-0",
    )


def filter_value(
    *,
    name: rx.Var[str],
    value: rx.Var[str],
    label: rx.Var[str],
    count: rx.Var[str],
    is_active: rx.Var[bool],
    is_disabled: rx.Var[bool] | bool = False,
) -> rx.Component:
    """A value to filter by, with the number of its results."""
    box = el.input(
        type="checkbox",
        name=name,
        value=value,
        default_checked=is_active,
        disabled=is_disabled,
        custom_attrs={"data-active": rx.cond(is_active, "true", "false")},
        class_name="size-5 shrink-0 accent-accent",
    )
    return el.label(
        el.span(box, el.span(label, class_name="min-w-0 wrap-anywhere"), class_name="flex min-w-0 items-center gap-3"),
        el.span(el.span(" (", class_name="sr-only"), count, el.span(")", class_name="sr-only"), class_name=_COUNT),
        class_name=f"{_OPTION} has-disabled:text-soft has-disabled:no-underline",
    )


def more_values(count: rx.Var[int], *values: rx.Component) -> rx.Component:
    """Further values, shown on request."""
    summary = el.summary(
        el.span("Show ", count.to_string(), " more", class_name="group-open/more:hidden"),
        el.span("Show fewer", class_name="hidden group-open/more:inline"),
        class_name="flex min-h-11 cursor-pointer list-none items-center rounded-lg text-[15px] font-medium underline underline-offset-4 decoration-1 lg:min-h-9 [&::-webkit-details-marker]:hidden",
    )
    return el.details(summary, *values, class_name="group/more flex flex-col-reverse")


def category_link(label: rx.Var[str], href: rx.Var[str], count: rx.Var[str]) -> rx.Component:
    """A link to a subcategory."""
    count_text = el.span(count, class_name=_COUNT)
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


def sort_select(options: rx.Component, *, value: rx.Var[str], form: str) -> rx.Component:
    """The sort order as a field of the form `form`, for phones; `value` is the applied one."""
    control = el.select(
        options,
        name="sort",
        aria_label="Sort",
        default_value=value,
        custom_attrs={"form": form, "data-applied": value, "onChange": _APPLY},
        class_name="h-11 w-full min-w-0 appearance-none truncate rounded-full border border-edge bg-paper ps-4 pe-9 text-[15px]",
    )
    arrow = icon("chevron-down", size=18, class_name="pointer-events-none absolute end-3 top-3.25 text-soft")
    return el.div(control, arrow, class_name="relative min-w-0 sm:hidden")


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


def clear_link(href: rx.Var[str]) -> rx.Component:
    """A link that removes all active filters."""
    return link(
        "Clear all",
        href=href,
        prevent_scroll_reset=True,
        class_name="inline-flex min-h-11 items-center px-2 text-sm font-medium underline underline-offset-4 decoration-1 hover:decoration-2 lg:min-h-9",
    )


def section_link(label: rx.Var[str], href: rx.Var[str], is_active: rx.Var[bool]) -> rx.Component:
    """A link to a section of a shop; the one that is shown is marked."""
    return link(
        label,
        href=href,
        prevent_scroll_reset=True,
        custom_attrs={"aria-current": rx.cond(is_active, "true", None)},
        class_name="inline-flex min-h-11 items-center rounded-full border border-line bg-raised px-4 text-[15px] whitespace-nowrap hover:border-edge aria-[current]:border-ink aria-[current]:font-medium",
    )


def category_chip(label: rx.Var[str], href: rx.Var[str]) -> rx.Component:
    """A link to a direct subcategory."""
    return link(
        label,
        href=href,
        class_name="inline-flex min-h-11 items-center rounded-full border border-line bg-raised px-4 text-[15px] whitespace-nowrap hover:border-edge",
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


class _FilterForm(GetForm):
    """Adds the script of filters to the page, once."""

    def add_custom_code(self) -> list[str]:
        """The script."""
        return [_SCRIPT]
