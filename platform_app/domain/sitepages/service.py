"""Edit site pages."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import col

from platform_app.domain.sitepages import models, rules
from platform_app.domain.sitepages.errors import SitePageChanged
from platform_app.domain.sitepages.schemas import SitePage
from platform_app.domain.sitepages.tags import SITE_PAGES
from platform_app.infra.db import WriteSession, invalidate


def edit(session: WriteSession, *, slug: str, title: str, text: str, version: int, now: datetime) -> SitePage:
    """Replace the title and text of the page with this version; SitePageNotFound, InvalidSitePage, SitePageChanged."""
    page = SitePage(
        slug=rules.require_slug(slug).value,
        title=rules.clean_title(title),
        text=rules.clean_text(text),
        version=version + 1,
        updated_at=now,
    )
    table, values = models.SitePage, page.model_dump()
    # The built-in text has no row and version 0.
    first = upsert(table).values(values).on_conflict_do_nothing().returning(col(table.slug))
    is_current = (col(table.slug) == slug) & (col(table.version) == version)
    later = update(table).where(is_current).values(values).returning(col(table.slug))
    if session.execute(first if version == 0 else later).scalar() is None:
        raise SitePageChanged
    invalidate(session, SITE_PAGES)
    return page
