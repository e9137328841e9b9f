"""A shop's figures as surfaces show them."""

import datetime
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, computed_field

from platform_app.domain.activity import rules
from platform_app.domain.activity.rules import Period


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class DailyCounts(_Frozen):
    """What was counted of a listing's day."""

    shop_id: UUID
    listing_id: UUID
    day: datetime.date
    views: int = 0
    favourites: int = 0


class StatTotals(_Frozen):
    """Views are visitors by listing and day; favourites are what was liked and still is when it is counted."""

    views: int
    favourites: int

    @computed_field  # type: ignore[prop-decorator]
    @property
    def saved_percent(self) -> Decimal | None:
        """Favourites in a hundred views, at most 100; null where nobody came."""
        return rules.saved_percent(self.views, self.favourites)


class DayStats(StatTotals):
    """The figures of one day, in UTC."""

    day: datetime.date


class ShopStats(_Frozen):
    """A shop's figures: all days from the first to the last, their sum, and that of as many days before."""

    days: Period
    first: datetime.date
    last: datetime.date
    total: StatTotals
    before: StatTotals
    by_day: tuple[DayStats, ...]


class ListingStats(StatTotals):
    """A listing's figures over some days; `title` is null once the listing is gone, `slug` while it is not for sale."""

    listing_id: UUID
    title: str | None
    slug: str | None
    picture: str | None
    picture_width: int | None
