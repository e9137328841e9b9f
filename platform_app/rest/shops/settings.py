"""Open a shop, and change its profile, policies and holiday."""

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

OPENINGS_PER_USER = Limit("openings", amount=20, seconds=3600)  # attempts by one user, since a slug may be taken

router = APIRouter(prefix="/api/v1", tags=["selling"], route_class=GuardedRoute)


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True)


class OpenedShop(Membership):
    """The caller's membership in the new shop; `next` is the path of its studio."""

    next: str


class ShopPatch(_Body):
    """Changes of a shop; omitted fields keep their values. The slug and the currency cannot be changed.

    The amounts and days of delivery and returns are text: an amount such as `4.90` in the shop's currency, a whole
    number of days, or empty to say nothing.
    """

    name: str | None = None
    tagline: str | None = None
    cover_alt: str | None = None
    about: str | None = None
    country: str | None = None
    language: str | None = None
    shipping_policy: str | None = None
    returns_policy: str | None = None
    delivery_cost: str | None = None
    free_delivery_from: str | None = None
    delivery_days_from: str | None = None
    delivery_days_to: str | None = None
    returns_days: str | None = None


class HolidayBody(_Body):
    """The day of reopening, as YYYY-MM-DD, and a note for visitors."""

    until: str = ""
    note: str = ""


@router.get("/account/shops")
async def list_own_shops(user: CurrentUser) -> Page[Membership]:
    """The caller's shops, with their role and permissions in each."""
    found = await db.read(queries.memberships, user_id=user.user_id)
    return Page[Membership](items=found, total=len(found))


@router.get("/shop-address")
async def check_slug(wanted: Annotated[str, Query(max_length=200)], _: CurrentUser) -> SlugAvailability:
    """Whether a slug is free for a new shop; a name is turned into a slug first."""
    return await db.read(queries.slug_availability, requested=wanted.replace("\x00", ""))


@router.post("/shops", status_code=201)
async def open_shop(body: ShopInput, user: WritingUser) -> OpenedShop:
    """Open a shop; the caller becomes its owner."""
    await enforce_limits((OPENINGS_PER_USER, str(user.user_id)))
    opened = await db.write(opening.open_shop, user_id=user.user_id, shop_input=body, now=utc_now())
    return OpenedShop(**opened.model_dump(), next=f"/sell/{opened.slug}?opened=1")


@router.patch("/shops/{shop}")
async def update_shop(shop: ShopSlug, body: ShopPatch, user: WritingUser) -> Shop:
    """Change a shop's profile, policies, or terms of delivery and returns."""
    values = body.model_dump(exclude_none=True)
    return await db.write(settings.change, user_id=user.user_id, shop=shop, values=values)


@router.put("/shops/{shop}/holiday")
async def start_holiday(shop: ShopSlug, body: HolidayBody, user: WritingUser) -> Shop:
    """Close a shop until a day. Its listings stay visible, but are not for sale."""
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
    """End a shop's holiday early."""
    return await db.write(settings.end_holiday, user_id=user.user_id, shop=shop)
