"""A shop's figures as its page shows them: ready text, and the days as bare numbers, which are the most of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from babel.dates import format_date

from platform_app.domain.activity import rules
from platform_app.domain.activity.rules import Days, Order
from platform_app.domain.activity.schemas import DaySums, Figures, ListingSums, Sums
from platform_app.domain.media import rules as media
from state import address

ORDERS = {Order.VIEWS: "Views", Order.FAVOURITES: "Favourites", Order.SAVED: "Saved"}
_ROUND = (1, 2, 3, 4, 5, 6, 8)
_LOWEST = 5  # at the end of a scale: a single view is no mountain


@dataclass(frozen=True)
class ChoiceView:
    """One of a few ways to look at the figures."""

    label: str
    href: str
    is_chosen: bool


@dataclass(frozen=True)
class SumView:
    """A figure, how it has changed, and whether for the better: "up", "down" or ""."""

    label: str
    value: str
    change: str
    trend: str


@dataclass(frozen=True)
class BarsView:
    """A row of bars: `end` is how high the highest could be, `told` says what there is to see."""

    end: int = _LOWEST
    told: str = ""


@dataclass(frozen=True)
class ChartView:
    """Bars of all days, above each other; `at` changes with what it is about, `days` are day, views and favourites each."""

    at: str = ""
    views: BarsView = BarsView()
    favourites: BarsView = BarsView()
    days: list[tuple[str, int, int]] = field(default_factory=list)


@dataclass(frozen=True)
class RowView:
    """A listing's figures; `href` is where visitors see it, while they can."""

    title: str
    href: str
    picture: str
    views: str
    favourites: str
    saved: str


def ranges(chosen: Days, order: Order, *, base: str) -> list[ChoiceView]:
    """How many days to look at."""
    return [ChoiceView(f"{days} days", link(base, days, order), days == chosen) for days in Days]


def orders(chosen: Order, days: Days, *, base: str) -> list[ChoiceView]:
    """What to order listings by."""
    return [ChoiceView(label, link(base, days, order), order == chosen) for order, label in ORDERS.items()]


def link(base: str, days: Days, order: Order, *, cursor: str = "") -> str:
    """A way to look at the figures; the usual one has the plain address."""
    asked = {
        "days": str(int(days)) if days is not Days.MONTH else "",
        "order": order.value if order is not Order.VIEWS else "",
        "cursor": cursor,
    }
    return address.href(base, asked)


def sums(found: Figures) -> list[SumView]:
    """The three figures of all days together."""
    now, before, ago = found.total, found.before, f"the {found.days} days before"
    views, liked = rules.change(now.views, before.views), rules.change(now.favourites, before.favourites)
    return [
        SumView("Views", f"{now.views:,}", _changed(views, ago), _trend(views)),
        SumView("Favourites", f"{now.favourites:,}", _changed(liked, ago), _trend(liked)),
        SumView("Saved by", saved(now), *_points(now, before, ago)),
    ]


def chart(found: Figures) -> ChartView:
    """Every day, as bars and in words."""
    days = found.by_day
    return ChartView(
        at=f"{found.first}/{found.last}",
        views=_bars(days, lambda day: day.views, "view"),
        favourites=_bars(days, lambda day: day.favourites, "favourite"),
        days=[(_day(day.day), day.views, day.favourites) for day in days],
    )


def rows(found: Sequence[ListingSums], *, shop: str) -> list[RowView]:
    """Listings with their figures."""
    return [
        RowView(
            title=each.title or "A listing that is gone",
            href=f"/shops/{shop}/{each.slug}" if each.slug else "",
            picture=_picture(each),
            views=f"{each.views:,}",
            favourites=f"{each.favourites:,}",
            saved=saved(each),
        )
        for each in found
    ]


def saved(of: Sums) -> str:
    """How many of those who came liked it."""
    return "–" if of.saved_percent is None else f"{of.saved_percent:f}".removesuffix(".0") + "\u00a0%"


def top(highest: int) -> int:
    """The end of a scale that holds the highest figure: a round number."""
    power = int(10 ** (len(str(highest)) - 1))
    return max(_LOWEST, next((step * power for step in _ROUND if highest <= step * power), 10 * power))


def _bars(days: Sequence[DaySums], figure: Callable[[DaySums], int], word: str) -> BarsView:
    figures = [figure(day) for day in days]
    end = top(max(figures))
    best = max(range(len(days)), key=lambda place: figures[place])
    told = f"{_count(sum(figures), word)} in {len(days)} days"
    if figures[best]:
        told += f", the most on {_day(days[best].day)}: {figures[best]:,}"
    return BarsView(end=end, told=told + ".")


def _changed(percent: int | None, ago: str) -> str:
    if percent is None:
        return f"None in {ago}"
    if percent == 0:
        return f"As many as in {ago}"
    return f"{abs(percent):,}\u00a0% {'more' if percent > 0 else 'less'} than in {ago}"


def _points(now: Sums, before: Sums, ago: str) -> tuple[str, str]:
    """How the share of those who liked it has changed, and whether for the better."""
    if now.saved_percent is None or before.saved_percent is None:
        return "of the visitors" if now.saved_percent is not None else "Nobody came yet", ""
    return f"of the visitors, {saved(before)} in {ago}", _trend(int(10 * (now.saved_percent - before.saved_percent)))


def _trend(change: int | None) -> str:
    return "up" if change and change > 0 else "down" if change and change < 0 else ""


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def _day(day: date) -> str:
    return str(format_date(day, "d MMM", locale="en"))


def _picture(each: ListingSums) -> str:
    if not each.picture:
        return ""
    return f"/media/pictures/{each.picture}/{media.widths(each.picture_width or 1)[0]}.webp"
