"""A shop's statistics."""

from typing import Annotated

from fastapi import APIRouter, Query

from platform_app.domain.activity import queries
from platform_app.domain.activity.rules import ListingSort, Period
from platform_app.domain.activity.schemas import ListingStats, ShopStats
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shared.paging import MAX_LIMIT, Page
from platform_app.infra import db
from platform_app.rest.dependencies import CurrentUser, GuardedRoute, ShopSlug

router = APIRouter(prefix="/api/v1/shops/{shop}/figures", tags=["selling"], route_class=GuardedRoute)

DaysQuery = Annotated[Period, Query(description="The number of days up to and including today (UTC).")]


@router.get("")
async def stats(shop: ShopSlug, user: CurrentUser, days: DaysQuery = Period.MONTH) -> ShopStats:
    """Views and favourites by day, their sums, and the sums of the period before. Updated every few minutes."""
    return await db.read(queries.stats, user_id=user.user_id, shop=shop, days=days, today=utc_now().date())


@router.get("/listings")
async def listing_stats(
    shop: ShopSlug,
    user: CurrentUser,
    days: DaysQuery = Period.MONTH,
    order: Annotated[ListingSort, Query(description="The sort key, highest first.")] = ListingSort.VIEWS,
    cursor: Annotated[str | None, Query(max_length=500, description="`next_cursor` of the previous page.")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 24,
) -> Page[ListingStats]:
    """The listings with views or favourites in this period. `title` is null for a deleted listing."""
    return await db.read(
        queries.listing_stats,
        user_id=user.user_id,
        shop=shop,
        days=days,
        order=order,
        today=utc_now().date(),
        limit=limit,
        cursor=cursor,
    )
