"""Favourites and follower counts."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, ForeignKey, ForeignKeyConstraint, Index
from sqlmodel import Field, SQLModel

from platform_app.domain.accounts.models import User
from platform_app.domain.catalog.models import Listing
from platform_app.domain.shared.model_base import Distribution, by, columns, new_id
from platform_app.domain.shops.models import Shop


class Favourite(SQLModel, table=True):
    """A user's favourite, with the listing's title and price at that time.

    There is no foreign key to the listing, since listings are distributed by shop and favourites by user: a favourite
    outlives its listing, and `title` names what is gone. `price_told` is the last price sent by e-mail, `price_noticed`
    the last one in a notification.
    """

    __distribution__: ClassVar[Distribution] = by("user_id")
    __table_args__ = (
        Index("favourite_newest_idx", "user_id", "created_at", "listing_id"),
        Index("favourite_listing_id_idx", "listing_id"),
        Index("favourite_created_at_idx", "created_at"),
    )

    user_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey(columns(User, "id")[0], ondelete="CASCADE")])
    listing_id: UUID = Field(primary_key=True)
    shop_id: UUID
    title: str
    price_then: int = Field(sa_type=BigInteger)
    price_told: int | None = Field(default=None, sa_type=BigInteger)
    price_noticed: int | None = Field(default=None, sa_type=BigInteger)
    currency: str
    created_at: datetime = Field(sa_type=DateTime(timezone=True))


class ListingFollower(SQLModel, table=True):
    """A copy of a favourite by shop, to find and count a listing's followers without asking every user's shard.

    The clock writes it from the changes, a few seconds later; a daily job repairs it.
    """

    __tablename__ = "listing_follower"
    __distribution__: ClassVar[Distribution] = by("shop_id")
    __table_args__ = (Index("listing_follower_user_id_idx", "user_id"),)

    shop_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey(columns(Shop, "id")[0], ondelete="CASCADE")])
    listing_id: UUID = Field(primary_key=True)
    user_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey(columns(User, "id")[0], ondelete="CASCADE")])


class FavouriteChange(SQLModel, table=True):
    """Marks a favourite that was added or removed; the clock copies it by shop and deletes the row."""

    __tablename__ = "favourite_change"
    __distribution__: ClassVar[Distribution] = by("user_id")

    user_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey(columns(User, "id")[0], ondelete="CASCADE")])
    id: UUID = Field(default_factory=new_id, primary_key=True)
    shop_id: UUID
    listing_id: UUID


class FavouriteCount(SQLModel, table=True):
    """A listing's number of followers as last counted."""

    __tablename__ = "favourite_count"
    __distribution__: ClassVar[Distribution] = by("shop_id")
    __table_args__ = (
        ForeignKeyConstraint(["shop_id", "listing_id"], columns(Listing, "shop_id", "id"), ondelete="CASCADE"),
    )

    shop_id: UUID = Field(primary_key=True)
    listing_id: UUID = Field(primary_key=True)
    followers: int


class FavouriteMail(SQLModel, table=True):
    """No longer read or written: notifications have all mail preferences. The next release drops the table."""

    __tablename__ = "favourite_mail"
    __distribution__: ClassVar[Distribution] = by("user_id")

    user_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey(columns(User, "id")[0], ondelete="CASCADE")])
    is_wanted: bool = True
    told_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
