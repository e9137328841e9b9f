"""The shop table."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import DateTime
from sqlmodel import Field, SQLModel

from platform_app.domain.shared.tables import REFERENCE, Distribution, new_id


class Shop(SQLModel, table=True):
    """A seller's shop; `mark` and `cover` name stored pictures by their content."""

    __distribution__: ClassVar[Distribution] = REFERENCE

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
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
