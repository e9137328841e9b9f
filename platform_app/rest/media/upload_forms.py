"""Shared by the routes for picture uploads: the signed form, and the state of an upload."""

from datetime import datetime
from functools import cache
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from platform_app.domain.media.rules import UploadState
from platform_app.domain.media.schemas import Upload
from platform_app.infra import storage
from platform_app.infra.settings import settings


class UploadRequest(BaseModel):
    """The picture to upload."""

    model_config = ConfigDict(frozen=True)

    content_type: str
    size: int


class SignedUploadForm(BaseModel):
    """Post these fields to `url`, followed by the file as `file`; then report that the upload is complete."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    url: str
    fields: dict[str, str]
    expires_at: datetime


class UploadResource(BaseModel):
    """The state of an upload."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    state: UploadState
    reason: str | None
    picture_id: UUID | None


def sign_upload(upload: Upload, *, now: datetime) -> SignedUploadForm:
    """The signed form for the upload's file."""
    signed_form = _storage().presign_post(
        upload.key, content_type=upload.content_type, max_bytes=upload.size, expires=upload.expires_at - now
    )
    return SignedUploadForm(id=upload.id, url=signed_form.url, fields=signed_form.fields, expires_at=upload.expires_at)


def to_resource(upload: Upload) -> UploadResource:
    """The state of an upload."""
    return UploadResource(id=upload.id, state=upload.state, reason=upload.reason, picture_id=upload.picture_id)


def stored_size(key: str) -> int | None:
    """The size of a stored file in bytes; None if it does not exist."""
    try:
        return _storage().size(key)
    except storage.ObjectMissing:
        return None


@cache
def _storage() -> storage.Storage:
    return storage.from_settings(settings())
