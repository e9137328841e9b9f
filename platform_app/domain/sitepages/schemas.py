"""The values of site pages that leave the domain."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class SitePageSummary(BaseModel):
    """A site page without its text; one that nobody has edited has version 0 and no time."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    slug: str
    title: str
    version: int
    updated_at: datetime | None


class SitePage(SitePageSummary):
    """A site page; its text is plain text or HTML as the operator wrote it, not yet sanitised."""

    text: str
