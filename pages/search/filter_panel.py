"""The filters of a list of listings: beside the list, or in a drawer on phones."""

import reflex as rx

from pages.components import el
from pages.components import filters as kit
from pages.components.button import primary_button
from state.core import browser
from state.presenters import FilterGroupView, FilterOptionView, HiddenFieldView
from state.search_results_page import ResultsPage

_CLOSE = "() => document.getElementById('filters').close()"


def filter_panel(state: type[ResultsPage], *, name: str) -> rx.Component:
    """All filters that would change the results."""
    filters = browser.object_var(state.filters)
    categories = kit.filter_group(
        "Category",
        rx.foreach(filters.parents, lambda each: kit.parent_link(each.label, each.href)),
        rx.foreach(filters.categories, lambda each: kit.category_link(each.label, each.href, each.count)),
    )
    price = kit.filter_group(
        "Price",
        kit.price_form(
            name=name,
            action=state.path,
            hidden_fields=rx.foreach(filters.hidden_fields, _hidden_field),
            minimum=filters.price_min,
            maximum=filters.price_max,
            hint=filters.price_hint,
        ),
    )
    return el.div(
        el.when((filters.categories.length() > 0) | (filters.parents.length() > 0), categories),
        el.when(
            filters.conditions.length() > 0,
            kit.filter_group("Condition", rx.foreach(filters.conditions, _filter_option)),
        ),
        el.when(
            filters.stock.length() > 0, kit.filter_group("Availability", rx.foreach(filters.stock, _filter_option))
        ),
        rx.foreach(filters.groups, _group),
        price,
    )


def filter_drawer(state: type[ResultsPage]) -> rx.Component:
    """The sort order and the filters, in a bottom sheet."""
    close_button = primary_button(el.span("Show ", state.total), on_click=browser.client_event(_CLOSE))
    sort_group = kit.filter_group(
        "Sort",
        el.div(
            rx.foreach(browser.object_var(state.filters).sort_options, sort_option), class_name="flex flex-wrap gap-x-6"
        ),
    )
    return kit.filter_drawer(
        sort_group, filter_panel(state, name="sheet"), name="filters", title="Filters", footer=close_button
    )


def sort_option(each: rx.vars.ObjectVar[FilterOptionView]) -> rx.Component:
    """A sort order."""
    return kit.sort_link(each.label, each.href, each.is_active)


def _group(each: rx.vars.ObjectVar[FilterGroupView]) -> rx.Component:
    return kit.filter_group(each.name, rx.foreach(each.options, _filter_option))


def _filter_option(each: rx.vars.ObjectVar[FilterOptionView]) -> rx.Component:
    return kit.filter_option(each.label, each.href, each.count, each.is_active)


def _hidden_field(each: rx.vars.ObjectVar[HiddenFieldView]) -> rx.Component:
    return el.input(type="hidden", name=each.name, value=each.value, read_only=True)
