"""The shops that the caller follows, over REST."""

from fastapi import APIRouter

from platform_app.domain.following import queries, service
from platform_app.domain.following.schemas import FollowedShop
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shared.paging import Page
from platform_app.infra import db
from platform_app.rest.dependencies import CurrentUser, GuardedRoute, WritingUser

router = APIRouter(prefix="/api/v1/following", tags=["following"], route_class=GuardedRoute)


@router.get("")
async def list_following(user: CurrentUser) -> Page[FollowedShop]:
    """All shops that the caller follows, the one followed last first."""
    found = await db.read(queries.of_user, user_id=user.user_id)
    return Page[FollowedShop](items=found, total=len(found))


@router.put("/{shop}", status_code=204)
async def follow(shop: str, user: WritingUser) -> None:
    """Follow a shop; following twice changes nothing."""
    await db.write(service.follow, user_id=user.user_id, shop=shop, now=utc_now())


@router.delete("/{shop}", status_code=204)
async def unfollow(shop: str, user: WritingUser) -> None:
    """Unfollow a shop; unfollowing twice changes nothing."""
    await db.write(service.unfollow, user_id=user.user_id, shop=shop)
