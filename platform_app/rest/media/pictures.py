"""Pictures, named by their content, so that browsers can cache them for good."""

import re
from collections.abc import AsyncIterator
from functools import cache
from typing import BinaryIO

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from platform_app.domain.media import rules
from platform_app.domain.shared.errors import NotFound
from platform_app.infra import storage
from platform_app.infra.settings import settings

router = APIRouter(include_in_schema=False)
PREFIX = "/media"
_CONTENT = re.compile(r"^[0-9a-f]{64}$")
_CHUNK_BYTES = 1 << 16


class PictureNotFound(NotFound):
    """No picture has this URL."""

    message = "There is no picture at this URL."


def picture_url(content: str, width: int) -> str:
    """The URL of one size of a picture."""
    return f"{PREFIX}/pictures/{content}/{width}.webp"


@router.get(PREFIX + "/pictures/{content}/{width}.webp")
async def picture(content: str, width: int) -> StreamingResponse:
    """One size of a picture, cached by browsers for a year."""
    if not _CONTENT.match(content) or not 0 < width < 100_000:
        raise PictureNotFound
    try:
        body = await run_in_threadpool(_storage().open, rules.picture_key(content, width))
    except storage.ObjectMissing:
        raise PictureNotFound from None
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "ETag": f'"{content[:16]}-{width}"'}
    return StreamingResponse(_chunks(body), media_type="image/webp", headers=headers)


async def _chunks(body: BinaryIO) -> AsyncIterator[bytes]:
    try:
        while chunk := await run_in_threadpool(body.read, _CHUNK_BYTES):
            yield chunk
    finally:
        body.close()


@cache
def _storage() -> storage.Storage:
    return storage.from_settings(settings())
