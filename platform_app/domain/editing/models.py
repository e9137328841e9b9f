"""The table of what is being written."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Column, DateTime, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from platform_app.domain.shared.model_base import Distribution, by, columns, new_id
from platform_app.domain.shops.models import Shop


class ListingEdit(SQLModel, table=True):
    """What a seller has written of a listing and not saved: `content` counts while `is_pending`.

    `version` counts every change of it, and goes on counting after it was saved. `base` is the version of the listing it
    was begun from: 0 for one that is not there yet, which is why this row names no listing by a foreign key.
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
