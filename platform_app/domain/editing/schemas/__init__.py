"""A listing in its seller's hands, and the table of all of a shop's."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from platform_app.domain.catalog.rules import Status
from platform_app.domain.editing import rules
from platform_app.domain.editing.rules import BulkAction
from platform_app.domain.editing.schemas.content import ListingContent
from platform_app.domain.media.rules import PictureState, UploadState
from platform_app.domain.shared.money import Money
from platform_app.domain.shared.paging import MAX_LIMIT
from platform_app.domain.stock.rules import MAX_QUANTITY


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class EditPicture(_Frozen):
    """A picture of an edit as far as it is: `reason` says why there is none."""

    key: str
    picture_id: UUID | None
    state: PictureState | UploadState
    content: str | None
    width: int | None
    colour: str | None
    reason: str | None
    alt: str


class Edit(_Frozen):
    """What is written of a listing: give `version` and `base` back with every change of it.

    `status` and `slug` are the listing's own, null as long as it was never saved. Where `is_stale`, the listing has
    changed since the edit was begun.
    """

    listing_id: UUID
    version: int
    base: int
    is_pending: bool
    is_stale: bool
    status: Status | None
    slug: str | None
    currency: str
    content: ListingContent
    pictures: tuple[EditPicture, ...]
    saved_at: datetime | None


class ListingFilter(_Frozen):
    """Which of a shop's listings are asked for."""

    q: str = Field(default="", max_length=200)
    status: Status | None = None
    cursor: str | None = None
    limit: int = Field(default=25, ge=1, le=MAX_LIMIT)


class ListingRow(_Frozen):
    """A listing in its seller's table; `has_edit` where something is written and not saved."""

    id: UUID
    slug: str | None
    title: str
    status: Status
    has_edit: bool
    price: Money | None
    price_max: Money | None
    variants: int
    stock: int | None  # null where nobody counts
    picture: str | None
    picture_width: int | None
    updated_at: datetime


class BulkRequest(_Frozen):
    """One thing to do to many listings: `percent` goes with a change of prices, `quantity` with one of stock."""

    action: BulkAction
    listing_ids: tuple[UUID, ...] = Field(min_length=1, max_length=rules.MAX_BULK_LISTINGS)
    percent: (
        Annotated[Decimal, Field(ge=rules.PERCENT_RANGE[0], le=rules.PERCENT_RANGE[1], decimal_places=2)] | None
    ) = None
    quantity: int | None = Field(default=None, ge=0, le=MAX_QUANTITY)


class BulkFailure(_Frozen):
    """A listing that was left as it was, and why."""

    listing_id: UUID
    title: str
    reason: str


class BulkResult(_Frozen):
    """How many listings were changed, and those that were not."""

    changed: int
    refused: tuple[BulkFailure, ...]


class VariantPrice(_Frozen):
    """What a variant costs, and the lowest price that the EU has a reduction compared with."""

    choice: tuple[str, ...]
    price: Money
    compare_at: Money | None
    lowest: Money

    @property
    def is_overstated(self) -> bool:
        """Whether the price it is compared with is higher than that."""
        return self.compare_at is not None and self.compare_at.amount > self.lowest.amount


class PriceHistoryEntry(_Frozen):
    """One change of a price."""

    choice: tuple[str, ...]
    before: Money
    price: Money
    at: datetime


class PriceHistory(_Frozen):
    """A listing's prices now, and how they came about."""

    variants: tuple[VariantPrice, ...]
    steps: tuple[PriceHistoryEntry, ...]
