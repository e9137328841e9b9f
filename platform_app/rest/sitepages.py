"""The site pages: help, contact, terms, privacy and imprint."""

from typing import Annotated

from fastapi import APIRouter, Path

from platform_app.domain.catalog.rules import sanitize_html
from platform_app.domain.shared.paging import Page
from platform_app.domain.sitepages import queries
from platform_app.domain.sitepages.schemas import SitePageSummary
from platform_app.infra import cache

router = APIRouter(prefix="/api/v1/sitepages", tags=["sitepages"])


class SitePageResource(SitePageSummary):
    """A site page; `url` is where visitors read it, `html` is its text as safe HTML."""

    url: str
    html: str


@router.get("")
async def list_site_pages() -> Page[SitePageSummary]:
    """All site pages without their texts; version 0 is the built-in text."""
    found = await cache.read(queries.summaries)
    return Page[SitePageSummary](items=found, total=len(found))


@router.get("/{slug}")
async def get_site_page(slug: Annotated[str, Path(max_length=60)]) -> SitePageResource:
    """One site page with its text."""
    found = await cache.read(queries.by_slug, slug=slug)
    summary = found.model_dump(exclude={"text"})
    return SitePageResource(**summary, url=f"/pages/{found.slug}", html=sanitize_html(found.text))
