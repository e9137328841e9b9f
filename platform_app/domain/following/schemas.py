"""What leaves the domain about following."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class FollowedShop(_Frozen):
    """A shop that a user follows; `mark` is the content of its logo, null if it has none."""

    id: UUID
    slug: str
    name: str
    tagline: str
    mark: str | None
    followed_at: datetime


class ShopCount(_Frozen):
    """How many new listings a shop has."""

    shop_name: str
    count: int


class NewListingsDigest(_Frozen):
    """The new listings to mail to one follower, by shop."""

    recipient: str
    items: tuple[ShopCount, ...]
