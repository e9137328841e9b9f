"""Shops, their members and their invitations."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from platform_app.domain.accounts.models import User
from platform_app.domain.shared.model_base import (
    LOCAL,
    REFERENCE,
    Distribution,
    by,
    columns,
    new_id,
    open_text_enum,
    text_enum,
)
from platform_app.domain.shops.rules import MemberRole, Permission
from platform_app.domain.shops.rules.quotas import Resource

_KNOWN = ", ".join(f"'{permission}'" for permission in Permission)
_PERMITTED = f"permissions <@ ARRAY[{_KNOWN}]"


class Shop(SQLModel, table=True):
    """A seller's shop; `mark` (logo) and `cover` (banner) are digests of stored pictures, `cover_alt` is the alt text.

    Amounts are in minor units. Without a number, the shop says nothing about it; 0 is free delivery, or no returns.

    While `holiday_until`, the day of reopening, is set, nothing can be bought in the shop. Since `closed_at`, nobody
    sees the shop but the owners who may reopen it.
    """

    __distribution__: ClassVar[Distribution] = REFERENCE
    __table_args__ = (
        Index("shop_holiday_until_idx", "holiday_until", postgresql_where=text("holiday_until IS NOT NULL")),
        Index("shop_language_idx", "language"),
        Index("shop_closed_at_idx", "closed_at", postgresql_where=text("closed_at IS NOT NULL")),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    slug: str = Field(unique=True)
    name: str
    tagline: str = ""
    about: str = ""
    country: str = "US"
    currency: str = "USD"
    language: str = "english"
    mark: str | None = None
    cover: str | None = None
    cover_alt: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    shipping_policy: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    returns_policy: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    delivery_cost: int | None = Field(default=None, sa_type=BigInteger)
    free_delivery_from: int | None = Field(default=None, sa_type=BigInteger)
    delivery_days_from: int | None = None
    delivery_days_to: int | None = None
    returns_days: int | None = None
    holiday_until: date | None = None
    holiday_note: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    closed_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class FormerShop(SQLModel, table=True):
    """The slug of a deleted shop: it stays gone, and nobody else gets it."""

    __tablename__ = "former_shop"
    __distribution__: ClassVar[Distribution] = LOCAL

    slug: str = Field(primary_key=True)
    deleted_at: datetime = Field(sa_type=DateTime(timezone=True))


class ShopMember(SQLModel, table=True):
    """A member of a shop; an owner has every permission, whatever `permissions` says."""

    __tablename__ = "shop_member"
    __distribution__: ClassVar[Distribution] = by("shop_id")
    __table_args__ = (Index("shop_member_user_id_idx", "user_id"), CheckConstraint(_PERMITTED, name="permissions"))

    shop_id: UUID = Field(sa_column=Column(ForeignKey(columns(Shop, "id")[0], ondelete="CASCADE"), primary_key=True))
    # No cascade: the service reports that the only owner of a shop cannot be deleted; the database is the safety net.
    user_id: UUID = Field(sa_column=Column(ForeignKey(columns(User, "id")[0]), primary_key=True))
    role: MemberRole = Field(sa_type=open_text_enum(MemberRole, unknown=MemberRole.STAFF))
    permissions: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    invited_by: UUID | None = Field(
        default=None, sa_column=Column(ForeignKey(columns(User, "id")[0], ondelete="SET NULL"))
    )


class UserShop(SQLModel, table=True):
    """A copy of a membership by user: members are stored with their shop, and a user asks for all of their shops.

    It is written with the membership; an hourly job repairs it.
    """

    __tablename__ = "user_shop"
    __distribution__: ClassVar[Distribution] = by("user_id")
    __table_args__ = (Index("user_shop_shop_id_idx", "shop_id"),)

    user_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey(columns(User, "id")[0], ondelete="CASCADE")])
    shop_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey(columns(Shop, "id")[0], ondelete="CASCADE")])


class ShopInvitation(SQLModel, table=True):
    """An invitation to join a shop's staff; the user with this verified e-mail address may accept."""

    __tablename__ = "shop_invitation"
    __distribution__: ClassVar[Distribution] = by("shop_id")
    __table_args__ = (
        UniqueConstraint("shop_id", "email_key"),
        Index("shop_invitation_email_key_idx", "email_key"),
        Index("shop_invitation_expires_at_idx", "expires_at"),
        CheckConstraint(_PERMITTED, name="permissions"),
    )

    shop_id: UUID = Field(sa_column=Column(ForeignKey(columns(Shop, "id")[0], ondelete="CASCADE"), primary_key=True))
    id: UUID = Field(default_factory=new_id, primary_key=True)
    email: str
    email_key: str
    permissions: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    invited_by: UUID | None = Field(
        default=None, sa_column=Column(ForeignKey(columns(User, "id")[0], ondelete="SET NULL"))
    )
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))


class ShopQuota(SQLModel, table=True):
    """What a shop has used of a resource since `began_at`; `allowed` is the operator's limit, NULL for the setting's."""

    __tablename__ = "shop_quota"
    __distribution__: ClassVar[Distribution] = by("shop_id")

    shop_id: UUID = Field(sa_column=Column(ForeignKey(columns(Shop, "id")[0], ondelete="CASCADE"), primary_key=True))
    resource: Resource = Field(sa_column=Column(text_enum(Resource), primary_key=True))
    began_at: datetime = Field(sa_type=DateTime(timezone=True))
    used: int = Field(sa_column=Column(BigInteger, nullable=False))
    allowed: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
