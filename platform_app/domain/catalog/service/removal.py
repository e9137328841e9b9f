"""Delete listings for good, and shops with them."""

from datetime import datetime
from uuid import UUID

from sqlmodel import select

from platform_app.domain.catalog import models, service
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.errors import ShopNotFound
from platform_app.domain.shops.service import closing
from platform_app.infra import outbox
from platform_app.infra.db import WriteSession

LISTINGS_PER_STEP = 200


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
