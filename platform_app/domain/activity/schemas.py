"""Shop and listing statistics."""

import datetime
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, computed_field

from platform_app.domain.activity import rules
from platform_app.domain.activity.rules import Period


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class DailyCounts(_Frozen):
    """A listing's counts for one day."""

    shop_id: UUID
    listing_id: UUID
    day: datetime.date
    views: int = 0
    favourites: int = 0


class StatTotals(_Frozen):
    """Views are unique visitors per listing and day; favourites are those added that day and not removed since."""

    views: int
    favourites: int

    @computed_field  # type: ignore[prop-decorator]
    @property
    def saved_percent(self) -> Decimal | None:
        """Favourites per hundred views, at most 100; null without views."""
        return rules.saved_percent(self.views, self.favourites)


class DayStats(StatTotals):
    """The statistics of one UTC day."""

    day: datetime.date


class ShopStats(_Frozen):
    """A shop's statistics: each day from `first` to `last`, their sum, and the sum of the period `before`."""

    days: Period
    first: datetime.date
    last: datetime.date
    total: StatTotals
    before: StatTotals
    by_day: tuple[DayStats, ...]


class ListingStats(StatTotals):
    """A listing's statistics for a period; `title` is null once it is deleted, `slug` while it is not published."""

    listing_id: UUID
    title: str | None
    slug: str | None
    picture: str | None
    picture_width: int | None
