"""A shop's mark and cover over REST: sent as pictures of listings are."""

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
    """Ask for the form with which a browser sends the shop's mark, or its cover.

    The middle of the picture is shown: of a mark a square of 100 pixels or more, of a cover three times as wide as it is
    high, of 800 pixels or more.
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
    """How far an upload is."""
    return upload_forms.to_resource(
        await db.read(queries.branding_upload, user_id=user.user_id, shop=shop, image=image, upload_id=upload_id)
    )


@router.post("/uploads/{upload_id}/complete")
async def complete_upload(shop: ShopSlug, image: ShopImage, upload_id: UUID, user: WritingUser) -> UploadResource:
    """Say that the file is sent; once it is ready, the shop shows it instead of what it showed before."""
    params: dict[str, Any] = {"user_id": user.user_id, "shop": shop, "image": image, "upload_id": upload_id}
    upload = await db.read(queries.branding_upload, **params)
    stored_size = await run_in_threadpool(upload_forms.stored_size, upload.key)
    return upload_forms.to_resource(
        await db.write(branding.complete_upload, **params, stored_bytes=stored_size, now=utc_now())
    )


@router.delete("")
async def remove_image(shop: ShopSlug, image: ShopImage, user: WritingUser) -> Shop:
    """Show no mark, or no cover, any more."""
    return await db.write(branding.remove, user_id=user.user_id, shop=shop, image=image, now=utc_now())
