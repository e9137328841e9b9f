"""The table of a shop's listings."""

import reflex as rx

from pages.components import el
from pages.components.button import primary_button, secondary_button
from pages.components.callout import empty_list
from pages.components.field import INPUT
from pages.components.icon import icon
from pages.components.link import PAGER_BUTTON, get_form, link
from pages.components.picture import thumbnail
from pages.components.segmented_control import segment, segmented_control
from pages.editing.bulk import bulk_actions, bulk_result
from pages.layout.route import private
from pages.layout.studio_layout import studio_layout
from state.core import browser
from state.editing_presenters import ListingRowView, StatusFilterView
from state.editing_table import ListingsState
from state.studio import StudioState

_SELECT_ALL = "(event) => document.querySelectorAll('input[name=listing]').forEach((each) => { each.checked = event.target.checked; })"
_STATUS_STYLES = {
    "For sale": "border-positive text-positive",
    "Draft": "border-edge text-soft",
    "Archived": "border-line text-soft",
}
_CELL = "px-3 py-2 align-middle"


def listings_page() -> rx.Component:
    """A shop's listings, with bulk actions."""
    add_button = primary_button(
        icon("plus", size=18), "Add a listing", on_click=browser.event_handler(ListingsState.create_listing)
    )
    return studio_layout(
        ListingsState,
        "Listings",
        rx.cond(
            ListingsState.can_edit,
            "Everything your shop sells, including drafts.",
            "Everything your shop sells, and how much is in stock.",
        ),
        el.div(
            _filter_bar(),
            bulk_result(),
            el.if_else(ListingsState.rows.length() > 0, _table(), _empty()),
            class_name="flex flex-col gap-5",
        ),
        actions=el.when(ListingsState.can_edit, add_button),
    )


def _filter_bar() -> rx.Component:
    search_form = get_form(
        el.label("Search your listings", html_for="find", class_name="sr-only"),
        el.input(type="hidden", name="status", value=ListingsState.selected_status),
        el.input(
            id="find",
            name="q",
            default_value=ListingsState.q,
            key=ListingsState.q,
            placeholder="Title, ID or SKU",
            max_length=200,
            class_name=f"{INPUT} min-w-0",
        ),
        secondary_button("Search", type="submit"),
        action=StudioState.base_url + "/listings",
        role="search",
        class_name="flex w-full gap-2 sm:max-w-md",
    )
    filters = segmented_control(ListingsState.filters, label="Status", render=_filter)
    return el.div(search_form, filters, class_name="flex flex-wrap items-center justify-between gap-x-6 gap-y-3")


def _filter(each: rx.vars.ObjectVar[StatusFilterView]) -> rx.Component:
    return segment(each.label.to(str), href=each.href.to(str), is_selected=each.is_selected.to(bool))


def _table() -> rx.Component:
    select_all = el.input(
        type="checkbox",
        aria_label="Select all on this page",
        custom_attrs={"onChange": rx.Var(_SELECT_ALL)},
        class_name="size-5 accent-accent",
    )
    headings = (
        ("Listing", "text-left"),
        ("Status", "text-left"),
        ("Price", "text-right"),
        ("Stock", "text-right"),
        ("Updated", "text-right"),
    )
    head = el.tr(
        el.th(
            el.label(select_all, class_name="inline-flex size-11 items-center justify-center"),
            class_name="w-11",
            scope="col",
        ),
        *(el.th(name, scope="col", class_name=f"{_CELL} font-medium {side}") for name, side in headings),
        class_name="border-b border-line text-sm text-soft",
    )
    pager = el.div(
        el.when(
            ListingsState.is_later_page,
            link("First page", href=StudioState.base_url + "/listings", class_name=PAGER_BUTTON),
        ),
        el.when(
            ListingsState.next_href != "", link("Next page", href=ListingsState.next_href, class_name=PAGER_BUTTON)
        ),
        class_name="mt-4 flex gap-3",
    )
    table = el.div(
        el.table(
            el.thead(head, class_name="sticky top-0 bg-paper max-md:sr-only"),
            el.tbody(rx.foreach(ListingsState.rows, _row), class_name="divide-y divide-line max-md:block"),
            class_name="w-full text-[15px] max-md:block",
        ),
    )
    return el.div(bulk_actions(), table, pager)


def _row(each: rx.vars.ObjectVar[ListingRowView]) -> rx.Component:
    checkbox = el.label(
        el.input(
            type="checkbox", name="listing", value=each.id, aria_label=each.title, class_name="size-5 accent-accent"
        ),
        class_name="inline-flex size-11 items-center justify-center",
    )
    status_class = rx.match(each.status, *_STATUS_STYLES.items(), "border-line text-soft")
    status = el.span(
        each.status,
        class_name=status_class.to(str)
        + " inline-flex rounded-full border px-2.5 py-0.5 text-xs font-medium whitespace-nowrap",
    )
    phone_class = "max-md:px-1 max-md:text-left"
    return el.tr(
        el.td(checkbox, class_name="w-11 align-middle"),
        el.td(_title_cell(each), class_name=f"{_CELL} max-md:col-span-3 max-md:px-1"),
        el.td(status, class_name=f"{_CELL} {phone_class} max-md:col-start-2 max-md:whitespace-nowrap"),
        el.td(each.price, class_name=f"{_CELL} {phone_class} text-right tabular-nums"),
        el.td(
            el.span("Stock ", class_name="text-soft md:sr-only"),
            each.stock,
            class_name=f"{_CELL} {phone_class} text-right tabular-nums max-md:whitespace-nowrap",
        ),
        el.td(each.updated, class_name=f"{_CELL} text-right text-sm text-soft whitespace-nowrap max-md:hidden"),
        class_name="max-md:grid max-md:grid-cols-[2.75rem_auto_auto_1fr] max-md:items-center max-md:gap-x-3 max-md:py-2 hover:bg-sunken/50",
    )


def _title_cell(each: rx.vars.ObjectVar[ListingRowView]) -> rx.Component:
    note = el.span(each.note.to(str), class_name="text-sm text-warning")
    title_class, title = "inline-block py-2.5 leading-6 font-medium wrap-anywhere", each.title.to(str)
    title_link = link(title, href=each.href.to(str), class_name=f"{title_class} hover:underline underline-offset-4")
    return el.div(
        thumbnail(each.picture.to(str)),
        el.div(
            el.if_else(each.href != "", title_link, el.span(title, class_name=title_class)),
            el.div(
                el.when(each.note != "", note),
                el.span(each.variants, class_name="text-sm text-soft"),
                class_name="-mt-2 flex flex-wrap gap-x-3",
            ),
            class_name="min-w-0",
        ),
        class_name="flex items-center gap-3",
    )


def _empty() -> rx.Component:
    is_filtered = (ListingsState.q != "") | (ListingsState.selected_status != "")
    return el.if_else(
        is_filtered,
        empty_list("search", "No listings found", "Try other words, or show all listings."),
        el.if_else(
            ListingsState.can_edit,
            empty_list(
                "tags", "No listings yet", "Add your first one. All you need is a picture, a title and a price."
            ),
            empty_list("tags", "No listings yet", "Once a listing has been saved, you can set its stock here."),
        ),
    )


ROUTES = (private("/sell/[shop]/listings", listings_page, "Listings", ListingsState.load),)
