"""Visits that the demo's shops have had: made up, and the same for the same listings."""

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

DAYS = 180  # the longest range, and as many days before it
VISITED = 1_000  # listings; of a larger demo, the others have had no visitors yet
AT_ONCE = 10_000
_WEEK = (0.9, 0.85, 0.9, 0.95, 1.0, 1.25, 1.3)  # Monday first


@dataclass(frozen=True)
class Seen:
    """A listing somebody may have seen, since it was offered."""

    shop_id: UUID
    listing_id: UUID
    name: str  # decides, with nothing else, how it is liked
    age: timedelta


def seed_visits(session: WriteSession, *, seen: Sequence[Seen], now: datetime) -> None:
    """Views and favourites for every day that these listings have been there."""
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
