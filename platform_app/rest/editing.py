"""A seller's listings: the table, edits, bulk changes, prices and picture uploads."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool

from platform_app.domain.catalog.rules import Status
from platform_app.domain.editing import queries, service
from platform_app.domain.editing.schemas import (
    BulkPreview,
    BulkRequest,
    BulkResult,
    Edit,
    ListingFilter,
    ListingRow,
    PriceHistory,
)
from platform_app.domain.editing.schemas.content import ListingContent
from platform_app.domain.editing.service import bulk, draft_preview, removal, uploads
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shared.paging import Page
from platform_app.infra import db
from platform_app.rest.accounts.auth_common import Next
from platform_app.rest.catalog import ListingResource, to_resource
from platform_app.rest.dependencies import CurrentUser, GuardedRoute, WritingUser
from platform_app.rest.media import upload_forms
from platform_app.rest.media.upload_forms import SignedUploadForm, UploadRequest, UploadResource


class _LargeBodyRoute(GuardedRoute):
    """Allows large bodies, for a listing with five hundred variants and a long description."""

    max_body = 512 * 1024


router = APIRouter(prefix="/api/v1/shops/{shop}", tags=["seller"], route_class=_LargeBodyRoute)
ShopSlug = Annotated[str, Path(max_length=60)]


class ListingEditBody(BaseModel):
    """The content typed so far, the version of the edit that it replaces, and the version of the listing as `base`."""

    model_config = ConfigDict(frozen=True)

    version: int
    base: int
    content: ListingContent


class PublishBody(BaseModel):
    """The version of the edit to save, and optionally a new status."""

    model_config = ConfigDict(frozen=True)

    version: int
    status: Status | None = None


class DiscardBody(BaseModel):
    """The version of the edit to discard."""

    model_config = ConfigDict(frozen=True)

    version: int


@router.get("/listings")
async def list_listings(
    shop: ShopSlug, filters: Annotated[ListingFilter, Query()], user: CurrentUser
) -> Page[ListingRow]:
    """The shop's listings, the newest first."""
    return await db.read(queries.listing_rows, user_id=user.user_id, shop=shop, params=filters)


@router.post("/listings", status_code=201)
async def create_draft(shop: ShopSlug, user: WritingUser) -> Edit:
    """Create a listing; only members of the shop can see it until it is published."""
    return await db.write(service.create_draft, user_id=user.user_id, shop=shop, now=utc_now())


@router.post("/listings/bulk")
async def bulk_update(shop: ShopSlug, body: BulkRequest, user: WritingUser) -> BulkResult:
    """Publish, unpublish, archive, re-price or set the stock of up to 100 listings at once, or delete up to 200.

    A change of prices or stock can be undone for ten minutes; followers hear of lower prices after that. Only drafts and
    archived listings are deleted, with their variants and pictures, and for good; others are in `refused`.
    """
    return await db.write(bulk.apply, user_id=user.user_id, shop=shop, request=body, now=utc_now())


@router.post("/listings/bulk/preview")
async def preview_bulk_update(shop: ShopSlug, body: BulkRequest, user: CurrentUser) -> BulkPreview:
    """What a bulk update would change, with the prices or the stock before and after."""
    return await db.read(bulk.preview, user_id=user.user_id, shop=shop, request=body)


@router.post("/listings/bulk/{change_id}/undo")
async def undo_bulk_update(shop: ShopSlug, change_id: UUID, user: WritingUser) -> BulkResult:
    """Undo a bulk update of prices or stock. Listings that were changed since are left as they are."""
    return await db.write(bulk.undo, user_id=user.user_id, shop=shop, change_id=change_id, now=utc_now())


@router.get("/listings/{listing_id}")
async def get_edit(shop: ShopSlug, listing_id: UUID, user: CurrentUser) -> Edit:
    """The current edit of a listing."""
    return await db.read(queries.edit, user_id=user.user_id, shop=shop, listing_id=listing_id)


