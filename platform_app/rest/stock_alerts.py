"""What the caller waits for to come back in stock."""

from uuid import UUID

from fastapi import APIRouter

from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shared.paging import Page
from platform_app.domain.stock_alerts import queries, service
from platform_app.domain.stock_alerts.schemas import StockAlert
from platform_app.infra import db
from platform_app.rest.dependencies import CurrentUser, GuardedRoute, WritingUser

router = APIRouter(prefix="/api/v1/stock_alerts", tags=["stock alerts"], route_class=GuardedRoute)


@router.get("")
async def list_stock_alerts(user: CurrentUser) -> Page[StockAlert]:
    """All variants that the caller waits for, newest first. `card` is null while the listing is not for sale."""
    found = await db.read(queries.of_user, user_id=user.user_id)
    return Page[StockAlert](items=found, total=len(found))


@router.put("/{listing_id}/{variant_id}", status_code=204)
async def add(listing_id: UUID, variant_id: UUID, user: WritingUser) -> None:
    """Be told once when a sold-out variant is back in stock; asking twice changes nothing."""
    await db.write(service.add, user_id=user.user_id, listing_id=listing_id, variant_id=variant_id, now=utc_now())


@router.delete("/{variant_id}", status_code=204)
async def remove(variant_id: UUID, user: WritingUser) -> None:
    """Wait for a variant no longer."""
    await db.write(service.remove, user_id=user.user_id, variant_id=variant_id)
