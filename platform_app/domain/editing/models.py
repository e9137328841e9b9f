"""The table of unsaved edits."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Column, DateTime, ForeignKey, Index, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

from platform_app.domain.shared.model_base import Distribution, by, columns, new_id
from platform_app.domain.shops.models import Shop


class ListingEdit(SQLModel, table=True):
    """A seller's unsaved edit of a listing; unless it `is_pending`, `content` only remembers removed variants.

    `version` counts the changes of the edit and continues after a save. `base` is the version of the listing that the
    edit started from, 0 for a new listing. New listings do not exist yet, so there is no foreign key.
    """

    __tablename__ = "listing_edit"
    __distribution__: ClassVar[Distribution] = by("shop_id")
    __table_args__ = (Index("listing_edit_blank_idx", "saved_at", postgresql_where=text("version = 1 AND base = 0")),)

    shop_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey(columns(Shop, "id")[0], ondelete="CASCADE")])
    listing_id: UUID = Field(default_factory=new_id, primary_key=True)
    version: int
    base: int
    is_pending: bool
    content: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    saved_at: datetime = Field(sa_type=DateTime(timezone=True))


class BulkChange(SQLModel, table=True):
    """A bulk change of prices or stock, and what undoes it until `undo_until`: see `schemas.undo.ListingBefore`."""

    __tablename__ = "bulk_change"
    __distribution__: ClassVar[Distribution] = by("shop_id")
    __table_args__ = (Index("bulk_change_undo_until_idx", "undo_until"),)

    shop_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey(columns(Shop, "id")[0], ondelete="CASCADE")])
    id: UUID = Field(default_factory=new_id, primary_key=True)
    action: str
    listing_ids: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
    before: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    lowers_prices: bool
    at: datetime = Field(sa_type=DateTime(timezone=True))
    undo_until: datetime = Field(sa_type=DateTime(timezone=True))
    undone_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
