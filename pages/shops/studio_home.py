"""A shop's home in the studio: the number of listings and a checklist."""

import reflex as rx

from pages.components import el
from pages.components.callout import callout
from pages.components.icon import icon
from pages.components.link import link
from pages.layout.route import private
from pages.layout.studio_layout import panel, studio_layout
from state.shops_presenters import ChecklistItemView
from state.shops_studio import ShopHomeState
from state.studio import StudioState


def shop_home_page() -> rx.Component:
    """The number of listings, and the checklist."""
    state = ShopHomeState
    holiday = callout(state.holiday_text, ". Nothing can be bought until then.", kind="warning", role="note")
    return studio_layout(
        state,
        StudioState.name,
        "Your shop at a glance.",
        el.when(state.holiday_text != "", holiday),
        panel(
            "Listings",
            "What visitors can see, and what only you can.",
            el.dl(
                _count("Published", state.published),
                _count("Drafts", state.drafts),
                _count("Archived", state.archived),
                class_name="grid grid-cols-3 divide-x divide-line border-y border-line",
            ),
        ),
        panel(
            "Before you sell",
            "You don't need any of this to look around.",
            el.ul(rx.foreach(state.checklist, _checklist_item), class_name="divide-y divide-line border-y border-line"),
        ),
    )


def _count(name: str, value: rx.Var[int]) -> rx.Component:
    return el.div(
        el.dt(name, class_name="text-sm text-soft"),
        el.dd(value, class_name="text-2xl font-medium tabular-nums"),
        class_name="flex flex-col-reverse px-4 py-4 first:ps-0",
    )


def _checklist_item(each: rx.vars.ObjectVar[ChecklistItemView]) -> rx.Component:
    done_icon = el.span(icon("circle-check", class_name="text-positive"), el.span("Done: ", class_name="sr-only"))
    to_do_icon = el.span(icon("circle", class_name="text-soft"), el.span("To do: ", class_name="sr-only"))
    title = el.if_else(
        each.href != "",
        link(each.title.to(str), href=each.href.to(str), class_name="underline underline-offset-4 decoration-1"),
        el.span(each.title),
    )
    return el.li(
        el.if_else(each.is_done.to(bool), done_icon, to_do_icon),
        el.div(
            el.p(title, class_name="font-medium"),
            el.p(each.text, class_name="mt-0.5 text-[15px] text-soft text-pretty"),
            class_name="min-w-0 flex-1",
        ),
        class_name="flex gap-4 py-4",
    )


ROUTES = (private("/sell/[shop]", shop_home_page, "Your shop", ShopHomeState.load),)
