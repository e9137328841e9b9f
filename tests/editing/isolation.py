"""What the victim of the isolation tests has of editing."""

from uuid import UUID

from sqlmodel import select

from platform_app.domain.catalog.models import Listing
from platform_app.domain.editing.rules import BulkAction
from platform_app.domain.editing.schemas import BulkRequest
from platform_app.domain.editing.service import bulk
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shops import queries as shops
from platform_app.infra.db import WriteSession


def add_victim_rows(session: WriteSession, *, user_id: UUID, shop_id: UUID) -> dict[str, str]:
    """A change of stock that can still be undone, by the parameter that names it."""
    shop = shops.by_id(session, shop_id=shop_id)
    listing_ids = tuple(session.exec(select(Listing.id).where(Listing.shop_id == shop_id)))
    request = BulkRequest(action=BulkAction.STOCK, listing_ids=listing_ids, quantity=123)
    done = bulk.apply(session, user_id=user_id, shop=shop.slug, request=request, now=utc_now())
    assert done.undo is not None
    return {"change_id": str(done.undo.id)}
