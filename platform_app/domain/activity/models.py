"""Daily statistics of listings."""

import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey
from sqlmodel import Field, SQLModel

from platform_app.domain.shared.model_base import Distribution, by, columns
from platform_app.domain.shops.models import Shop


class ListingDay(SQLModel, table=True):
    """A listing's counts for one UTC day; days without activity have no row.

    Counts only grow, so counting a day again, or in two workers at once, gives the same result. There is no foreign key
    to the listing: a shop's statistics remain when a listing is deleted.
    """

    __tablename__ = "listing_day"
    __distribution__: ClassVar[Distribution] = by("shop_id")
    __table_args__ = (CheckConstraint("views >= 0 AND favourites >= 0", name="figures"),)

    shop_id: UUID = Field(sa_column=Column(ForeignKey(columns(Shop, "id")[0], ondelete="CASCADE"), primary_key=True))
    # Before the listing, so that a shop's days are adjacent in the index.
    day: datetime.date = Field(primary_key=True)
    listing_id: UUID = Field(primary_key=True)
    views: int = 0
    favourites: int = 0
