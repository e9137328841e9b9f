"""A shop's figures as its page shows them: ready text, and the days as bare numbers, which are the most of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from babel.dates import format_date

from platform_app.domain.activity import rules
from platform_app.domain.activity.rules import ListingSort, Period
from platform_app.domain.activity.schemas import DayStats, ListingStats, ShopStats, StatTotals
from platform_app.domain.media import rules as media
from platform_app.domain.shared.query_strings import href

SORT_LABELS = {ListingSort.VIEWS: "Views", ListingSort.FAVOURITES: "Favourites", ListingSort.SAVED: "Saved"}
_SCALE_STEPS = (1, 2, 3, 4, 5, 6, 8)
_MIN_SCALE = 5  # at the end of a scale: a single view is no mountain


@dataclass(frozen=True)
class SegmentView:
    """One of a few ways to look at the figures."""

    label: str
    href: str
    is_selected: bool


@dataclass(frozen=True)
class TotalView:
    """A figure, how it has changed, and whether for the better: "up", "down" or ""."""

    label: str
    value: str
    change: str
    trend: str


@dataclass(frozen=True)
class BarSeriesView:
    """A row of bars: `scale_max` is how high the highest could be, `summary` says what there is to see."""

    scale_max: int = _MIN_SCALE
    summary: str = ""


@dataclass(frozen=True)
class ChartView:
    """Bars of all days, above each other; `range_key` changes with what it is about, `days` are day, views and favourites each."""

    range_key: str = ""
    views: BarSeriesView = BarSeriesView()
    favourites: BarSeriesView = BarSeriesView()
    days: list[tuple[str, int, int]] = field(default_factory=list)


@dataclass(frozen=True)
class ListingStatsView:
    """A listing's figures; `href` is where visitors see it, while they can."""

    title: str
    href: str
    picture: str
    views: str
    favourites: str
    saved_rate: str


def day_ranges(selected: Period, order: ListingSort, *, base_url: str) -> list[SegmentView]:
    """How many days to look at."""
    return [SegmentView(f"{days} days", stats_url(base_url, days, order), days == selected) for days in Period]


def sort_options(selected: ListingSort, days: Period, *, base_url: str) -> list[SegmentView]:
    """What to order listings by."""
    return [
        SegmentView(label, stats_url(base_url, days, order), order == selected) for order, label in SORT_LABELS.items()
    ]


def stats_url(base_url: str, days: Period, order: ListingSort, *, cursor: str = "") -> str:
    """A way to look at the figures; the usual one has the plain address."""
    params = {
        "days": str(int(days)) if days is not Period.MONTH else "",
        "order": order.value if order is not ListingSort.VIEWS else "",
        "cursor": cursor,
    }
    return href(base_url, params)


def totals(found: ShopStats) -> list[TotalView]:
    """The three figures of all days together."""
    now, before, previous_label = found.total, found.before, f"the {found.days} days before"
    views, liked = (
        rules.percent_change(now.views, before.views),
        rules.percent_change(now.favourites, before.favourites),
    )
    return [
        TotalView("Views", f"{now.views:,}", _change_text(views, previous_label), _trend(views)),
        TotalView("Favourites", f"{now.favourites:,}", _change_text(liked, previous_label), _trend(liked)),
        TotalView("Saved by", saved_rate(now), *_saved_rate_change(now, before, previous_label)),
    ]


def chart(found: ShopStats) -> ChartView:
    """Every day, as bars and in words."""
    days = found.by_day
    return ChartView(
        range_key=f"{found.first}/{found.last}",
        views=_bar_series(days, lambda day: day.views, "view"),
        favourites=_bar_series(days, lambda day: day.favourites, "favourite"),
        days=[(_format_day(day.day), day.views, day.favourites) for day in days],
    )


def listing_rows(found: Sequence[ListingStats], *, shop: str) -> list[ListingStatsView]:
    """Listings with their figures."""
    return [
        ListingStatsView(
            title=each.title or "A listing that is gone",
            href=f"/shops/{shop}/{each.slug}" if each.slug else "",
            picture=_picture_url(each),
            views=f"{each.views:,}",
            favourites=f"{each.favourites:,}",
            saved_rate=saved_rate(each),
        )
        for each in found
    ]


def saved_rate(sums: StatTotals) -> str:
    """How many of those who came liked it."""
    return "–" if sums.saved_percent is None else f"{sums.saved_percent:f}".removesuffix(".0") + "\u00a0%"


def nice_ceiling(highest: int) -> int:
    """The end of a scale that holds the highest figure: a round number."""
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
    return f"{abs(percent):,}\u00a0% {'more' if percent > 0 else 'less'} than in {previous_label}"


def _saved_rate_change(now: StatTotals, before: StatTotals, previous_label: str) -> tuple[str, str]:
    """How the share of those who liked it has changed, and whether for the better."""
    if now.saved_percent is None or before.saved_percent is None:
        return "of the visitors" if now.saved_percent is not None else "Nobody came yet", ""
    return f"of the visitors, {saved_rate(before)} in {previous_label}", _trend(
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
