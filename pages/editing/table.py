"""The table of a shop's listings."""

import reflex as rx

from pages.components import el
from pages.components.button import primary_button, secondary_button
from pages.components.choice import choice, choices
from pages.components.field import BOX
from pages.components.icon import icon
from pages.components.link import PAGER, get_form, link
from pages.components.notice import nothing_yet
from pages.components.picture import thumbnail
from pages.editing.bulk import bulk, told
from pages.studio_frame import studio
from state import runtime
from state.editing_table import ListingsState
from state.editing_views import FilterView, RowView
from state.studio import StudioState

_TICK_ALL = "(event) => document.querySelectorAll('input[name=listing]').forEach((each) => { each.checked = event.target.checked; })"
_STATUS = {
    "For sale": "border-positive text-positive",
    "Draft": "border-edge text-soft",
    "Archived": "border-line text-soft",
}
_CELL = "px-3 py-2 align-middle"


def listings_page() -> rx.Component:
    """All of a shop's listings, and what can be done to many of them at once."""
    add = primary_button(icon("plus", size=18), "Add a listing", on_click=runtime.handler(ListingsState.begin))
    return studio(
        ListingsState,
        "Listings",
        rx.cond(
            ListingsState.may_write,
            "What your shop offers, and what you are still writing.",
            "What your shop offers, and how much of it there is.",
        ),
        el.div(
            _narrow(),
            told(),
            el.either(ListingsState.rows.length() > 0, _table(), _none()),
            class_name="flex flex-col gap-5",
        ),
        beside=el.when(ListingsState.may_write, add),
    )


def _narrow() -> rx.Component:
    find = get_form(
        el.label("Search your listings", html_for="find", class_name="sr-only"),
        el.input(type="hidden", name="status", value=ListingsState.chosen),
        el.input(
            id="find",
            name="q",
            default_value=ListingsState.q,
            key=ListingsState.q,
            placeholder="Title, key or SKU",
            max_length=200,
            class_name=f"{BOX} min-w-0",
        ),
        secondary_button("Search", type="submit"),
        action=StudioState.base + "/listings",
        role="search",
        class_name="flex w-full gap-2 sm:max-w-md",
    )
    filters = choices(ListingsState.filters, label="Status", draw=_filter)
    return el.div(find, filters, class_name="flex flex-wrap items-center justify-between gap-x-6 gap-y-3")


def _filter(each: rx.vars.ObjectVar[FilterView]) -> rx.Component:
    return choice(each.label.to(str), href=each.href.to(str), is_chosen=each.is_chosen.to(bool))


def _table() -> rx.Component:
    tick_all = el.input(
        type="checkbox",
        aria_label="All on this page",
        custom_attrs={"onChange": rx.Var(_TICK_ALL)},
        class_name="size-5 accent-accent",
    )
    heads = (
        ("Listing", "text-left"),
        ("Status", "text-left"),
        ("Price", "text-right"),
        ("Stock", "text-right"),
        ("Changed", "text-right"),
    )
    head = el.tr(
        el.th(
            el.label(tick_all, class_name="inline-flex size-11 items-center justify-center"),
            class_name="w-11",
            scope="col",
        ),
        *(el.th(name, scope="col", class_name=f"{_CELL} font-medium {side}") for name, side in heads),
        class_name="border-b border-line text-sm text-soft",
    )
    more = el.div(
        el.when(ListingsState.is_later, link("First page", href=StudioState.base + "/listings", class_name=PAGER)),
        el.when(ListingsState.next_href != "", link("Next page", href=ListingsState.next_href, class_name=PAGER)),
        class_name="mt-4 flex gap-3",
    )
    scrolled = el.div(
        el.table(
            el.thead(head, class_name="sticky top-0 bg-paper max-md:sr-only"),
            el.tbody(rx.foreach(ListingsState.rows, _row), class_name="divide-y divide-line max-md:block"),
            class_name="w-full text-[15px] max-md:block",
        ),
    )
    return el.div(bulk(), scrolled, more)


def _row(each: rx.vars.ObjectVar[RowView]) -> rx.Component:
    tick = el.label(
        el.input(
            type="checkbox", name="listing", value=each.id, aria_label=each.title, class_name="size-5 accent-accent"
        ),
        class_name="inline-flex size-11 items-center justify-center",
    )
    look = rx.match(each.status, *_STATUS.items(), "border-line text-soft")
    status = el.span(
        each.status,
        class_name=look.to(str)
        + " inline-flex rounded-full border px-2.5 py-0.5 text-xs font-medium whitespace-nowrap",
    )
    small = "max-md:px-1 max-md:text-left"
    return el.tr(
        el.td(tick, class_name="w-11 align-middle"),
        el.td(_name(each), class_name=f"{_CELL} max-md:col-span-3 max-md:px-1"),
        el.td(status, class_name=f"{_CELL} {small} max-md:col-start-2 max-md:whitespace-nowrap"),
        el.td(each.price, class_name=f"{_CELL} {small} text-right tabular-nums"),
        el.td(
            el.span("Stock ", class_name="text-soft md:sr-only"),
            each.stock,
            class_name=f"{_CELL} {small} text-right tabular-nums max-md:whitespace-nowrap",
        ),
        el.td(each.changed, class_name=f"{_CELL} text-right text-sm text-soft whitespace-nowrap max-md:hidden"),
        class_name="max-md:grid max-md:grid-cols-[2.75rem_auto_auto_1fr] max-md:items-center max-md:gap-x-3 max-md:py-2 hover:bg-sunken/50",
    )


def _name(each: rx.vars.ObjectVar[RowView]) -> rx.Component:
    note = el.span(each.note.to(str), class_name="text-sm text-warning")
    look, title = "inline-block py-2.5 leading-6 font-medium wrap-anywhere", each.title.to(str)
    written = link(title, href=each.href.to(str), class_name=f"{look} hover:underline underline-offset-4")
    return el.div(
        thumbnail(each.picture.to(str)),
        el.div(
            el.either(each.href != "", written, el.span(title, class_name=look)),
            el.div(
                el.when(each.note != "", note),
                el.span(each.variants, class_name="text-sm text-soft"),
                class_name="-mt-2 flex flex-wrap gap-x-3",
            ),
            class_name="min-w-0",
        ),
        class_name="flex items-center gap-3",
    )


def _none() -> rx.Component:
    searched = (ListingsState.q != "") | (ListingsState.chosen != "")
    return el.either(
        searched,
        nothing_yet("search", "Nothing like that here", "Try other words, or look at all of them."),
        el.either(
            ListingsState.may_write,
            nothing_yet(
                "tags", "No listing yet", "Add the first one: a picture, a title and a price are enough to begin with."
            ),
            nothing_yet("tags", "No listing yet", "Once somebody has saved one, you can count its stock here."),
        ),
    )
