"""Delete listings for good, and shops with them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import select

from platform_app.domain.catalog import models, service
from platform_app.domain.catalog.schemas import Listing
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.errors import ShopNotFound
from platform_app.domain.shops.schemas import Shop
from platform_app.domain.shops.service import closing
from platform_app.infra import outbox
from platform_app.infra.db import WriteSession

LISTINGS_PER_STEP = 200
_DELETE_UNSHOWN = text("""
DELETE FROM picture WHERE shop_id = :shop_id AND id = ANY(:ids)
  AND NOT EXISTS (SELECT FROM listing_picture placed WHERE (placed.shop_id, placed.picture_id) = (picture.shop_id, picture.id))""")


# The slugs of listings, and those that led to them.
_LEAVE_SLUGS = text("""
INSERT INTO former_listing (shop_id, slug, deleted_at)
SELECT shop_id, slug, :now FROM listing WHERE shop_id = :shop_id AND id = ANY(:ids)
UNION SELECT shop_id, slug, :now FROM former_slug WHERE shop_id = :shop_id AND listing_id = ANY(:ids)
ON CONFLICT (shop_id, slug) DO UPDATE SET deleted_at = excluded.deleted_at""")


def delete_for_good(
    session: WriteSession, *, shop: Shop, listings: Sequence[Listing], kept: Collection[UUID], now: datetime
) -> None:
    """Delete listings that are not for sale; their addresses answer that they are gone, and their pictures are released.

    A picture stays if another listing of the shop shows it, or if it is among those `kept`, which edits show. Its file
    goes with the last picture that has it. The number of statements does not depend on the number of listings.
    """
    if not listings:
        return
    session.execute(_LEAVE_SLUGS, {"shop_id": shop.id, "ids": [each.id for each in listings], "now": now})
    service.remove_many(session, shop=shop, keys=[each.key for each in listings])
    released = {picture.id for each in listings for picture in each.pictures} - set(kept)
    session.execute(_DELETE_UNSHOWN, {"shop_id": shop.id, "ids": sorted(released)})


def delete_overdue_shop(session: WriteSession, *, shop_id: UUID, now: datetime) -> bool:
    """Delete the next listings of a closed shop whose time is over, and in the last step the shop itself.

    A job follows for the next step. Whether this was the last one. A shop that was reopened or deleted meanwhile stays as it is.
    """
    if shop_id not in closing.overdue(session, now=now):
        return False
    try:
        shop = shops.by_id(session, shop_id=shop_id)
    except ShopNotFound:
        return False
    keys = session.exec(select(models.Listing.key).where(models.Listing.shop_id == shop_id).limit(LISTINGS_PER_STEP))
    if service.remove_many(session, shop=shop, keys=keys.all()):
        outbox.add(session, "workers.catalog.delete_overdue_shop", owner=shop_id, shop_id=str(shop_id))
        return False
    closing.delete_overdue(session, shop=shop, now=now)
    return True
