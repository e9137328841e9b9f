"""A shop as every surface shows it."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from platform_app.domain.shops.rules import Language


class Shop(BaseModel):
    """A shop's public profile."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: UUID
    slug: str
    name: str
    tagline: str
    about: str
    country: str
    currency: str
    language: str
    mark: str | None
    cover: str | None
    created_at: datetime


class ShopProfile(BaseModel):
    """What a seller says about their shop."""

    model_config = ConfigDict(frozen=True)

    slug: str
    name: str
    tagline: str = ""
    about: str = ""
    country: str = "US"
    currency: str = "USD"
    language: Language = Language.ENGLISH
    mark: str | None = None
    cover: str | None = None
