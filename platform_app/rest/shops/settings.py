"""Opening a shop, and what it says about itself."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shared.paging import Page
from platform_app.domain.shops import queries
from platform_app.domain.shops.schemas import Membership, Shop, ShopInput, SlugAvailability
from platform_app.domain.shops.service import opening, settings
from platform_app.infra import db
from platform_app.infra.limits import Limit
from platform_app.rest.dependencies import CurrentUser, GuardedRoute, ShopSlug, WritingUser, enforce_limits

OPENINGS_PER_USER = Limit("openings", amount=20, seconds=3600)  # tries of one user, for an address may be taken

router = APIRouter(prefix="/api/v1", tags=["selling"], route_class=GuardedRoute)


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True)


class OpenedShop(Membership):
    """The caller's part in the shop they have just opened; `next` is where it is run."""

    next: str


class ShopPatch(_Body):
    """What is to be different about a shop; what is left out stays. Its address and its currency are for good."""

    name: str | None = None
    tagline: str | None = None
    cover_alt: str | None = None
    about: str | None = None
    country: str | None = None
    language: str | None = None
    shipping_policy: str | None = None
    returns_policy: str | None = None


class HolidayBody(_Body):
    """The day the shop opens again, as YYYY-MM-DD, and what visitors are told until then."""

    until: str = ""
    note: str = ""


@router.get("/account/shops")
async def list_own_shops(user: CurrentUser) -> Page[Membership]:
    """The shops the caller runs, and what they may do in each."""
    found = await db.read(queries.memberships, user_id=user.user_id)
    return Page[Membership](items=found, total=len(found))


@router.get("/shop-address")
async def check_slug(wanted: Annotated[str, Query(max_length=200)], _: CurrentUser) -> SlugAvailability:
    """Whether a new shop could have this address, or the one that this name suggests."""
    return await db.read(queries.slug_availability, requested=wanted.replace("\x00", ""))


@router.post("/shops", status_code=201)
async def open_shop(body: ShopInput, user: WritingUser) -> OpenedShop:
    """Open a shop that the caller owns."""
    await enforce_limits((OPENINGS_PER_USER, str(user.user_id)))
    opened = await db.write(opening.open_shop, user_id=user.user_id, shop_input=body, now=utc_now())
    return OpenedShop(**opened.model_dump(), next=f"/sell/{opened.slug}?opened=1")


@router.patch("/shops/{shop}")
async def update_shop(shop: ShopSlug, body: ShopPatch, user: WritingUser) -> Shop:
    """Change a shop's profile or policies."""
    values = body.model_dump(exclude_none=True)
    return await db.write(settings.change, user_id=user.user_id, shop=shop, values=values)


@router.put("/shops/{shop}/holiday")
async def start_holiday(shop: ShopSlug, body: HolidayBody, user: WritingUser) -> Shop:
    """Close a shop until a day; its listings stay visible, and cannot be bought."""
    return await db.write(
        settings.start_holiday,
        user_id=user.user_id,
        shop=shop,
        until=body.until,
        note=body.note,
        today=utc_now().date(),
    )


@router.delete("/shops/{shop}/holiday")
async def end_holiday(shop: ShopSlug, user: WritingUser) -> Shop:
    """Open a shop again before its day."""
    return await db.write(settings.end_holiday, user_id=user.user_id, shop=shop)
