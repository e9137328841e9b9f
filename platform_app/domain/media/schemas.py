"""Pictures as every surface shows them."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict


class StoredPicture(BaseModel):
    """What a picture was made into: `content` is the SHA-256 of the original, sizes in pixels."""

    model_config = ConfigDict(frozen=True)

    content: str
    width: int
    height: int
    colour: str


class WantedPicture(BaseModel):
    """A picture that is still to be fetched."""

    model_config = ConfigDict(frozen=True)

    shop_id: UUID
    id: UUID
    source: str
    attempts: int


class PictureCounts(BaseModel):
    """How far a shop's pictures are."""

    model_config = ConfigDict(frozen=True)

    ready: int
    pending: int
    failed: int
