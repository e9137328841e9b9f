"""A shop's figures in the studio: sums, a chart of days, and a table of listings."""

import reflex as rx

from pages.components import el
from pages.components.button import primary_link, secondary_link
from pages.components.chart import counted, day_chart
from pages.components.choice import choice, choices
from pages.components.icon import icon
from pages.components.link import PAGER, QUIET, UNDERLINED, link
from pages.components.notice import nothing_yet
from pages.components.picture import thumbnail
from pages.studio_frame import studio
from state import runtime
from state.activity import FiguresState
from state.activity_views import ChoiceView, RowView, SumView
from state.studio import StudioState

_CHART = runtime.view(FiguresState.chart)
_DAY = runtime.browser_value("figures_day", {"of": "", "place": 0})
_CELL = "px-3 py-2 text-right tabular-nums whitespace-nowrap"


def figures_page() -> rx.Component:
    """What there is to tell, or what will be told here once somebody comes."""
    found = el.div(_sums(), _days(), _listings(), _meaning(), class_name="flex flex-col gap-10")
    return studio(
        FiguresState,
        "Figures",
        "How often your listings are opened and liked. Days begin at midnight UTC; today is not over yet.",
        rx.match(
            FiguresState.stage, ("some", found), ("quiet", _quiet()), ("unpublished", _unpublished()), el.fragment()
        ),
        beside=choices(FiguresState.ranges, label="Days", draw=_choice),
    )


def _choice(each: rx.vars.ObjectVar[ChoiceView]) -> rx.Component:
    return choice(each.label.to(str), href=each.href.to(str), is_chosen=each.is_chosen.to(bool))


def _sums() -> rx.Component:
    return el.dl(
        rx.foreach(FiguresState.sums, _sum),
        class_name="grid border-y border-line max-sm:divide-y sm:grid-cols-3 sm:divide-x divide-line",
    )


def _sum(each: rx.vars.ObjectVar[SumView]) -> rx.Component:
    arrow = rx.match(
        each.trend,
        ("up", el.span(icon("trending-up", size=16), class_name="text-positive")),
        ("down", el.span(icon("trending-down", size=16), class_name="text-soft")),
        el.fragment(),
    )
    return el.div(
        el.dt(each.label, class_name="text-sm text-soft"),
        el.dd(each.value, class_name="mt-1 text-3xl font-medium tabular-nums"),
        el.dd(el.fragment(arrow), el.span(each.change), class_name="mt-1 flex gap-1.5 text-sm text-soft tabular-nums"),
        class_name="py-4 sm:px-5 sm:first:ps-0",
    )


def _days() -> rx.Component:
    chart = day_chart(_CHART, names=("Views", "Favourites"), at=_DAY.value, update=_DAY.set)
    head = el.tr(
        el.th("Day", scope="col", class_name="px-3 py-2 text-left font-medium"),
        el.th("Views", scope="col", class_name=f"{_CELL} font-medium"),
        el.th("Favourites", scope="col", class_name=f"{_CELL} font-medium"),
        class_name="border-b border-line text-sm text-soft",
    )
    return el.section(
        el.h2("Day by day", class_name="mb-4 text-xl"),
        chart,
        el.details(
            el.summary(
                "The same as a table",
                class_name=f"inline-flex min-h-11 cursor-pointer items-center text-[15px] text-soft {UNDERLINED}",
            ),
            el.table(
                el.thead(head),
                el.tbody(rx.foreach(_CHART.days, _day), class_name="divide-y divide-line"),
                class_name="mt-2 w-full max-w-xl text-[15px]",
            ),
            class_name="mt-3",
        ),
        aria_label="Day by day",
    )


def _day(each: rx.vars.ArrayVar[tuple[str, int, int]]) -> rx.Component:
    return el.tr(
        el.th(each[0], scope="row", class_name="px-3 py-2 text-left font-normal whitespace-nowrap"),
        *(el.td(counted(each[place]), class_name=_CELL) for place in (1, 2)),
    )


def _listings() -> rx.Component:
    heads = ("Views", "Favourites", "Saved by")
    head = el.tr(
        el.th("Listing", scope="col", class_name="py-2 pe-3 text-left font-medium"),
        *(el.th(name, scope="col", class_name=f"{_CELL} font-medium max-sm:px-1.5") for name in heads),
        class_name="border-b border-line text-sm text-soft",
    )
    table = el.table(
        el.thead(head, class_name="sticky top-0 bg-paper"),
        el.tbody(rx.foreach(FiguresState.rows, _row), class_name="divide-y divide-line"),
        class_name="w-full text-[15px]",
    )
    none = el.p("Nothing was opened or liked in these days.", class_name="border-y border-line py-6 text-soft")
    more = el.div(
        el.when(FiguresState.first_href != "", link("First page", href=FiguresState.first_href, class_name=PAGER)),
        el.when(FiguresState.next_href != "", link("Next page", href=FiguresState.next_href, class_name=PAGER)),
        class_name="mt-4 flex gap-3",
    )
    return el.section(
        el.div(
            el.h2("By listing", class_name="text-xl"),
            choices(FiguresState.orders, label="Most first", draw=_choice),
            class_name="mb-2 flex flex-wrap items-center justify-between gap-x-6 gap-y-2",
        ),
        el.either(FiguresState.rows.length() > 0, el.fragment(table, more), none),
        aria_label="By listing",
    )


def _row(each: rx.vars.ObjectVar[RowView]) -> rx.Component:
    name = "min-h-11 items-center wrap-anywhere font-medium"
    title = el.either(
        each.href != "",
        link(each.title.to(str), href=each.href.to(str), class_name=f"inline-flex {name} {QUIET}"),
        el.span(each.title, class_name=f"inline-flex {name} text-soft"),
    )
    return el.tr(
        el.td(
            el.div(
                el.div(thumbnail(each.picture.to(str)), class_name="max-sm:hidden"),
                title,
                class_name="flex items-center gap-3",
            ),
            class_name="py-2 pe-3",
        ),
        *(el.td(figure, class_name=f"{_CELL} max-sm:px-1.5") for figure in (each.views, each.favourites, each.saved)),
    )


def _meaning() -> rx.Component:
    return el.section(
        el.h2("What is counted", class_name="text-sm font-medium text-ink"),
        el.p(
            "A view is a visitor who opens a listing's page, once a day however often they come back. Those who run the "
            "shop do not count, nor do search engines. A favourite is one that was added that day and is still there when "
            "the day is counted. “Saved by” is favourites per hundred views, at most 100: a heart can be pressed in a list "
            "too. Everything is counted anew every few minutes.",
            class_name="mt-1 max-w-3xl text-pretty",
        ),
        aria_label="What is counted",
        class_name="border-t border-line pt-6 text-sm text-soft",
    )


def _quiet() -> rx.Component:
    return nothing_yet(
        "chart-column",
        "Nobody has come in these days",
        "Once somebody opens a listing, you see here how many came, which days were good, and what they liked. "
        "Tell people where your shop is:",
        el.p(FiguresState.shared_as, class_name="w-full rounded-xl bg-sunken px-4 py-3 select-all wrap-anywhere"),
        secondary_link("See it as visitors do", href=StudioState.public),
    )


def _unpublished() -> rx.Component:
    return nothing_yet(
        "chart-column",
        "Nothing to count yet",
        "As soon as a listing is for sale, you see here how many people open it, which days are good, and what they like.",
        primary_link("Offer a first listing", href=StudioState.base + "/listings"),
    )
