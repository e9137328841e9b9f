"""Tables of reports."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, Index, text
from sqlmodel import Field, SQLModel

from platform_app.domain.accounts.models import User
from platform_app.domain.reports.rules import Reason
from platform_app.domain.shared.model_base import LOCAL, Distribution, columns, new_id, open_text_enum
from platform_app.domain.shops.models import Shop


class ListingReport(SQLModel, table=True):
    """A report of a listing for the operator; it keeps the listing's title, also if the seller deletes the listing.

    `reporter` is the user's id or a visitor's pseudonym; a person has one open report of a listing.
    """

    __tablename__ = "listing_report"
    __distribution__: ClassVar[Distribution] = LOCAL
    __table_args__ = (
        Index(
            "listing_report_open_idx",
            "listing_id",
            "reporter",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("listing_report_user_id_idx", "user_id"),
        Index("listing_report_shop_id_idx", "shop_id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    shop_id: UUID = Field(sa_column_args=[ForeignKey(columns(Shop, "id")[0], ondelete="CASCADE")])
    listing_id: UUID
    listing_slug: str
    listing_title: str
    user_id: UUID | None = Field(default=None, sa_column_args=[ForeignKey(columns(User, "id")[0], ondelete="CASCADE")])
    reporter: str
    reason: Reason = Field(sa_type=open_text_enum(Reason, unknown=Reason.OTHER))
    text: str
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    closed_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
