"""The page that reports a listing. The report itself goes through the REST API."""

import reflex as rx

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.shared.errors import NotFound
from platform_app.infra import cache
from platform_app.infra.db import DatabaseUnavailable
from state.core import page_url
from state.core.set_if_changed import set_if_changed
from state.layout import update_layout


class ReportListingState(rx.State):
    """The listing of this URL."""

    loaded: rx.Field[str] = rx.field("")
    status: rx.Field[str] = rx.field("")  # "", "ready", "missing" or "down"
    shop_slug: rx.Field[str] = rx.field("")
    listing_slug: rx.Field[str] = rx.field("")
    listing_title: rx.Field[str] = rx.field("")
    listing_href: rx.Field[str] = rx.field("")
    shop_name: rx.Field[str] = rx.field("")

    @rx.event
    async def load(self) -> None:
        """Show the form for the listing of this URL."""
        await update_layout(self)
        url = page_url.current(self)
        _, shop, slug = (*url.path_segments(), "", "", "")[:3]
        try:
            found = await cache.read(catalog.listing_by_slug, shop=shop, listing=slug)
        except NotFound:
            set_if_changed(self, status="missing")
        except DatabaseUnavailable:
            set_if_changed(self, status="down")
        else:
            set_if_changed(
                self,
                status="ready",
                shop_slug=found.shop_slug,
                listing_slug=found.slug,
                listing_title=found.title,
                listing_href=f"/shops/{found.shop_slug}/{found.slug}",
                shop_name=found.shop_name,
            )
        set_if_changed(self, loaded=url.path[: page_url.MAX_KEY_LENGTH])
