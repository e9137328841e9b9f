"""Users, sessions, known devices, sign-ups, e-mailed tokens, recovery codes and address books."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, ForeignKey, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from platform_app.domain.accounts.rules import Role, TokenKind
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


class User(SQLModel, table=True):
    """A person with a verified e-mail address; `email_key` is its normalised, unique form."""

    __tablename__ = "user_account"
    __distribution__: ClassVar[Distribution] = REFERENCE

    id: UUID = Field(default_factory=new_id, primary_key=True)
    email: str
    email_key: str = Field(unique=True)
    name: str
    password_hash: str | None = None
    role: Role = Field(default=Role.MEMBER, sa_type=open_text_enum(Role, unknown=Role.MEMBER))
    email_verified_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    banned_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    totp_secret: bytes | None = None
    totp_pending: bytes | None = None
    totp_used_step: int = Field(default=0, sa_type=BigInteger)
    created_at: datetime = Field(sa_type=DateTime(timezone=True))


class UserSession(SQLModel, table=True):
    """A signed-in browser, identified by the digest of its cookie."""

    __tablename__ = "user_session"
    __distribution__: ClassVar[Distribution] = by("user_id")
    __table_args__ = (
        UniqueConstraint("user_id", "digest"),
        Index("user_session_digest_idx", "digest"),
        Index("user_session_expires_at_idx", "expires_at"),
    )

    user_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey(columns(User, "id")[0], ondelete="CASCADE")])
    id: UUID = Field(default_factory=new_id, primary_key=True)
    digest: str
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    seen_at: datetime = Field(sa_type=DateTime(timezone=True))
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))
    user_agent: str
    address: str


class KnownDevice(SQLModel, table=True):
    """A browser, operating system and network that a user has signed in from."""

    __tablename__ = "known_device"
    __distribution__: ClassVar[Distribution] = by("user_id")
    __table_args__ = (Index("known_device_seen_at_idx", "seen_at"),)

    user_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey(columns(User, "id")[0], ondelete="CASCADE")])
    device: str = Field(primary_key=True)
    network: str = Field(primary_key=True)
    seen_at: datetime = Field(sa_type=DateTime(timezone=True))


class SignUp(SQLModel, table=True):
    """A pending sign-up; it becomes a user when the e-mailed link is opened.

    It stays until it expires, without name and password, so that whoever opens the link again learns what happened.
    """

    __tablename__ = "sign_up"
    __distribution__: ClassVar[Distribution] = LOCAL
    __table_args__ = (Index("sign_up_email_key_idx", "email_key"), Index("sign_up_expires_at_idx", "expires_at"))

    id: UUID = Field(default_factory=new_id, primary_key=True)
    email: str
    email_key: str
    name: str
    password_hash: str
    browser_digest: str
    digest: str | None = Field(default=None, unique=True)
    next_path: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))
    used_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class UserToken(SQLModel, table=True):
    """The digest of an e-mailed link; using the link deletes the row."""

    __tablename__ = "user_token"
    __distribution__: ClassVar[Distribution] = LOCAL
    __table_args__ = (Index("user_token_user_id_idx", "user_id"), Index("user_token_expires_at_idx", "expires_at"))

    digest: str = Field(primary_key=True)
    kind: TokenKind = Field(sa_type=text_enum(TokenKind))
    user_id: UUID = Field(sa_column_args=[ForeignKey(columns(User, "id")[0], ondelete="CASCADE")])
    payload: str = ""
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))


class RecoveryCode(SQLModel, table=True):
    """The digest of a two-factor recovery code."""

    __tablename__ = "recovery_code"
    __distribution__: ClassVar[Distribution] = by("user_id")

    user_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey(columns(User, "id")[0], ondelete="CASCADE")])
    digest: str = Field(primary_key=True)
    used_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class Address(SQLModel, table=True):
    """A postal address in a user's address book."""

    __tablename__ = "address"
    __distribution__: ClassVar[Distribution] = by("user_id")
    __table_args__ = (Index("address_one_default_idx", "user_id", unique=True, postgresql_where=text("is_default")),)

    user_id: UUID = Field(primary_key=True, sa_column_args=[ForeignKey(columns(User, "id")[0], ondelete="CASCADE")])
    id: UUID = Field(default_factory=new_id, primary_key=True)
    name: str
    line1: str
    line2: str
    dependent_locality: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    city: str
    region: str
    postcode: str
    country: str
    phone: str
    is_default: bool
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
