"""Categories, listings, their variants and pictures."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

from platform_app.domain.catalog.rules import MAX_PRICE, Condition, Status
from platform_app.domain.media.models import Picture
from platform_app.domain.shared.model_base import REFERENCE, Distribution, by, columns, new_id, open_text_enum
from platform_app.domain.shops.models import Shop


class Category(SQLModel, table=True):
    """A node of the category tree, which the operator maintains."""

    __distribution__: ClassVar[Distribution] = REFERENCE

    id: UUID = Field(default_factory=new_id, primary_key=True)
    parent_id: UUID | None = Field(default=None, foreign_key="category.id")
    slug: str = Field(unique=True)
    name: str
    icon: str = ""
    position: int = 0


class Listing(SQLModel, table=True):
    """A listing of a shop; `key` is the seller's own identifier, `version` counts changes.

    `was_public` is true once visitors have seen it.
    """

    __distribution__: ClassVar[Distribution] = by("shop_id")
    __table_args__ = (
        UniqueConstraint("shop_id", "slug"),
        UniqueConstraint("shop_id", "key"),
        Index("listing_id_idx", "id"),
    )

    shop_id: UUID = Field(sa_column=Column(ForeignKey(columns(Shop, "id")[0], ondelete="CASCADE"), primary_key=True))
    id: UUID = Field(default_factory=new_id, primary_key=True)
    slug: str
    key: str
    title: str
    description: str = ""
    category_id: UUID | None = Field(default=None, foreign_key="category.id")
    condition: Condition = Field(default=Condition.NEW, sa_type=open_text_enum(Condition, unknown=Condition.GOOD))
    status: Status = Field(default=Status.DRAFT, sa_type=open_text_enum(Status, unknown=Status.ARCHIVED))
    tags: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    attributes: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))
    options: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    currency: str
    was_public: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    version: int = 1
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    updated_at: datetime = Field(sa_type=DateTime(timezone=True))


class FormerListing(SQLModel, table=True):
    """The slug of a listing that was deleted for good; its page is gone until another listing has the slug."""

    __tablename__ = "former_listing"
    __distribution__: ClassVar[Distribution] = by("shop_id")

    shop_id: UUID = Field(sa_column=Column(ForeignKey(columns(Shop, "id")[0], ondelete="CASCADE"), primary_key=True))
    slug: str = Field(primary_key=True)
    deleted_at: datetime = Field(sa_type=DateTime(timezone=True))


class FormerSlug(SQLModel, table=True):
    """A slug that visitors know of a listing that has another one now; it leads to the listing while that exists."""

    __tablename__ = "former_slug"
    __distribution__: ClassVar[Distribution] = by("shop_id")
    __table_args__ = (
        ForeignKeyConstraint(["shop_id", "listing_id"], columns(Listing, "shop_id", "id"), ondelete="CASCADE"),
        Index("former_slug_listing_idx", "shop_id", "listing_id"),
    )

    shop_id: UUID = Field(primary_key=True)
    slug: str = Field(primary_key=True)
    listing_id: UUID


class Variant(SQLModel, table=True):
    """One combination of a listing's option values, with its own price; a listing without options has one variant.

    Measures are texts such as `0.45 kg`, as the seller writes them; `measure` is the content of one item, and
    `base_measure` the quantity that its unit price is for.
    """

    __distribution__: ClassVar[Distribution] = by("shop_id")
    __table_args__ = (
        ForeignKeyConstraint(["shop_id", "listing_id"], columns(Listing, "shop_id", "id"), ondelete="CASCADE"),
        UniqueConstraint("shop_id", "listing_id", "choice"),
        CheckConstraint(f"price > 0 AND price <= {MAX_PRICE}", name="price"),
        CheckConstraint("compare_at > price", name="compare_at"),
    )

    shop_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    listing_id: UUID
    position: int
    choice: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    sku: str = ""
    barcode: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    weight: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    measure: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    base_measure: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    price: int = Field(sa_type=BigInteger)
    compare_at: int | None = Field(default=None, sa_type=BigInteger)
    picture_id: UUID | None = None


class ListingPicture(SQLModel, table=True):
    """A picture's position in a listing's gallery."""

    __tablename__ = "listing_picture"
    __distribution__: ClassVar[Distribution] = by("shop_id")
    __table_args__ = (
        ForeignKeyConstraint(["shop_id", "listing_id"], columns(Listing, "shop_id", "id"), ondelete="CASCADE"),
        ForeignKeyConstraint(["shop_id", "picture_id"], columns(Picture, "shop_id", "id"), ondelete="CASCADE"),
        Index("listing_picture_picture_idx", "shop_id", "picture_id"),
    )

    shop_id: UUID = Field(primary_key=True)
    listing_id: UUID = Field(primary_key=True)
    position: int = Field(primary_key=True)
    picture_id: UUID
    alt: str = Field(default="", sa_column_kwargs={"server_default": text("''")})


class PriceChange(SQLModel, table=True):
    """One change of a variant's price. Append-only, so that the lowest price of any past period can be computed."""

    __tablename__ = "price_change"
    __distribution__: ClassVar[Distribution] = by("shop_id")
    __table_args__ = (
        ForeignKeyConstraint(["shop_id", "variant_id"], columns(Variant, "shop_id", "id"), ondelete="CASCADE"),
        Index("price_change_variant_idx", "shop_id", "variant_id"),
        Index("price_change_listing_idx", "shop_id", "listing_id", "at"),
    )

    shop_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    listing_id: UUID
    variant_id: UUID
    before: int = Field(sa_type=BigInteger)
    price: int = Field(sa_type=BigInteger)
    at: datetime = Field(sa_type=DateTime(timezone=True))
