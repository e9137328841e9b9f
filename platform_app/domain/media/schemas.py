"""Pictures and uploads."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from platform_app.domain.media.rules import PictureState, UploadPurpose, UploadState


class StoredPicture(BaseModel):
    """A processed picture: `content` is the SHA-256 of the original, sizes are in pixels."""

    model_config = ConfigDict(frozen=True)

    content: str
    width: int
    height: int
    colour: str


class PendingPicture(BaseModel):
    """A picture that still has to be fetched."""

    model_config = ConfigDict(frozen=True)

    shop_id: UUID
    id: UUID
    source: str
    attempts: int


class ShopPicture(BaseModel):
    """A shop's picture in any state; `reason` says why it failed."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: UUID
    source: str
    state: PictureState
    content: str | None
    width: int | None
    height: int | None
    colour: str | None
    reason: str | None


class PictureCounts(BaseModel):
    """The number of pictures by state."""

    model_config = ConfigDict(frozen=True)

    ready: int
    pending: int
    failed: int


class DemoProgress(BaseModel):
    """How many of the demo's shops have all their pictures; both are 0 once all do."""

    model_config = ConfigDict(frozen=True)

    complete: int
    total: int

    @property
    def text(self) -> str:
        """The progress text for the home page; empty once complete."""
        return f"Adding the demo shops: {self.complete} of {self.total}" if self.total else ""


class Upload(BaseModel):
    """An uploaded file; `reason` says why it was refused, `content` is the digest of the resulting picture."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    shop_id: UUID
    id: UUID
    user_id: UUID
    purpose: UploadPurpose
    state: UploadState
    key: str
    content_type: str
    size: int
    expires_at: datetime
    reason: str | None
    picture_id: UUID | None
    content: str | None
