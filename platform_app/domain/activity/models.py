"""What happened to each listing on each day, counted."""

import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey
from sqlmodel import Field, SQLModel

from platform_app.domain.shared.model_base import Distribution, by, columns
from platform_app.domain.shops.models import Shop


class ListingDay(SQLModel, table=True):
    """A listing's figures of one day in UTC; a day on which nothing happened has no row.

    Figures only ever grow, so that counting the same day again, or by two workers at once, ends the same. No foreign key
    holds the listing: what a shop was visited for stays true when a listing is gone.
    """

    __tablename__ = "listing_day"
    __distribution__: ClassVar[Distribution] = by("shop_id")
    __table_args__ = (CheckConstraint("views >= 0 AND favourites >= 0", name="figures"),)

    shop_id: UUID = Field(sa_column=Column(ForeignKey(columns(Shop, "id")[0], ondelete="CASCADE"), primary_key=True))
    # Before the listing, so that the days of one shop lie together.
    day: datetime.date = Field(primary_key=True)
    listing_id: UUID = Field(primary_key=True)
    views: int = 0
    favourites: int = 0
