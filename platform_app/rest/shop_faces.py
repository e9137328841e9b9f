"""A shop's mark and cover over REST: sent as pictures of listings are."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool

from platform_app.domain.media import queries
from platform_app.domain.media.service import faces
from platform_app.domain.shared.tables import utc_now
from platform_app.domain.shops.rules import Face
from platform_app.domain.shops.schemas import Shop
from platform_app.infra import db
from platform_app.rest import sending
from platform_app.rest.identity import CurrentUser, Guarded, ShopSlug, WritingUser
from platform_app.rest.sending import Form, Sending, UploadResource

router = APIRouter(prefix="/api/v1/shops/{shop}/faces/{face}", tags=["selling"], route_class=Guarded)


@router.post("/uploads", status_code=201)
async def begin_upload(shop: ShopSlug, face: Face, body: Sending, user: WritingUser) -> Form:
    """Ask for the form with which a browser sends the shop's mark, or its cover.

    The middle of the picture is shown: of a mark a square of 100 pixels or more, of a cover three times as wide as it is
    high, of 800 pixels or more.
    """
    now = utc_now()
    upload = await db.write(
        faces.begin,
        user_id=user.user_id,
        shop=shop,
        face=face,
        content_type=body.content_type,
        size=body.size,
        now=now,
    )
    return sending.signed(upload, now=now)


@router.get("/uploads/{upload_id}")
async def upload(shop: ShopSlug, face: Face, upload_id: UUID, user: CurrentUser) -> UploadResource:
    """How far an upload is."""
    return sending.resource(
        await db.read(queries.face_upload, user_id=user.user_id, shop=shop, face=face, upload_id=upload_id)
    )


@router.post("/uploads/{upload_id}/complete")
async def complete_upload(shop: ShopSlug, face: Face, upload_id: UUID, user: WritingUser) -> UploadResource:
    """Say that the file is sent; once it is ready, the shop shows it instead of what it showed before."""
    asked: dict[str, Any] = {"user_id": user.user_id, "shop": shop, "face": face, "upload_id": upload_id}
    found = await db.read(queries.face_upload, **asked)
    stored = await run_in_threadpool(sending.stored, found.key)
    return sending.resource(await db.write(faces.complete, **asked, stored=stored, now=utc_now()))


@router.delete("")
async def remove(shop: ShopSlug, face: Face, user: WritingUser) -> Shop:
    """Show no mark, or no cover, any more."""
    return await db.write(faces.remove, user_id=user.user_id, shop=shop, face=face, now=utc_now())
