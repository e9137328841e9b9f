"""The shops that the caller follows, over REST."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from platform_app.domain.following import queries, service
from platform_app.domain.following.schemas import FollowedShop
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shared.paging import Page
from platform_app.infra import db
from platform_app.rest.dependencies import CurrentUser, GuardedRoute, WritingUser

router = APIRouter(prefix="/api/v1/following", tags=["following"], route_class=GuardedRoute)


class FollowingMailSetting(BaseModel):
    """Whether the caller gets a mail, once a day at most, when shops they follow have new listings."""

    model_config = ConfigDict(frozen=True)

    new_listings: bool


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


@router.get("/mail")
async def get_following_mail_setting(user: CurrentUser) -> FollowingMailSetting:
    """What mail about followed shops the caller gets."""
    return FollowingMailSetting(new_listings=await db.read(queries.wants_mail, user_id=user.user_id))


@router.patch("/mail")
async def update_following_mail_setting(body: FollowingMailSetting, user: WritingUser) -> FollowingMailSetting:
    """Choose what mail about followed shops the caller gets."""
    is_wanted = await db.write(service.set_mail_preference, user_id=user.user_id, is_wanted=body.new_listings)
    return FollowingMailSetting(new_listings=is_wanted)
