"""The preview of a listing: the listing's page, filled from the saved draft."""

from uuid import UUID

import reflex as rx

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog.errors import ListingNotFound
from platform_app.domain.catalog.rules import Status
from platform_app.domain.catalog.tags import CATEGORIES
from platform_app.domain.editing.schemas import DraftPreview
from platform_app.domain.editing.service import draft_preview
from platform_app.domain.editing.tags import edit_tag
from platform_app.domain.media.tags import shop_uploads_tag
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shops.rules import Permission
from platform_app.domain.shops.schemas import Membership
from platform_app.infra import cache, db
from platform_app.presenters import catalog as catalog_presenters
from state.catalog import ListingState, find_category
from state.core import page_url
from state.core.set_if_changed import set_if_changed
from state.editing_problems import summary
from state.studio import StudioPage


class PreviewState(StudioPage, rx.State):
    """The preview of a listing, for members who edit it; the listing itself is in the state of the listing's page."""

    editor_url: rx.Field[str] = rx.field("")
    notice: rx.Field[str] = rx.field("")

    def _permission(self) -> Permission:
        return Permission.LISTINGS

    async def _show(self) -> None:
        try:
            await super()._show()
        except ListingNotFound:  # do not reveal whether another shop has it
            self.reset()  # type: ignore[no-untyped-call]
            set_if_changed(self, status="missing")
        if self.status != "ready":
            (await self.get_state(ListingState)).reset()  # type: ignore[no-untyped-call]

    def _tags(self, membership: Membership) -> tuple[str, ...]:
        return (edit_tag(_listing_id(self)), shop_uploads_tag(membership.shop_id), CATEGORIES)

    async def _read(self, membership: Membership) -> None:
        url, listing_id = page_url.current(self), _listing_id(self)
        found = await db.read(
            draft_preview.draft,
            user_id=membership.user_id,
            shop=membership.slug,
            listing_id=listing_id,
            now=utc_now(),
        )
        tree = await cache.read(catalog.categories)
        category = find_category(found.listing.category, tree)
        set_if_changed(
            await self.get_state(ListingState),
            status="ready",
            loaded=url.path[: page_url.MAX_KEY_LENGTH],
            listing=catalog_presenters.listing(found.listing),
            breadcrumbs=catalog_presenters.breadcrumbs(category, tree),
            related=[],
            followers="",
        )
        self._set_values(editor_url=f"/sell/{membership.slug}/listings/{listing_id}", notice=preview_notice(found))


def preview_notice(found: DraftPreview) -> str:
    """What buyers see now, and what is left to do before they can see this."""
    if found.status is None:
        text = "Buyers can't see this listing until you publish it."
    elif found.status is not Status.PUBLISHED:
        text = "Buyers can't see this listing."
    elif found.is_pending:
        text = "Buyers don't see these changes until you save them."
    else:
        text = "Buyers see the same page."
    return f"{text} {summary(len(found.problems))}".rstrip()


def _listing_id(state: rx.State) -> UUID:
    """The listing of this tab's URL, /sell/{shop}/listings/{id}/preview; raises ListingNotFound."""
    try:
        return UUID(page_url.current(state).path_segments()[3])
    except (ValueError, IndexError):
        raise ListingNotFound from None
