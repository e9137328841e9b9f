"""Texts of the analytics page. Days are sent as plain numbers, because there are many of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from babel.dates import format_date

from platform_app.domain.activity import rules
from platform_app.domain.activity.rules import ListingSort, Period
from platform_app.domain.activity.schemas import DayStats, ListingStats, ShopStats, StatTotals
from platform_app.domain.media import rules as media
from platform_app.domain.shared.query_strings import href

SORT_LABELS = {ListingSort.VIEWS: "Views", ListingSort.FAVOURITES: "Favourites", ListingSort.SAVED: "Favourite rate"}
_SCALE_STEPS = (1, 2, 3, 4, 5, 6, 8)
_MIN_SCALE = 5  # the lowest maximum of a scale, so that a single view is not a full bar


@dataclass(frozen=True)
class SegmentView:
    """A period or sort order to choose."""

    label: str
    href: str
    is_selected: bool


@dataclass(frozen=True)
class TotalView:
    """A total with its change; `trend` is "up", "down" or ""."""

    label: str
    value: str
    change: str
    trend: str


@dataclass(frozen=True)
class BarSeriesView:
    """A row of bars: `scale_max` is the top of the scale, `summary` describes the bars in words."""

    scale_max: int = _MIN_SCALE
    summary: str = ""


@dataclass(frozen=True)
class ChartView:
    """Two rows of bars by day; `range_key` identifies the period, `days` has day, views and favourites."""

    range_key: str = ""
    views: BarSeriesView = BarSeriesView()
    favourites: BarSeriesView = BarSeriesView()
    days: list[tuple[str, int, int]] = field(default_factory=list)


@dataclass(frozen=True)
class ListingStatsView:
    """A listing's statistics; `href` is its public page, or empty if it has none."""

    title: str
    href: str
    picture: str
    views: str
    favourites: str
    saved_rate: str


def day_ranges(selected: Period, order: ListingSort, *, base_url: str) -> list[SegmentView]:
    """The periods to choose from."""
    return [SegmentView(f"{days} days", stats_url(base_url, days, order), days == selected) for days in Period]


def sort_options(selected: ListingSort, days: Period, *, base_url: str) -> list[SegmentView]:
    """The sort orders to choose from."""
    return [
        SegmentView(label, stats_url(base_url, days, order), order == selected) for order, label in SORT_LABELS.items()
    ]


def stats_url(base_url: str, days: Period, order: ListingSort, *, cursor: str = "") -> str:
    """The URL of the page with these choices; defaults are left out."""
    params = {
        "days": str(int(days)) if days is not Period.MONTH else "",
        "order": order.value if order is not ListingSort.VIEWS else "",
        "cursor": cursor,
    }
    return href(base_url, params)


def totals(found: ShopStats) -> list[TotalView]:
    """The three totals of the period."""
    now, before, previous_label = found.total, found.before, f"the previous {found.days} days"
    views, liked = (
        rules.percent_change(now.views, before.views),
        rules.percent_change(now.favourites, before.favourites),
    )
    return [
        TotalView("Views", f"{now.views:,}", _change_text(views, previous_label), _trend(views)),
        TotalView("Favourites", f"{now.favourites:,}", _change_text(liked, previous_label), _trend(liked)),
        TotalView("Favourite rate", saved_rate(now), *_saved_rate_change(now, before, previous_label)),
    ]


def chart(found: ShopStats) -> ChartView:
    """The chart of the period."""
    days = found.by_day
    return ChartView(
        range_key=f"{found.first}/{found.last}",
        views=_bar_series(days, lambda day: day.views, "view"),
        favourites=_bar_series(days, lambda day: day.favourites, "favourite"),
        days=[(_format_day(day.day), day.views, day.favourites) for day in days],
    )


def listing_rows(found: Sequence[ListingStats], *, shop: str) -> list[ListingStatsView]:
    """Listings with their statistics."""
    return [
        ListingStatsView(
            title=each.title or "Deleted listing",
            href=f"/shops/{shop}/{each.slug}" if each.slug else "",
            picture=_picture_url(each),
            views=f"{each.views:,}",
            favourites=f"{each.favourites:,}",
            saved_rate=saved_rate(each),
        )
        for each in found
    ]


def saved_rate(sums: StatTotals) -> str:
    """Favourites per view, as a percentage."""
    return "–" if sums.saved_percent is None else f"{sums.saved_percent:f}".removesuffix(".0") + "%"


def nice_ceiling(highest: int) -> int:
    """A round number for the top of a scale, at least as high as the highest value."""
    power = int(10 ** (len(str(highest)) - 1))
    return max(_MIN_SCALE, next((step * power for step in _SCALE_STEPS if highest <= step * power), 10 * power))


def _bar_series(days: Sequence[DayStats], metric: Callable[[DayStats], int], noun: str) -> BarSeriesView:
    values = [metric(day) for day in days]
    scale_max = nice_ceiling(max(values))
    peak = max(range(len(days)), key=lambda index: values[index])
    summary = f"{_pluralise(sum(values), noun)} in {len(days)} days"
    if values[peak]:
        summary += f", the most on {_format_day(days[peak].day)}: {values[peak]:,}"
    return BarSeriesView(scale_max=scale_max, summary=summary + ".")


def _change_text(percent: int | None, previous_label: str) -> str:
    if percent is None:
        return f"None in {previous_label}"
    if percent == 0:
        return f"As many as in {previous_label}"
    return f"{abs(percent):,}% {'more' if percent > 0 else 'fewer'} than in {previous_label}"


def _saved_rate_change(now: StatTotals, before: StatTotals, previous_label: str) -> tuple[str, str]:
    """The change of the favourite rate, and its trend."""
    if now.saved_percent is None or before.saved_percent is None:
        return "of visitors" if now.saved_percent is not None else "No visitors yet", ""
    return f"of visitors, {saved_rate(before)} in {previous_label}", _trend(
        int(10 * (now.saved_percent - before.saved_percent))
    )


def _trend(change: int | None) -> str:
    return "up" if change and change > 0 else "down" if change and change < 0 else ""


def _pluralise(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _format_day(day: date) -> str:
    return str(format_date(day, "d MMM", locale="en"))


def _picture_url(each: ListingStats) -> str:
    if not each.picture:
        return ""
    return f"/media/pictures/{each.picture}/{media.widths(each.picture_width or 1)[0]}.webp"
