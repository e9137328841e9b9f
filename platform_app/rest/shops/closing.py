"""Close a shop, and open it again."""

from fastapi import APIRouter
from pydantic import Field

from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shops.service import closing
from platform_app.infra import db
from platform_app.rest.accounts import auth_common
from platform_app.rest.accounts.auth_common import Next
from platform_app.rest.accounts.reauthentication import PasswordAndCodeBody, ReauthenticatingUser
from platform_app.rest.dependencies import GuardedRoute, ShopSlug, WritingUser

router = APIRouter(prefix="/api/v1/shops/{shop}/closing", tags=["selling"], route_class=GuardedRoute)


class ClosingBody(PasswordAndCodeBody):
    """The shop's name, typed once more, and the owner's password and code."""

    name: str = Field(default="", max_length=200)


@router.post("")
async def close_shop(shop: ShopSlug, body: ClosingBody, user: ReauthenticatingUser) -> Next:
    """Close the shop. Only an owner can, and can reopen it within 30 days; then it is deleted with all that it has."""
    async with auth_common.counting_wrong_codes(user):
        await auth_common.write_hashing_password(
            closing.close,
            user_id=user.user_id,
            shop=shop,
            name=body.name,
            password=body.password,
            code=body.code,
            now=utc_now(),
        )
    return Next(next="/sell?closed=1")


@router.delete("")
async def reopen_shop(shop: ShopSlug, user: WritingUser) -> Next:
    """Open a closed shop again, with everything that it had."""
    await db.write(closing.reopen, user_id=user.user_id, shop=shop, now=utc_now())
    return Next(next=f"/sell/{shop}?reopened=1")
