"""The filters of a list of listings: beside it, or in a drawer on phones."""

import reflex as rx

from pages.components import el
from pages.components import filters as kit
from pages.components.button import primary_button
from state import runtime
from state.browsing import Browsing
from state.views import ChoiceView, FieldView, GroupView

_CLOSE = "() => document.getElementById('filters').close()"


def panel(state: type[Browsing], *, name: str) -> rx.Component:
    """Every filter that would change something."""
    offered = runtime.view(state.filters)
    categories = kit.filter_group(
        "Category",
        rx.foreach(offered.wider, lambda each: kit.back_link(each.label, each.href)),
        rx.foreach(offered.categories, lambda each: kit.plain_link(each.label, each.href, each.count)),
    )
    price = kit.filter_group(
        "Price",
        kit.price_form(
            name=name,
            action=state.path,
            kept=rx.foreach(offered.kept, _kept),
            low=offered.price_min,
            high=offered.price_max,
            hint=offered.price_hint,
        ),
    )
    return el.div(
        el.when((offered.categories.length() > 0) | (offered.wider.length() > 0), categories),
        el.when(
            offered.conditions.length() > 0, kit.filter_group("Condition", rx.foreach(offered.conditions, _choice))
        ),
        el.when(offered.stock.length() > 0, kit.filter_group("Availability", rx.foreach(offered.stock, _choice))),
        rx.foreach(offered.groups, _group),
        price,
    )


def drawer(state: type[Browsing]) -> rx.Component:
    """The same and the order, in a sheet from below."""
    done = primary_button(el.span("Show ", state.total), on_click=runtime.in_browser(_CLOSE))
    sorts = kit.filter_group(
        "Sort", el.div(rx.foreach(runtime.view(state.filters).sorts, sort), class_name="flex flex-wrap gap-x-6")
    )
    return kit.filter_drawer(sorts, panel(state, name="sheet"), name="filters", title="Filters", done=done)


def sort(each: rx.vars.ObjectVar[ChoiceView]) -> rx.Component:
    """An order to choose."""
    return kit.sort_link(each.label, each.href, each.active)


def _group(each: rx.vars.ObjectVar[GroupView]) -> rx.Component:
    return kit.filter_group(each.name, rx.foreach(each.choices, _choice))


def _choice(each: rx.vars.ObjectVar[ChoiceView]) -> rx.Component:
    return kit.choice_link(each.label, each.href, each.count, each.active)


def _kept(each: rx.vars.ObjectVar[FieldView]) -> rx.Component:
    return el.input(type="hidden", name=each.name, value=each.value, read_only=True)
