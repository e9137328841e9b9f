"""Who follows which shop, and what is new in shops that somebody follows."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, ForeignKeyConstraint, Index, text
from sqlmodel import Field, SQLModel

from platform_app.domain.accounts.models import User
from platform_app.domain.catalog.models import Listing
from platform_app.domain.shared.model_base import Distribution, by, columns
from platform_app.domain.shops.models import Shop


class Follow(SQLModel, table=True):
    """A user follows a shop; `unmailed` counts the new listings that the user's next mail will name."""

    __tablename__ = "follow"
    __distribution__: ClassVar[Distribution] = by("user_id")
    __table_args__ = (Index("follow_shop_id_idx", "shop_id", "user_id"),)

    user_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey(columns(User, "id")[0], ondelete="CASCADE")])
    shop_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey(columns(Shop, "id")[0], ondelete="CASCADE")])
    unmailed: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    created_at: datetime = Field(sa_type=DateTime(timezone=True))


class NewListing(SQLModel, table=True):
    """A listing that was published while somebody followed its shop; `announced_at` is when followers were notified.

    The row stays, so that a listing that is withdrawn and published again is not new a second time.
    """

    __tablename__ = "new_listing"
    __distribution__: ClassVar[Distribution] = by("shop_id")
    __table_args__ = (
        ForeignKeyConstraint(["shop_id", "listing_id"], columns(Listing, "shop_id", "id"), ondelete="CASCADE"),
        Index("new_listing_announced_at_idx", "shop_id", "announced_at"),
    )

    shop_id: UUID = Field(primary_key=True)
    listing_id: UUID = Field(primary_key=True)
    published_at: datetime = Field(sa_type=DateTime(timezone=True))
    announced_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class Announcement(SQLModel, table=True):
    """A shop's last announcement of new listings, and when the next one is due, if any."""

    __tablename__ = "announcement"
    __distribution__: ClassVar[Distribution] = by("shop_id")

    shop_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey(columns(Shop, "id")[0], ondelete="CASCADE")])
    announced_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    due_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class FollowingMail(SQLModel, table=True):
    """No longer read or written: notifications have all mail preferences. The next release drops the table."""

    __tablename__ = "following_mail"
    __distribution__: ClassVar[Distribution] = by("user_id")

    user_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey(columns(User, "id")[0], ondelete="CASCADE")])
    is_wanted: bool = True
    sent_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    due_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
