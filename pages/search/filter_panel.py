"""The filters of a list of listings: beside the list, or in a drawer on phones."""

from typing import Any, cast

import reflex as rx

from pages.components import el
from pages.components import filters as kit
from pages.components.button import primary_button
from pages.components.price_range import price_range
from state.core import browser
from state.presenters import FilterGroupView, FilterValueView, HiddenFieldView, SortOptionView
from state.search_results_page import ResultsPage

SHEET_FORM = "sheet-filters"
_SIDE_FORM = "side-filters"
_CLOSE = "() => document.getElementById('filters').close()"


def side_filters(state: type[ResultsPage]) -> rx.Component:
    """The filters beside the list; the sort order is set by links above it."""
    sort = el.input(type="hidden", name="sort", value=_applied_sort(state), read_only=True)
    return _filter_panel(state, sort, name=_SIDE_FORM)


def filter_drawer(state: type[ResultsPage]) -> rx.Component:
    """The filters in a bottom sheet; the sort order is a field beside the button that opens it."""
    filters = browser.object_var(state.filters)
    close_button = primary_button(el.span("Show ", state.total), on_click=browser.client_event(_CLOSE))
    footer = el.div(
        el.when(filters.active_filters.length() > 0, kit.clear_link(filters.clear_href)),
        close_button,
        class_name="flex items-center gap-4 [&>button]:flex-1",
    )
    return kit.filter_drawer(_filter_panel(state, name=SHEET_FORM), name="filters", title="Filters", footer=footer)


def sort_select(state: type[ResultsPage]) -> rx.Component:
    """The sort order, for phones."""
    options = rx.foreach(
        browser.object_var(state.filters).sort_options, lambda each: el.option(each.label, value=each.value)
    )
    return kit.sort_select(options, value=_applied_sort(state), form=SHEET_FORM)


def sort_option(each: rx.vars.ObjectVar[SortOptionView]) -> rx.Component:
    """A sort order."""
    return kit.sort_link(each.label, each.href, each.is_active)


def _filter_panel(state: type[ResultsPage], *fields: rx.Component, name: str) -> rx.Component:
    """All filters that would change the results."""
    filters = browser.object_var(state.filters)
    categories = kit.filter_group(
        "Category",
        rx.foreach(filters.parents, lambda each: kit.parent_link(each.label, each.href)),
        rx.foreach(filters.categories, lambda each: kit.category_link(each.label, each.href, each.count)),
    )
    price = kit.filter_group(
        "Price",
        price_range(
            form=name,
            minimum=filters.price_min,
            maximum=filters.price_max,
            hint=filters.price_hint,
            error=filters.price_error,
            invalid=filters.invalid_prices.to(list[str]),
        ),
    )
    return kit.filter_form(
        rx.foreach(filters.hidden_fields, _hidden_field),
        *fields,
        el.when((filters.categories.length() > 0) | (filters.parents.length() > 0), categories),
        rx.foreach(filters.groups, _group),
        price,
        name=name,
        action=state.path,
        filters=cast(rx.Var[Any], state.filters),
    )


def _applied_sort(state: type[ResultsPage]) -> rx.Var[str]:
    return browser.object_var(state.filters).sort


def _group(each: rx.vars.ObjectVar[FilterGroupView]) -> rx.Component:
    def value(option: rx.vars.ObjectVar[FilterValueView]) -> rx.Component:
        return kit.filter_value(
            name=each.name,
            value=option.value,
            label=option.label,
            count=option.count,
            is_active=option.is_active,
            is_disabled=each.is_full & ~option.is_active,
        )

    more = kit.more_values(each.more.length(), rx.foreach(each.more.to(list[FilterValueView]), value))
    return kit.filter_group(
        each.label, rx.foreach(each.shown.to(list[FilterValueView]), value), el.when(each.more.length() > 0, more)
    )


def _hidden_field(each: rx.vars.ObjectVar[HiddenFieldView]) -> rx.Component:
    return el.input(type="hidden", name=each.name, value=each.value, read_only=True)
