"""A shop's sections, which listings are in them, and its pinned listings."""

from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from platform_app.domain.catalog.models import Listing
from platform_app.domain.sections.rules import MAX_TITLE
from platform_app.domain.shared.model_base import Distribution, by, columns, new_id
from platform_app.domain.shops.models import Shop


class SectionOrder(SQLModel, table=True):
    """The version of a shop's sections and pinned listings; every change of them increases it."""

    __tablename__ = "section_order"
    __distribution__: ClassVar[Distribution] = by("shop_id")

    shop_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey(columns(Shop, "id")[0], ondelete="CASCADE")])
    version: int


class Section(SQLModel, table=True):
    """A named group of a shop's listings; its slug stays when its title changes."""

    __distribution__: ClassVar[Distribution] = by("shop_id")
    __table_args__ = (
        UniqueConstraint("shop_id", "slug"),
        CheckConstraint(f"length(title) BETWEEN 1 AND {MAX_TITLE}", name="title"),
    )

    shop_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey(columns(Shop, "id")[0], ondelete="CASCADE")])
    id: UUID = Field(default_factory=new_id, primary_key=True)
    slug: str
    title: str
    position: int


class SectionListing(SQLModel, table=True):
    """A listing's section; it has at most one."""

    __tablename__ = "section_listing"
    __distribution__: ClassVar[Distribution] = by("shop_id")
    __table_args__ = (
        ForeignKeyConstraint(["shop_id", "listing_id"], columns(Listing, "shop_id", "id"), ondelete="CASCADE"),
        ForeignKeyConstraint(["shop_id", "section_id"], columns(Section, "shop_id", "id"), ondelete="CASCADE"),
        Index("section_listing_section_id_idx", "shop_id", "section_id"),
    )

    shop_id: UUID = Field(primary_key=True)
    listing_id: UUID = Field(primary_key=True)
    section_id: UUID


class PinnedListing(SQLModel, table=True):
    """A listing that comes first on its shop's page."""

    __tablename__ = "pinned_listing"
    __distribution__: ClassVar[Distribution] = by("shop_id")
    __table_args__ = (
        ForeignKeyConstraint(["shop_id", "listing_id"], columns(Listing, "shop_id", "id"), ondelete="CASCADE"),
    )

    shop_id: UUID = Field(primary_key=True)
    listing_id: UUID = Field(primary_key=True)
    position: int
