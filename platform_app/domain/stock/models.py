"""Stock on hand, and the log of its changes."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKeyConstraint, Index
from sqlmodel import Field, SQLModel

from platform_app.domain.shared.model_base import Distribution, by, new_id, open_text_enum
from platform_app.domain.stock.rules import Reason


class Stock(SQLModel, table=True):
    """A variant's stock; if not `tracked`, it sells without a limit."""

    __distribution__: ClassVar[Distribution] = by("shop_id")
    __table_args__ = (
        ForeignKeyConstraint(["shop_id", "variant_id"], ["variant.shop_id", "variant.id"], ondelete="CASCADE"),
        CheckConstraint("on_hand >= 0", name="on_hand"),
        CheckConstraint("reserved >= 0 AND (NOT tracked OR reserved <= on_hand)", name="reserved"),
        CheckConstraint("sold >= 0", name="sold"),
    )

    shop_id: UUID = Field(primary_key=True)
    variant_id: UUID = Field(primary_key=True)
    tracked: bool
    on_hand: int = 0
    reserved: int = 0
    sold: int = 0


class StockMovement(SQLModel, table=True):
    """One change of a variant's stock on hand. Append-only."""

    __tablename__ = "stock_movement"
    __distribution__: ClassVar[Distribution] = by("shop_id")
    __table_args__ = (Index("stock_movement_variant_idx", "shop_id", "variant_id", "at"),)

    shop_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    variant_id: UUID
    change: int
    on_hand: int
    reason: Reason = Field(sa_type=open_text_enum(Reason, unknown=Reason.EDIT))
    at: datetime = Field(sa_type=DateTime(timezone=True))
