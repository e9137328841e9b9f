"""Delete a seller's listings for good."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, text
from sqlmodel import col

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog.errors import ListingNotFound
from platform_app.domain.catalog.rules import Status
from platform_app.domain.catalog.schemas import Listing
from platform_app.domain.catalog.service import removal
from platform_app.domain.editing.errors import StillForSale
from platform_app.domain.editing.models import ListingEdit
from platform_app.domain.editing.schemas import BulkFailure, BulkPreview, BulkPreviewRow, BulkResult, DeletedParts
from platform_app.domain.editing.service import lock_stock
from platform_app.domain.editing.tags import edit_tag, shop_edits_tag
from platform_app.domain.shared.model_base import in_array
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops import service as shop_service
from platform_app.domain.shops.rules import Permission
from platform_app.domain.shops.schemas import Membership
from platform_app.infra.db import ReadSession, WriteSession, invalidate

_PICTURES_OF_EDITS = text("""
SELECT DISTINCT CAST(shown ->> 'picture_id' AS uuid) FROM listing_edit
CROSS JOIN LATERAL jsonb_array_elements(content -> 'pictures') AS shown
WHERE shop_id = :shop_id AND listing_id <> ALL(:listing_ids) AND is_pending AND shown ->> 'picture_id' IS NOT NULL""")
_UNSAVED = text("""
SELECT listing_id, content ->> 'title' AS title, coalesce(jsonb_array_length(content -> 'pictures'), 0) AS pictures FROM listing_edit
WHERE shop_id = :shop_id AND listing_id = ANY(:listing_ids) AND is_pending AND base = 0 ORDER BY listing_id""")


@dataclass(frozen=True)
class _Unsaved:
    """A draft that was never saved, so that it is only an edit."""

    listing_id: UUID
    title: str
    pictures: int


@dataclass(frozen=True)
class _Plan:
    """What can be deleted, and what cannot."""

    listings: tuple[Listing, ...]
    unsaved: tuple[_Unsaved, ...]
    for_sale: tuple[Listing, ...]
    missing: tuple[UUID, ...]

    @property
    def count(self) -> int:
        """How many listings are deleted."""
        return len(self.listings) + len(self.unsaved)

    @property
    def failures(self) -> tuple[BulkFailure, ...]:
        """What is not deleted, and why."""
        return (
            *(BulkFailure(listing_id=each.id, title=each.title, reason=StillForSale.message) for each in self.for_sale),
            *(BulkFailure(listing_id=each, title="", reason="Already deleted.") for each in self.missing),
        )


def delete_for_good(session: WriteSession, *, user_id: UUID, shop: str, listing_id: UUID, now: datetime) -> None:
    """Delete a draft or an archived listing with its unsaved edit; ListingNotFound, or StillForSale without a change."""
    membership = shops.require_membership(session, user_id=user_id, shop=shop, permission=Permission.LISTINGS)
    found = _lock_and_plan(session, membership, [listing_id])
    if found.for_sale:
        raise StillForSale
    if not found.listings:
        raise ListingNotFound
    _delete(session, membership, found, now=now)


def delete_many(
    session: WriteSession, *, membership: Membership, listing_ids: Sequence[UUID], now: datetime
) -> BulkResult:
    """Delete the shop's drafts and archived listings among these with their unsaved edits; others are reported.

    The caller has checked the permission. The number of statements does not depend on the number of listings.
    """
    found = _lock_and_plan(session, membership, listing_ids)
    _delete(session, membership, found, now=now)
    return BulkResult(changed=found.count, refused=found.failures)


def preview_deletion(session: ReadSession, *, membership: Membership, listing_ids: Sequence[UUID]) -> BulkPreview:
    """What `delete_many` would delete now; changes nothing. The caller has checked the permission."""
    found = _plan(session, membership, listing_ids)
    pictures = {picture.id for listing in found.listings for picture in listing.pictures}
    titles = [
        *((listing.id, listing.title) for listing in found.listings),
        *((each.listing_id, each.title) for each in found.unsaved),
    ]
    return BulkPreview(
        changed=found.count,
        rows=tuple(
            BulkPreviewRow(listing_id=listing_id, title=title, currency=membership.currency, before=(), after=())
            for listing_id, title in titles
        ),
        refused=found.failures,
        deleted=DeletedParts(
            variants=sum(len(listing.variants) for listing in found.listings),
            pictures=len(pictures) + sum(each.pictures for each in found.unsaved),
        ),
    )


def _lock_and_plan(session: WriteSession, membership: Membership, listing_ids: Sequence[UUID]) -> _Plan:
    shop_service.lock(session, shop_id=membership.shop_id)
    lock_stock(session, membership=membership, listing_ids=sorted(set(listing_ids)))
    return _plan(session, membership, listing_ids)


def _plan(session: ReadSession, membership: Membership, listing_ids: Sequence[UUID]) -> _Plan:
    ids = sorted(set(listing_ids))
    stored = catalog.shop_listings(session, shop_id=membership.shop_id, ids=ids)
    records = session.execute(_UNSAVED, {"shop_id": membership.shop_id, "listing_ids": ids})
    unsaved = tuple(_Unsaved(each.listing_id, each.title, each.pictures) for each in records)
    known = {listing.id for listing in stored} | {each.listing_id for each in unsaved}
    return _Plan(
        listings=tuple(listing for listing in stored if listing.status is not Status.PUBLISHED),
        unsaved=unsaved,
        for_sale=tuple(listing for listing in stored if listing.status is Status.PUBLISHED),
        missing=tuple(each for each in ids if each not in known),
    )


def _delete(session: WriteSession, membership: Membership, found: _Plan, *, now: datetime) -> None:
    ids = [listing.id for listing in found.listings] + [each.listing_id for each in found.unsaved]
    if not ids:
        return
    values = {"shop_id": membership.shop_id, "listing_ids": ids}
    removal.delete_for_good(
        session,
        shop=shops.by_id(session, shop_id=membership.shop_id),
        listings=found.listings,
        kept=session.execute(_PICTURES_OF_EDITS, values).scalars().all(),
        now=now,
    )
    of_shop = col(ListingEdit.shop_id) == membership.shop_id
    session.execute(delete(ListingEdit).where(of_shop, in_array(ListingEdit.listing_id, ids)))
    invalidate(session, shop_edits_tag(membership.shop_id), *(edit_tag(listing_id) for listing_id in ids))
