"""A shop's logo and banner (`mark` and `cover` in URLs), uploaded like pictures of listings."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool

from platform_app.domain.media import queries
from platform_app.domain.media.service import branding
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shops.rules import ShopImage
from platform_app.domain.shops.schemas import Shop
from platform_app.infra import db
from platform_app.rest.dependencies import CurrentUser, GuardedRoute, ShopSlug, WritingUser
from platform_app.rest.media import upload_forms
from platform_app.rest.media.upload_forms import SignedUploadForm, UploadRequest, UploadResource

router = APIRouter(prefix="/api/v1/shops/{shop}/faces/{image}", tags=["selling"], route_class=GuardedRoute)


@router.post("/uploads", status_code=201)
async def create_upload(shop: ShopSlug, image: ShopImage, body: UploadRequest, user: WritingUser) -> SignedUploadForm:
    """Start the upload of the shop's logo (`mark`) or banner (`cover`). Returns the form that the browser posts.

    The picture is cropped to its centre: the logo to a square of at least 100 pixels, the banner to three times as wide
    as high, at least 800 pixels wide.
    """
    now = utc_now()
    upload = await db.write(
        branding.create_upload,
        user_id=user.user_id,
        shop=shop,
        image=image,
        content_type=body.content_type,
        size=body.size,
        now=now,
    )
    return upload_forms.sign_upload(upload, now=now)


@router.get("/uploads/{upload_id}")
async def get_upload(shop: ShopSlug, image: ShopImage, upload_id: UUID, user: CurrentUser) -> UploadResource:
    """The state of an upload."""
    return upload_forms.to_resource(
        await db.read(queries.branding_upload, user_id=user.user_id, shop=shop, image=image, upload_id=upload_id)
    )


@router.post("/uploads/{upload_id}/complete")
async def complete_upload(shop: ShopSlug, image: ShopImage, upload_id: UUID, user: WritingUser) -> UploadResource:
    """Report that the file was posted. Once processed, it replaces the shop's current picture."""
    params: dict[str, Any] = {"user_id": user.user_id, "shop": shop, "image": image, "upload_id": upload_id}
    upload = await db.read(queries.branding_upload, **params)
    stored_size = await run_in_threadpool(upload_forms.stored_size, upload.key)
    return upload_forms.to_resource(
        await db.write(branding.complete_upload, **params, stored_bytes=stored_size, now=utc_now())
    )


@router.delete("")
async def remove_image(shop: ShopSlug, image: ShopImage, user: WritingUser) -> Shop:
    """Remove the shop's logo or banner."""
    return await db.write(branding.remove, user_id=user.user_id, shop=shop, image=image, now=utc_now())
