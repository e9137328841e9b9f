"""Edits, the seller's table of listings, bulk changes and price history."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from platform_app.domain.catalog.rules import Status
from platform_app.domain.catalog.schemas import Listing
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
    """The current state of an edit's picture; `reason` says why it failed."""

    key: str
    picture_id: UUID | None
    state: PictureState | UploadState
    content: str | None
    width: int | None
    colour: str | None
    reason: str | None
    alt: str


class Edit(_Frozen):
    """The edit of a listing; send `version` and `base` back with every change.

    `status` and `slug` belong to the listing and are null until it is first saved. `is_stale` means that the listing
    has changed since the edit started. `web_address` is the slug once the edit is saved, as typed; if it is empty, its
    seller has to choose one in `content` before the listing is published.
    """

    listing_id: UUID
    version: int
    base: int
    is_pending: bool
    is_stale: bool
    status: Status | None
    slug: str | None
    web_address: str = ""
    currency: str
    content: ListingContent
    pictures: tuple[EditPicture, ...]
    saved_at: datetime | None


class DraftPreview(_Frozen):
    """A listing as its page would show the saved draft, and the problems by field that are left before it can be saved.

    A price that is not entered yet, or is wrong, is 0. `status` is that of the listing, null if it was never saved.
    """

    listing: Listing
    status: Status | None
    is_pending: bool
    problems: dict[str, str]


class ListingFilter(_Frozen):
    """Filter and page of a shop's listings."""

    q: str = Field(default="", max_length=200)
    status: Status | None = None
    cursor: str | None = None
    limit: int = Field(default=25, ge=1, le=MAX_LIMIT)


class ListingRow(_Frozen):
    """A row in the seller's table of listings; `has_edit` means that there are unsaved changes."""

    id: UUID
    slug: str | None
    title: str
    status: Status
    has_edit: bool
    price: Money | None
    price_max: Money | None
    variants: int
    stock: int | None  # null if untracked
    picture: str | None
    picture_width: int | None
    updated_at: datetime


class BulkRequest(_Frozen):
    """A bulk action: `price` needs `percent`, `stock` needs `quantity`, and `unlimited` stops counting the stock.

    `delete` is for good, and takes up to 200 listings; the other actions take up to 100.
    """

    action: BulkAction
    listing_ids: tuple[UUID, ...] = Field(min_length=1, max_length=rules.MAX_BULK_DELETIONS)
    percent: (
        Annotated[Decimal, Field(ge=rules.PERCENT_RANGE[0], le=rules.PERCENT_RANGE[1], decimal_places=2)] | None
    ) = None
    quantity: int | None = Field(default=None, ge=0, le=MAX_QUANTITY)

    @model_validator(mode="after")
    def _within_limit(self) -> Self:
        if len(self.listing_ids) > self.action.max_listings:
            raise ValueError(f"{self.action} takes at most {self.action.max_listings} listings at once")
        return self


class BulkFailure(_Frozen):
    """A listing that was not changed, and why."""

    listing_id: UUID
    title: str
    reason: str


class BulkPreviewRow(_Frozen):
    """A listing's prices in minor units, or its stock, before and after a bulk action: each value once, lowest first.

    The last one is null if a variant sells without a limit. Both are empty for a listing that would be deleted.
    """

    listing_id: UUID
    title: str
    currency: str
    before: tuple[int | None, ...]
    after: tuple[int | None, ...]


class DeletedParts(_Frozen):
    """What is deleted with listings."""

    variants: int
    pictures: int


class BulkPreview(_Frozen):
    """What a bulk action would change; the rows are empty for an action that changes only the status.

    `deleted` says what is deleted with the listings of the rows; null for other actions.
    """

    changed: int
    rows: tuple[BulkPreviewRow, ...]
    refused: tuple[BulkFailure, ...]
    deleted: DeletedParts | None = None


class Undo(_Frozen):
    """A bulk change that can be undone until a time."""

    id: UUID
    action: BulkAction
    listings: int
    until: datetime


class BulkResult(_Frozen):
    """How many listings were changed, which were not, and how to undo it."""

    changed: int
    refused: tuple[BulkFailure, ...]
    undo: Undo | None = None


class VariantPrice(_Frozen):
    """A variant's price, and the lowest prior price that EU law requires as the reference for a reduction."""

    choice: tuple[str, ...]
    price: Money
    compare_at: Money | None
    lowest: Money

    @property
    def is_overstated(self) -> bool:
        """Whether the compare-at price is higher than the lowest prior price."""
        return self.compare_at is not None and self.compare_at.amount > self.lowest.amount


class PriceHistoryEntry(_Frozen):
    """One change of a variant's price."""

    choice: tuple[str, ...]
    before: Money
    price: Money
    at: datetime


class PriceHistory(_Frozen):
    """A listing's current prices and past changes."""

    variants: tuple[VariantPrice, ...]
    steps: tuple[PriceHistoryEntry, ...]
