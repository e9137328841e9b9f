"""A shop's sections and pinned listings."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from platform_app.domain.sections import queries, rules, service
from platform_app.domain.sections.schemas import SectionList, ShopSection
from platform_app.domain.shared.paging import Page
from platform_app.infra import cache, db
from platform_app.rest.dependencies import CurrentUser, GuardedRoute, ShopSlug, WritingUser

router = APIRouter(prefix="/api/v1/shops/{shop}", tags=["selling"], route_class=GuardedRoute)
Title = Annotated[str, Field(max_length=500)]
Version = Annotated[int, Query(ge=0, le=2**31 - 1, description="The `version` that the caller has seen.")]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True)


class NewSectionBody(_Body):
    """The title of a new section."""

    title: Title = ""


class SectionBody(_Body):
    """What changes about a section, and the version that the caller has seen; `position` counts from 0."""

    version: int = Field(ge=0, le=2**31 - 1)
    title: Title | None = None
    position: int | None = Field(default=None, ge=0, le=rules.MAX_SECTIONS)


class ListingsBody(_Body):
    """Listings of the shop."""

    listing_ids: tuple[UUID, ...] = Field(default=(), max_length=rules.MAX_ASSIGNED)


class PinnedBody(_Body):
    """The listings to pin, in order, and the version that the caller has seen."""

    version: int = Field(ge=0, le=2**31 - 1)
    listing_ids: tuple[UUID, ...] = Field(default=(), max_length=rules.MAX_PINNED)


class AssignedResource(_Body):
    """How many listings were put into the section, or taken out."""

    listings: int


@router.get("/sections")
async def shop_sections(shop: ShopSlug) -> Page[ShopSection]:
    """The shop's sections that have a listing for sale, in the seller's order."""
    found = await cache.read(queries.of_shop, shop=shop)
    return Page[ShopSection](items=found, total=len(found))


@router.get("/section_list")
async def section_list(shop: ShopSlug, user: CurrentUser) -> SectionList:
    """All sections and pinned listings of the shop, for its members."""
    return await db.read(queries.section_list, user_id=user.user_id, shop=shop)


@router.post("/sections", status_code=201)
async def add_section(shop: ShopSlug, body: NewSectionBody, user: WritingUser) -> SectionList:
    """Add a section at the end: up to fifty, with titles of up to eighty characters."""
    return await db.write(service.add, user_id=user.user_id, shop=shop, title=body.title)


@router.patch("/sections/{section_id}")
async def change_section(shop: ShopSlug, section_id: UUID, body: SectionBody, user: WritingUser) -> SectionList:
    """Rename a section or move it. Its slug stays."""
    return await db.write(
        service.change,
        user_id=user.user_id,
        shop=shop,
        section_id=section_id,
        title=body.title,
        position=body.position,
        version=body.version,
    )


@router.delete("/sections/{section_id}")
async def remove_section(shop: ShopSlug, section_id: UUID, version: Version, user: WritingUser) -> SectionList:
    """Delete a section; its listings stay, in no section."""
    return await db.write(service.remove, user_id=user.user_id, shop=shop, section_id=section_id, version=version)


@router.put("/sections/{section_id}/listings")
async def assign(shop: ShopSlug, section_id: UUID, body: ListingsBody, user: WritingUser) -> AssignedResource:
    """Put listings into a section; each is in one section at most."""
    ids = body.listing_ids
    count = await db.write(service.assign, user_id=user.user_id, shop=shop, listing_ids=ids, section_id=section_id)
    return AssignedResource(listings=count)


@router.post("/sections/none/listings")
async def unassign(shop: ShopSlug, body: ListingsBody, user: WritingUser) -> AssignedResource:
    """Take listings out of their sections."""
    ids = body.listing_ids
    count = await db.write(service.assign, user_id=user.user_id, shop=shop, listing_ids=ids, section_id=None)
    return AssignedResource(listings=count)


@router.put("/pinned")
async def set_pinned(shop: ShopSlug, body: PinnedBody, user: WritingUser) -> SectionList:
    """Pin up to eight listings, which come first on the shop's page in this order."""
    return await db.write(
        service.set_pinned, user_id=user.user_id, shop=shop, listing_ids=body.listing_ids, version=body.version
    )
