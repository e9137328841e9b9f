"""Give listings another slug; the former one leads to the listing from then on."""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, insert, update
from sqlmodel import col

from platform_app.domain.catalog.models import FormerListing, FormerSlug
from platform_app.domain.catalog.models import Listing as ListingRow
from platform_app.domain.catalog.rules import Status
from platform_app.domain.catalog.schemas import Listing, SaveResult
from platform_app.domain.catalog.tags import listing_url_tag
from platform_app.domain.shops.schemas import Shop
from platform_app.infra.db import WriteSession, invalidate


def mark_changed(
    results: Sequence[SaveResult], *, stored: Mapping[str, Listing], new_slugs: Mapping[str, str]
) -> list[SaveResult]:
    """The results of a save: a listing that only gets another slug is changed, too."""
    moved = {key for key, slug in new_slugs.items() if key in stored and stored[key].slug != slug}
    return [
        each.model_copy(update={"changed": True, "version": stored[each.key].version + 1})
        if each.key in moved
        else each
        for each in results
    ]


def move(session: WriteSession, *, shop: Shop, stored: Mapping[str, Listing], new_slugs: Mapping[str, str]) -> None:
    """Set the new slugs of stored listings, by key; the caller knows that no other listing has them.

    A slug that no visitor can know is free again. A former slug that the listing gets back is none any more.
    """
    for key, slug in new_slugs.items():
        listing = stored.get(key)
        if listing is None or listing.slug == slug:
            continue
        own = (col(ListingRow.shop_id) == shop.id, col(ListingRow.id) == listing.id)
        session.execute(update(ListingRow).where(*own).values(slug=slug))
        session.execute(delete(FormerSlug).where(col(FormerSlug.shop_id) == shop.id, col(FormerSlug.slug) == slug))
        if listing.was_public or listing.status is Status.PUBLISHED:
            _remember(session, shop=shop, listing=listing)
        invalidate(session, listing_url_tag(shop.slug, slug))


def _remember(session: WriteSession, *, shop: Shop, listing: Listing) -> None:
    gone = (col(FormerListing.shop_id) == shop.id, col(FormerListing.slug) == listing.slug)
    session.execute(delete(FormerListing).where(*gone))  # of another listing, which had the slug before
    values = {"shop_id": shop.id, "slug": listing.slug, "listing_id": listing.id}
    session.execute(insert(FormerSlug).values(values))
