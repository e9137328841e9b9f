"""The pages that the operator writes: help, contact, terms, privacy and imprint."""

import reflex as rx

from platform_app.domain.shared.errors import NotFound
from platform_app.domain.sitepages import queries
from platform_app.domain.sitepages.tags import SITE_PAGES
from platform_app.infra import cache
from platform_app.infra.db import DatabaseUnavailable
from platform_app.presenters import sitepages as presenters
from platform_app.presenters.sitepages import SitePageView
from state.core import live_updates, memo, page_url
from state.core.set_if_changed import set_if_changed
from state.layout import update_layout


class SitePageState(rx.State):
    """The site page of this URL."""

    loaded: rx.Field[str] = rx.field("")
    status: rx.Field[str] = rx.field("")  # "", "ready", "missing" or "down"
    title: rx.Field[str] = rx.field("")
    page: SitePageView = SitePageView()

    @rx.event
    async def load(self) -> None:
        """Show the site page of this URL."""
        await update_layout(self)
        await self._show()

    @rx.event
    async def refresh(self) -> None:
        """Show the page again after an operator has edited it."""
        await self._show()

    async def _show(self) -> None:
        url = page_url.current(self)
        slug = url.path_segments()[-1] if url.path_segments() else ""
        # Subscribe before reading, so that no change in between is missed.
        live_updates.subscribe(self, tags=(SITE_PAGES,), refresh=SitePageState.refresh)
        try:
            found = await cache.read(queries.by_slug, slug=slug)
        except NotFound:
            set_if_changed(self, status="missing", title="Not found · Plaza")
        except DatabaseUnavailable:
            set_if_changed(self, status="down")
        else:
            view = memo.memoize(found, "page", lambda: presenters.site_page(found))
            set_if_changed(self, status="ready", page=view, title=presenters.title(found))
        set_if_changed(self, loaded=url.path[: page_url.MAX_KEY_LENGTH])
