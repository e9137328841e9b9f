"""Tables of site pages."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import DateTime
from sqlmodel import Field, SQLModel

from platform_app.domain.shared.model_base import LOCAL, Distribution


class SitePage(SQLModel, table=True):
    """A page that an operator has written; `version` counts changes. One without a row has its built-in text."""

    __tablename__ = "site_page"
    __distribution__: ClassVar[Distribution] = LOCAL

    slug: str = Field(primary_key=True)
    title: str
    text: str
    version: int
    updated_at: datetime = Field(sa_type=DateTime(timezone=True))
