"""Delete a seller's listing for good."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from platform_app.domain.catalog.errors import ListingNotFound
from platform_app.domain.catalog.rules import Status
from platform_app.domain.catalog.service import removal
from platform_app.domain.editing import queries
from platform_app.domain.editing.errors import StillForSale
from platform_app.domain.editing.models import ListingEdit
from platform_app.domain.editing.service import lock_stock
from platform_app.domain.editing.tags import edit_tag, shop_edits_tag
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops import service as shop_service
from platform_app.domain.shops.rules import Permission
from platform_app.infra.db import WriteSession, invalidate

_PICTURES_OF_EDITS = text("""
SELECT DISTINCT CAST(shown ->> 'picture_id' AS uuid) FROM listing_edit
CROSS JOIN LATERAL jsonb_array_elements(content -> 'pictures') AS shown
WHERE shop_id = :shop_id AND listing_id <> :listing_id AND is_pending AND shown ->> 'picture_id' IS NOT NULL""")


def delete_for_good(session: WriteSession, *, user_id: UUID, shop: str, listing_id: UUID, now: datetime) -> None:
    """Delete a draft or an archived listing with its unsaved edit; ListingNotFound, or StillForSale without a change."""
    membership = shops.require_membership(session, user_id=user_id, shop=shop, permission=Permission.LISTINGS)
    shop_service.lock(session, shop_id=membership.shop_id)
    lock_stock(session, membership=membership, listing_ids=[listing_id])
    listing = queries.shop_listing(session, shop_id=membership.shop_id, listing_id=listing_id)
    if listing is None:
        raise ListingNotFound
    if listing.status is Status.PUBLISHED:
        raise StillForSale
    values = {"shop_id": membership.shop_id, "listing_id": listing_id}
    removal.delete_for_good(
        session,
        shop=shops.by_id(session, shop_id=membership.shop_id),
        listing=listing,
        kept=session.execute(_PICTURES_OF_EDITS, values).scalars().all(),
        now=now,
    )
    if edit := session.get(ListingEdit, (membership.shop_id, listing_id)):
        session.delete(edit)
        session.flush()
    invalidate(session, edit_tag(listing_id), shop_edits_tag(membership.shop_id))
