"""The tables of notifications and mail preferences."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from platform_app.domain.accounts.models import User
from platform_app.domain.shared.model_base import Distribution, by, columns, new_id


class Notification(SQLModel, table=True):
    """A notification to a user; `about` identifies the event, so that it is sent once. Newer ones have higher ids."""

    __distribution__: ClassVar[Distribution] = by("user_id")
    __table_args__ = (
        UniqueConstraint("user_id", "kind", "about"),
        Index("notification_unread_idx", "user_id", postgresql_where=text("read_at IS NULL")),
        Index("notification_read_at_idx", "read_at", postgresql_where=text("read_at IS NOT NULL")),
    )

    user_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey(columns(User, "id")[0], ondelete="CASCADE")])
    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: str
    about: str
    text: str
    href: str
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    read_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class MailPreference(SQLModel, table=True):
    """Whether a user wants a kind of mail, when it was last sent, and when the next one is due, if any.

    `is_wanted` is null until the user chooses. No row means not chosen and none sent.
    """

    __tablename__ = "mail_preference"
    __distribution__: ClassVar[Distribution] = by("user_id")

    user_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey(columns(User, "id")[0], ondelete="CASCADE")])
    kind: str = Field(primary_key=True)
    is_wanted: bool | None = None
    sent_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    due_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
