"""A shop's analytics in the studio: totals, a chart by day and a table of listings."""

import reflex as rx

from pages.components import el
from pages.components.button import primary_link, secondary_link
from pages.components.callout import empty_list
from pages.components.chart import day_chart, format_number
from pages.components.icon import icon
from pages.components.link import HOVER_UNDERLINE, PAGER_BUTTON, UNDERLINED, link
from pages.components.picture import thumbnail
from pages.components.segmented_control import segment, segmented_control
from pages.layout.route import private
from pages.layout.studio_layout import studio_layout
from state.activity import ActivityStatsState
from state.activity_presenters import ListingStatsView, SegmentView, TotalView
from state.core import browser
from state.studio import StudioState

_CHART = browser.object_var(ActivityStatsState.chart)
_SELECTED_DAY = browser.client_state("selected_day", {"range": "", "index": 0})
_CELL = "px-3 py-2 text-right tabular-nums whitespace-nowrap"


def stats_page() -> rx.Component:
    """The shop's analytics, or what the page will show once there are visitors."""
    content = el.div(_totals(), _daily_chart(), _listing_table(), _explanation(), class_name="flex flex-col gap-10")
    return studio_layout(
        ActivityStatsState,
        "Analytics",
        "How often your listings are viewed and favourited. Days start at midnight UTC; today isn't over yet.",
        rx.match(
            ActivityStatsState.stage,
            ("some", content),
            ("quiet", _no_visits()),
            ("unpublished", _nothing_published()),
            el.fragment(),
        ),
        actions=segmented_control(ActivityStatsState.day_ranges, label="Days", render=_segment),
    )


def _segment(each: rx.vars.ObjectVar[SegmentView]) -> rx.Component:
    return segment(each.label.to(str), href=each.href.to(str), is_selected=each.is_selected.to(bool))


def _totals() -> rx.Component:
    return el.dl(
        rx.foreach(ActivityStatsState.totals, _total),
        class_name="grid border-y border-line max-sm:divide-y sm:grid-cols-3 sm:divide-x divide-line",
    )


def _total(each: rx.vars.ObjectVar[TotalView]) -> rx.Component:
    trend_icon = rx.match(
        each.trend,
        ("up", el.span(icon("trending-up", size=16), class_name="text-positive")),
        ("down", el.span(icon("trending-down", size=16), class_name="text-soft")),
        el.fragment(),
    )
    return el.div(
        el.dt(each.label, class_name="text-sm text-soft"),
        el.dd(each.value, class_name="mt-1 text-3xl font-medium tabular-nums"),
        el.dd(
            el.fragment(trend_icon), el.span(each.change), class_name="mt-1 flex gap-1.5 text-sm text-soft tabular-nums"
        ),
        class_name="py-4 sm:px-5 sm:first:ps-0",
    )


def _daily_chart() -> rx.Component:
    chart = day_chart(
        _CHART, names=("Views", "Favourites"), selection=_SELECTED_DAY.value, set_selection=_SELECTED_DAY.set
    )
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
                "Show as a table",
                class_name=f"inline-flex min-h-11 cursor-pointer items-center text-[15px] text-soft {UNDERLINED}",
            ),
            el.table(
                el.thead(head),
                el.tbody(rx.foreach(_CHART.days, _day_row), class_name="divide-y divide-line"),
                class_name="mt-2 w-full max-w-xl text-[15px]",
            ),
            class_name="mt-3",
        ),
        aria_label="Day by day",
    )


def _day_row(each: rx.vars.ArrayVar[tuple[str, int, int]]) -> rx.Component:
    return el.tr(
        el.th(each[0], scope="row", class_name="px-3 py-2 text-left font-normal whitespace-nowrap"),
        *(el.td(format_number(each[index]), class_name=_CELL) for index in (1, 2)),
    )


def _listing_table() -> rx.Component:
    headings = ("Views", "Favourites", "Favourite rate")
    head = el.tr(
        el.th("Listing", scope="col", class_name="py-2 pe-3 text-left font-medium"),
        *(el.th(name, scope="col", class_name=f"{_CELL} font-medium max-sm:px-1.5") for name in headings),
        class_name="border-b border-line text-sm text-soft",
    )
    table = el.table(
        el.thead(head, class_name="sticky top-0 bg-paper"),
        el.tbody(rx.foreach(ActivityStatsState.rows, _listing_row), class_name="divide-y divide-line"),
        class_name="w-full text-[15px]",
    )
    empty = el.p("No views or favourites in this period.", class_name="border-y border-line py-6 text-soft")
    pager = el.div(
        el.when(
            ActivityStatsState.first_href != "",
            link("First page", href=ActivityStatsState.first_href, class_name=PAGER_BUTTON),
        ),
        el.when(
            ActivityStatsState.next_href != "",
            link("Next page", href=ActivityStatsState.next_href, class_name=PAGER_BUTTON),
        ),
        class_name="mt-4 flex gap-3",
    )
    return el.section(
        el.div(
            el.h2("By listing", class_name="text-xl"),
            segmented_control(ActivityStatsState.sort_options, label="Sort by", render=_segment),
            class_name="mb-2 flex flex-wrap items-center justify-between gap-x-6 gap-y-2",
        ),
        el.if_else(ActivityStatsState.rows.length() > 0, el.fragment(table, pager), empty),
        aria_label="By listing",
    )


def _listing_row(each: rx.vars.ObjectVar[ListingStatsView]) -> rx.Component:
    name_class = "min-h-11 items-center wrap-anywhere font-medium"
    title = el.if_else(
        each.href != "",
        link(each.title.to(str), href=each.href.to(str), class_name=f"inline-flex {name_class} {HOVER_UNDERLINE}"),
        el.span(each.title, class_name=f"inline-flex {name_class} text-soft"),
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
        *(
            el.td(figure, class_name=f"{_CELL} max-sm:px-1.5")
            for figure in (each.views, each.favourites, each.saved_rate)
        ),
    )


def _explanation() -> rx.Component:
    return el.section(
        el.h2("How we count", class_name="text-sm font-medium text-ink"),
        el.p(
            "Each visitor counts as one view of a listing per day. The shop's staff and search engines don't count. A "
            "favourite counts on the day it was added, unless it was removed again. The favourite rate is the number "
            "of favourites per 100 views, at most 100%: listings can also be favourited without being opened. All "
            "numbers are updated every few minutes.",
            class_name="mt-1 max-w-3xl text-pretty",
        ),
        aria_label="How we count",
        class_name="border-t border-line pt-6 text-sm text-soft",
    )


def _no_visits() -> rx.Component:
    return empty_list(
        "chart-column",
        "No visitors in this period",
        "Once visitors open your listings, you'll see here how many came, which days were best and what they liked. "
        "Share your shop's link:",
        el.p(ActivityStatsState.shop_url, class_name="w-full rounded-xl bg-sunken px-4 py-3 select-all wrap-anywhere"),
        secondary_link("View your shop", href=StudioState.public_url),
    )


def _nothing_published() -> rx.Component:
    return empty_list(
        "chart-column",
        "No data yet",
        "Once a listing is for sale, you'll see here how many people view it, which days are best and what they like.",
        primary_link("Add your first listing", href=StudioState.base_url + "/listings"),
    )


ROUTES = (private("/sell/[shop]/figures", stats_page, "Analytics", ActivityStatsState.load),)
