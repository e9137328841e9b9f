"""Pictures as every surface shows them."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from platform_app.domain.media.rules import PictureState, UploadPurpose, UploadState


class StoredPicture(BaseModel):
    """What a picture was made into: `content` is the SHA-256 of the original, sizes in pixels."""

    model_config = ConfigDict(frozen=True)

    content: str
    width: int
    height: int
    colour: str


class PendingPicture(BaseModel):
    """A picture that is still to be fetched."""

    model_config = ConfigDict(frozen=True)

    shop_id: UUID
    id: UUID
    source: str
    attempts: int


class ShopPicture(BaseModel):
    """A picture of a shop as far as it is; `reason` says why it could not be had."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: UUID
    source: str
    state: PictureState
    content: str | None
    width: int | None
    colour: str | None
    reason: str | None


class PictureCounts(BaseModel):
    """How far a shop's pictures are."""

    model_config = ConfigDict(frozen=True)

    ready: int
    pending: int
    failed: int


class DemoProgress(BaseModel):
    """How many of the demo's shops are complete; both are 0 once all are."""

    model_config = ConfigDict(frozen=True)

    complete: int
    total: int

    @property
    def text(self) -> str:
        """The progress as the home page says it; empty when there is none."""
        return f"Adding the demo shops: {self.complete} of {self.total}" if self.total else ""


class Upload(BaseModel):
    """A file on its way to becoming a picture; `reason` says why it was refused, `content` what it has become."""

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
