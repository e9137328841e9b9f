"""What the routes share by which a browser sends a picture: the signed form, and how far its upload is."""

from datetime import datetime
from functools import cache
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from platform_app.domain.media.rules import UploadState
from platform_app.domain.media.schemas import Upload
from platform_app.infra import storage
from platform_app.infra.settings import settings


class UploadRequest(BaseModel):
    """A picture that is to be sent."""

    model_config = ConfigDict(frozen=True)

    content_type: str
    size: int


class SignedUploadForm(BaseModel):
    """Post these fields, then the file as `file`, to `url`; then say that the upload is complete."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    url: str
    fields: dict[str, str]
    expires_at: datetime


class UploadResource(BaseModel):
    """How far an upload is."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    state: UploadState
    reason: str | None
    picture_id: UUID | None


def sign_upload(upload: Upload, *, now: datetime) -> SignedUploadForm:
    """The form with which the upload's file is posted."""
    signed_form = _storage().presign_post(
        upload.key, content_type=upload.content_type, max_bytes=upload.size, expires=upload.expires_at - now
    )
    return SignedUploadForm(id=upload.id, url=signed_form.url, fields=signed_form.fields, expires_at=upload.expires_at)


def to_resource(upload: Upload) -> UploadResource:
    """How far an upload is."""
    return UploadResource(id=upload.id, state=upload.state, reason=upload.reason, picture_id=upload.picture_id)


def stored_size(key: str) -> int | None:
    """How many bytes of a file are there, if any."""
    try:
        return _storage().size(key)
    except storage.ObjectMissing:
        return None


@cache
def _storage() -> storage.Storage:
    return storage.from_settings(settings())
