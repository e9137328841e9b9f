"""A seller's listings over REST: the table, what is being written, many at once, and pictures."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool

from platform_app.domain.catalog.rules import Status
from platform_app.domain.editing import queries, service
from platform_app.domain.editing.schemas import Bulk, BulkDone, Edit, Filter, Prices, Row
from platform_app.domain.editing.schemas.content import Content
from platform_app.domain.editing.service import bulk, uploads
from platform_app.domain.shared.paging import Page
from platform_app.domain.shared.tables import utc_now
from platform_app.infra import db
from platform_app.rest import sending
from platform_app.rest.identity import CurrentUser, Guarded, WritingUser
from platform_app.rest.sending import Form, Sending, UploadResource


class _Roomy(Guarded):
    """A listing with five hundred variants and a long description has room."""

    max_body = 512 * 1024


router = APIRouter(prefix="/api/v1/shops/{shop}", tags=["seller"], route_class=_Roomy)
ShopSlug = Annotated[str, Path(max_length=60)]


class Written(BaseModel):
    """What is written so far, on top of this version of it."""

    model_config = ConfigDict(frozen=True)

    version: int
    base: int
    content: Content


class Saving(BaseModel):
    """Save this version, perhaps with another status."""

    model_config = ConfigDict(frozen=True)

    version: int
    status: Status | None = None


class Discarding(BaseModel):
    """Throw this version away."""

    model_config = ConfigDict(frozen=True)

    version: int


@router.get("/listings")
async def table(shop: ShopSlug, asked: Annotated[Filter, Query()], user: CurrentUser) -> Page[Row]:
    """The shop's listings, those begun last first."""
    return await db.read(queries.rows, user_id=user.user_id, shop=shop, asked=asked)


@router.post("/listings", status_code=201)
async def begin(shop: ShopSlug, user: WritingUser) -> Edit:
    """Begin a new listing; nobody else sees it before it is published."""
    return await db.write(service.begin, user_id=user.user_id, shop=shop, now=utc_now())


@router.post("/listings/bulk")
async def change_many(shop: ShopSlug, body: Bulk, user: WritingUser) -> BulkDone:
    """Publish, take down, archive, re-price or count up to a hundred listings at once."""
    return await db.write(bulk.change, user_id=user.user_id, shop=shop, asked=body, now=utc_now())


@router.get("/listings/{listing_id}")
async def edit(shop: ShopSlug, listing_id: UUID, user: CurrentUser) -> Edit:
    """The listing as it is being written."""
    return await db.read(queries.edit, user_id=user.user_id, shop=shop, listing_id=listing_id)


@router.put("/listings/{listing_id}")
async def keep(shop: ShopSlug, listing_id: UUID, body: Written, user: WritingUser) -> Edit:
    """Keep what is written so far; 409 `edited_elsewhere` when `version` is not the newest."""
    return await db.write(
        service.keep,
        user_id=user.user_id,
        shop=shop,
        listing_id=listing_id,
        version=body.version,
        base=body.base,
        content=body.content,
        now=utc_now(),
    )


@router.post("/listings/{listing_id}/save")
async def save(shop: ShopSlug, listing_id: UUID, body: Saving, user: WritingUser) -> Edit:
    """Make the listing what is written; `status` publishes it, takes it down or archives it."""
    return await db.write(
        service.save,
        user_id=user.user_id,
        shop=shop,
        listing_id=listing_id,
        version=body.version,
        status=body.status,
        now=utc_now(),
    )


@router.post("/listings/{listing_id}/discard", status_code=204)
async def discard(shop: ShopSlug, listing_id: UUID, body: Discarding, user: WritingUser) -> None:
    """Throw away what is written and not saved."""
    await db.write(
        service.discard, user_id=user.user_id, shop=shop, listing_id=listing_id, version=body.version, now=utc_now()
    )


@router.post("/listings/{listing_id}/copy", status_code=201)
async def copy(shop: ShopSlug, listing_id: UUID, user: WritingUser) -> Edit:
    """A new listing that is written like this one."""
    return await db.write(service.copy, user_id=user.user_id, shop=shop, listing_id=listing_id, now=utc_now())


@router.get("/listings/{listing_id}/prices")
async def prices(shop: ShopSlug, listing_id: UUID, user: CurrentUser) -> Prices:
    """What the listing costs, the lowest price before its last reduction, and how its prices have changed."""
    return await db.read(queries.prices, user_id=user.user_id, shop=shop, listing_id=listing_id, now=utc_now())


@router.post("/uploads", status_code=201)
async def begin_upload(shop: ShopSlug, body: Sending, user: WritingUser) -> Form:
    """Ask for the form with which a browser sends one picture."""
    now = utc_now()
    upload = await db.write(
        uploads.begin, user_id=user.user_id, shop=shop, content_type=body.content_type, size=body.size, now=now
    )
    return sending.signed(upload, now=now)


@router.get("/uploads/{upload_id}")
async def upload(shop: ShopSlug, upload_id: UUID, user: CurrentUser) -> UploadResource:
    """How far an upload is."""
    return sending.resource(await db.read(uploads.upload, user_id=user.user_id, shop=shop, upload_id=upload_id))


@router.post("/uploads/{upload_id}/complete")
async def complete_upload(shop: ShopSlug, upload_id: UUID, user: WritingUser) -> UploadResource:
    """Say that the file is sent; saying so twice changes nothing."""
    found = await db.read(uploads.upload, user_id=user.user_id, shop=shop, upload_id=upload_id)
    stored = await run_in_threadpool(sending.stored, found.key)
    return sending.resource(
        await db.write(uploads.complete, user_id=user.user_id, shop=shop, upload_id=upload_id, stored=stored)
    )
