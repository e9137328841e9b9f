"""Who waits for which variant to come back in stock."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, Index
from sqlmodel import Field, SQLModel

from platform_app.domain.accounts.models import User
from platform_app.domain.shared.model_base import Distribution, by, columns
from platform_app.domain.shops.models import Shop


class StockAlert(SQLModel, table=True):
    """A user waits for a sold-out variant; the row is deleted when the user is notified.

    There is no foreign key to the variant, since variants are distributed by shop: `title` and `choice` name it as it
    was when the user asked.
    """

    __tablename__ = "stock_alert"
    __distribution__: ClassVar[Distribution] = by("user_id")
    __table_args__ = (
        Index("stock_alert_variant_id_idx", "shop_id", "variant_id", "user_id"),
        Index("stock_alert_created_at_idx", "created_at"),
    )

    user_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey(columns(User, "id")[0], ondelete="CASCADE")])
    variant_id: UUID = Field(primary_key=True)
    shop_id: UUID = Field(sa_column_args=[ForeignKey(columns(Shop, "id")[0], ondelete="CASCADE")])
    listing_id: UUID
    title: str
    choice: str
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
