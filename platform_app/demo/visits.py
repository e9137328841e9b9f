"""Generated views and favourites of the demo; the same listings always get the same ones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from math import sin
from random import Random
from uuid import UUID

from platform_app.domain.activity import service
from platform_app.domain.activity.schemas import DailyCounts
from platform_app.infra.db import WriteSession

DAYS = 180  # the longest period of the statistics, and the period before it
VISITED = 1_000  # listings; in a larger demo, the others have no views
AT_ONCE = 10_000
_WEEK = (0.9, 0.85, 0.9, 0.95, 1.0, 1.25, 1.3)  # Monday first


@dataclass(frozen=True)
class Seen:
    """A listing that can have views since its creation."""

    shop_id: UUID
    listing_id: UUID
    name: str  # the only seed of its popularity
    age: timedelta


def seed_visits(session: WriteSession, *, seen: Sequence[Seen], now: datetime) -> None:
    """Add views and favourites for every day since these listings were created."""
    counted = (day for each in seen for day in _days(each, today=now.date()))
    while some := list(islice(counted, AT_ONCE)):
        service.record(session, counts=some)


def _days(each: Seen, *, today: date) -> Iterator[DailyCounts]:
    chance = Random(each.name)
    daily = 14 * chance.paretovariate(1.6) ** 0.8 - 10  # few are popular, most are not
    wave, liked = chance.random() * 6, 0.02 + 0.07 * chance.random()
    for ago in range(min(DAYS, each.age.days + 1) - 1, -1, -1):
        day = today - timedelta(days=ago)
        trend = 1.25 - 0.5 * ago / DAYS
        expected = daily * trend * _WEEK[day.weekday()] * (1 + 0.25 * sin(ago / 9 + wave))
        views = max(0, round(chance.gauss(expected, 0.6 + expected**0.5)))
        favourites = sum(chance.random() < liked for _ in range(min(views, 400)))
        if views:
            yield DailyCounts(
                shop_id=each.shop_id, listing_id=each.listing_id, day=day, views=views, favourites=favourites
            )
