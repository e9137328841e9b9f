"""Pictures and uploads."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from platform_app.domain.media.rules import PictureState, UploadPurpose, UploadState
from platform_app.domain.shared.model_base import Distribution, by, columns, new_id, open_text_enum, text_enum
from platform_app.domain.shops.models import Shop


class Picture(SQLModel, table=True):
    """A shop's picture: its source and, once processed, the digest of its content."""

    __distribution__: ClassVar[Distribution] = by("shop_id")
    __table_args__ = (
        UniqueConstraint("shop_id", "source"),
        Index("picture_retry_idx", "retry_at", postgresql_where=text("state = 'pending'")),
        Index("picture_content_idx", "content"),
    )

    shop_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey(columns(Shop, "id")[0], ondelete="CASCADE")])
    id: UUID = Field(default_factory=new_id, primary_key=True)
    source: str
    state: PictureState = Field(
        default=PictureState.PENDING, sa_type=open_text_enum(PictureState, unknown=PictureState.PENDING)
    )
    content: str | None = None
    width: int | None = None
    height: int | None = None
    colour: str | None = None
    attempts: int = 0
    reason: str | None = None
    retry_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    created_at: datetime = Field(sa_type=DateTime(timezone=True))


class Upload(SQLModel, table=True):
    """A file of `size` bytes that a browser may send; it stays in quarantine until a job processes it."""

    __distribution__: ClassVar[Distribution] = by("shop_id")
    __table_args__ = (
        Index("upload_open_idx", "shop_id", postgresql_where=text("state IN ('waiting', 'received')")),
        Index("upload_expires_idx", "expires_at"),
    )

    shop_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey(columns(Shop, "id")[0], ondelete="CASCADE")])
    id: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID
    purpose: UploadPurpose = Field(
        default=UploadPurpose.PICTURE,
        sa_type=text_enum(UploadPurpose),
        sa_column_kwargs={"server_default": text("'picture'")},
    )
    state: UploadState = Field(default=UploadState.WAITING, sa_type=text_enum(UploadState))
    key: str
    content_type: str
    size: int
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))
    ended_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    reason: str | None = None
    picture_id: UUID | None = None
    content: str | None = None
