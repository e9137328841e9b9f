"""The caller's favourites."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from platform_app.domain.favourites import queries, service
from platform_app.domain.favourites.schemas import Favourite
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shared.paging import MAX_LIMIT, Page
from platform_app.infra import db
from platform_app.rest.dependencies import CurrentUser, GuardedRoute, WritingUser

router = APIRouter(prefix="/api/v1/favourites", tags=["favourites"], route_class=GuardedRoute)


@router.get("")
async def list_favourites(
    user: CurrentUser,
    cursor: Annotated[str | None, Query(max_length=500, description="`next_cursor` of the previous page.")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 24,
) -> Page[Favourite]:
    """The caller's favourites, newest first. `card` is null if the listing is no longer for sale."""
    return await db.read(queries.of_user, user_id=user.user_id, cursor=cursor, limit=limit)


@router.put("/{listing_id}")
async def add(listing_id: UUID, user: WritingUser) -> frozenset[UUID]:
    """Add a listing to the caller's favourites. Returns the ids of all favourites."""
    return await db.write(service.add, user_id=user.user_id, listing_id=listing_id, now=utc_now())


@router.delete("/{listing_id}")
async def remove(listing_id: UUID, user: WritingUser) -> frozenset[UUID]:
    """Remove a listing from the caller's favourites. Returns the ids of the remaining favourites."""
    return await db.write(service.remove, user_id=user.user_id, listing_id=listing_id)