@router.get("/listings/{listing_id}/preview")
async def preview_draft(shop: ShopSlug, listing_id: UUID, user: CurrentUser) -> ListingResource:
    """A listing as buyers would see it with its unsaved changes, which may be incomplete: a missing price is 0."""
    found = await db.read(draft_preview.draft, user_id=user.user_id, shop=shop, listing_id=listing_id, now=utc_now())
    return to_resource(found.listing)


@router.put("/listings/{listing_id}")
async def save_draft(shop: ShopSlug, listing_id: UUID, body: ListingEditBody, user: WritingUser) -> Edit:
    """Store the content typed so far. 409 `edited_elsewhere` if `version` is not the newest."""
    return await db.write(
        service.save_draft,
        user_id=user.user_id,
        shop=shop,
        listing_id=listing_id,
        version=body.version,
        base=body.base,
        content=body.content,
        now=utc_now(),
    )


@router.post("/listings/{listing_id}/save")
async def publish(shop: ShopSlug, listing_id: UUID, body: PublishBody, user: WritingUser) -> Edit:
    """Apply the edit to the listing. `status` publishes, unpublishes or archives it."""
    return await db.write(
        service.publish,
        user_id=user.user_id,
        shop=shop,
        listing_id=listing_id,
        version=body.version,
        status=body.status,
        now=utc_now(),
    )


@router.post("/listings/{listing_id}/discard", status_code=204)
async def discard(shop: ShopSlug, listing_id: UUID, body: DiscardBody, user: WritingUser) -> None:
    """Discard the unsaved changes of a listing."""
    await db.write(
        service.discard_draft,
        user_id=user.user_id,
        shop=shop,
        listing_id=listing_id,
        version=body.version,
        now=utc_now(),
    )


@router.delete("/listings/{listing_id}")
async def delete_listing(shop: ShopSlug, listing_id: UUID, user: WritingUser) -> Next:
    """Delete a draft or an archived listing for good. Its address answers 410 from then on."""
    await db.write(removal.delete_for_good, user_id=user.user_id, shop=shop, listing_id=listing_id, now=utc_now())
    return Next(next=f"/sell/{shop}/listings?deleted=1")


@router.post("/listings/{listing_id}/copy", status_code=201)
async def duplicate(shop: ShopSlug, listing_id: UUID, user: WritingUser) -> Edit:
    """Create a copy of a listing as a draft."""
    return await db.write(service.duplicate, user_id=user.user_id, shop=shop, listing_id=listing_id, now=utc_now())


@router.get("/listings/{listing_id}/prices")
async def get_prices(shop: ShopSlug, listing_id: UUID, user: CurrentUser) -> PriceHistory:
    """A listing's prices, their history, and the lowest price before the last reduction."""
    return await db.read(queries.prices, user_id=user.user_id, shop=shop, listing_id=listing_id, now=utc_now())


@router.post("/uploads", status_code=201)
async def create_upload(shop: ShopSlug, body: UploadRequest, user: WritingUser) -> SignedUploadForm:
    """Start the upload of a picture. Returns the form that the browser posts with the file."""
    now = utc_now()
    upload = await db.write(
        uploads.create_upload, user_id=user.user_id, shop=shop, content_type=body.content_type, size=body.size, now=now
    )
    return upload_forms.sign_upload(upload, now=now)


@router.get("/uploads/{upload_id}")
async def get_upload(shop: ShopSlug, upload_id: UUID, user: CurrentUser) -> UploadResource:
    """The state of an upload."""
    return upload_forms.to_resource(await db.read(uploads.upload, user_id=user.user_id, shop=shop, upload_id=upload_id))


@router.post("/uploads/{upload_id}/complete")
async def complete_upload(shop: ShopSlug, upload_id: UUID, user: WritingUser) -> UploadResource:
    """Report that the file was posted. Repeating it changes nothing."""
    upload = await db.read(uploads.upload, user_id=user.user_id, shop=shop, upload_id=upload_id)
    size = await run_in_threadpool(upload_forms.stored_size, upload.key)
    return upload_forms.to_resource(
        await db.write(uploads.complete_upload, user_id=user.user_id, shop=shop, upload_id=upload_id, stored_bytes=size)
    )
