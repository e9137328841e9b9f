"""Queries of site pages."""

from sqlmodel import select

from platform_app.domain.sitepages import models
from platform_app.domain.sitepages.rules import Slug, require_slug
from platform_app.domain.sitepages.rules.default_texts import DEFAULT_PAGES
from platform_app.domain.sitepages.schemas import SitePage, SitePageSummary
from platform_app.domain.sitepages.tags import SITE_PAGES
from platform_app.infra import cache
from platform_app.infra.db import ReadSession


@cache.cached(SitePage, tags=lambda slug: (SITE_PAGES,))  # noqa: ARG005 - called with the query's arguments
def by_slug(session: ReadSession, *, slug: str) -> SitePage:
    """The page with this slug, as an operator has written it or built in; SitePageNotFound."""
    known = require_slug(slug)
    row = session.get(models.SitePage, known.value)
    return SitePage.model_validate(row) if row else _default(known)


@cache.cached(tuple[SitePageSummary, ...], tags=lambda: (SITE_PAGES,))
def summaries(session: ReadSession) -> tuple[SitePageSummary, ...]:
    """All pages without their texts, in the order of the footer."""
    table = models.SitePage
    rows = session.exec(select(table.slug, table.title, table.version, table.updated_at))
    written = {
        slug: SitePageSummary(slug=slug, title=title, version=version, updated_at=updated_at)
        for slug, title, version, updated_at in rows
    }
    return tuple(written.get(slug) or SitePageSummary.model_validate(_default(slug)) for slug in Slug)


def _default(slug: Slug) -> SitePage:
    page = DEFAULT_PAGES[slug]
    return SitePage(slug=slug.value, title=page.title, text=page.text, version=0, updated_at=None)
