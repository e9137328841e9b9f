"""Listings as queries return them and as commands accept them."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from platform_app.domain.catalog import rules
from platform_app.domain.catalog.rules import Condition, Status
from platform_app.domain.media.rules import PictureState
from platform_app.domain.shared.enums import stored_member
from platform_app.domain.shops.schemas import DeliveryTerms
from platform_app.domain.stock import rules as stock

StoredCondition = Annotated[Condition, stored_member(Condition, unknown=Condition.GOOD)]
StoredStatus = Annotated[Status, stored_member(Status, unknown=Status.ARCHIVED)]
StoredPictureState = Annotated[PictureState, stored_member(PictureState, unknown=PictureState.PENDING)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class Category(_Frozen):
    """A category with its path from the root."""

    id: UUID
    slug: str
    name: str
    icon: str
    path: tuple[str, ...]  # slugs from the root down to this one
    depth: int
    children: tuple[str, ...]  # slugs, in the operator's order


class Picture(_Frozen):
    """A picture of a listing; `content` is null until it is ready."""

    id: UUID
    source: str
    state: StoredPictureState
    content: str | None
    width: int | None
    height: int | None
    colour: str | None
    alt: str


class Variant(_Frozen):
    """One combination of a listing's option values."""

    id: UUID
    choice: tuple[str, ...]
    sku: str
    barcode: str = ""
    weight: str = ""
    measure: str = ""
    base_measure: str = ""
    price: int
    compare_at: int | None
    tracked: bool
    on_hand: int
    reserved: int
    picture_id: UUID | None

    @property
    def available(self) -> int | None:
        """How many can be bought now; None if stock is not tracked."""
        return stock.available(tracked=self.tracked, on_hand=self.on_hand, reserved=self.reserved)

    @property
    def tracked_quantity(self) -> int | None:
        """How many are on hand; None if stock is not tracked."""
        return self.on_hand if self.tracked else None

    @property
    def in_stock(self) -> bool:
        """Whether at least one is available."""
        return self.available is None or self.available > 0

    @property
    def former_price(self) -> int | None:
        """The compare-at price if it is higher than the price, otherwise None."""
        return self.compare_at if self.compare_at and self.compare_at > self.price else None

    @property
    def unit_price(self) -> tuple[int, str] | None:
        """The price in minor units of a measure such as `1 l`, and that measure; None without one."""
        return rules.unit_price(self.price, measure=self.measure, base_measure=self.base_measure)

    @property
    def discount_percent(self) -> int:
        """The discount from the former price in per cent; 0 without one."""
        return round(100 * (self.former_price - self.price) / self.former_price) if self.former_price else 0


class Listing(_Frozen):
    """A complete listing: the source of its page, its search row and its editable content."""

    id: UUID
    shop_id: UUID
    shop_slug: str
    shop_name: str
    shop_tagline: str
    shop_country: str
    shop_logo: str | None
    language: str
    holiday_until: date | None = None  # nothing can be bought until then
    holiday_note: str = ""
    shop_closed_at: datetime | None = None
    delivery_terms: DeliveryTerms = DeliveryTerms()
    slug: str
    key: str
    title: str
    description: str
    category: str | None
    condition: StoredCondition
    status: StoredStatus
    tags: tuple[str, ...]
    attributes: dict[str, str]
    options: tuple[str, ...]
    currency: str
    version: int
    was_public: bool = False
    created_at: datetime
    updated_at: datetime
    variants: tuple[Variant, ...]
    pictures: tuple[Picture, ...]

    @property
    def is_public(self) -> bool:
        """Whether visitors see the listing: it is published, and its shop is open."""
        return self.status is Status.PUBLISHED and self.shop_closed_at is None

    @property
    def is_slug_open(self) -> bool:
        """Whether the slug has still to be chosen: it is made of a title that gives no readable one, and nobody knows it."""
        is_known = self.was_public or self.status is Status.PUBLISHED
        return not is_known and not rules.readable_title_slug(self.title) and rules.is_title_slug(self.slug, self.title)

    @property
    def lowest_price(self) -> int:
        """The price of the cheapest variant."""
        return min(variant.price for variant in self.variants)

    @property
    def default_variant(self) -> Variant:
        """The variant shown first: the first in stock, otherwise the first. A holiday changes nothing."""
        return next((variant for variant in self.variants if variant.in_stock), self.variants[0])

    @property
    def ready_pictures(self) -> tuple[Picture, ...]:
        """The processed pictures, in order."""
        return tuple(picture for picture in self.pictures if picture.content)

    def can_be_bought(self, variant: Variant) -> bool:
        """Whether this variant can be bought now; never while the shop is on holiday."""
        return self.holiday_until is None and variant.in_stock


class PictureInput(_Frozen):
    """A picture of a listing: `source` is a URL, or `content:<sha256>` for a stored picture."""

    source: str
    alt: str = ""


class VariantInput(_Frozen):
    """A variant to offer; `quantity` None means untracked stock, `picture` is the source of a listing picture.

    `weight`, `measure` and `base_measure` are measures such as `0.45 kg`; the unit price is that of `base_measure`.
    """

    choice: tuple[str, ...] = ()
    sku: str = ""
    barcode: Annotated[str, AfterValidator(rules.require_barcode)] = ""
    weight: str = Field(default="", pattern=rules.WEIGHT_PATTERN)
    measure: str = Field(default="", pattern=rules.MEASURE_PATTERN)
    base_measure: str = Field(default="", pattern=rules.MEASURE_PATTERN)
    price: int = Field(gt=0, le=rules.MAX_PRICE)
    compare_at: int | None = Field(default=None, le=rules.MAX_PRICE)
    quantity: int | None = Field(default=None, ge=0)
    picture: str | None = None


class ListingInput(_Frozen):
    """A listing as the seller wants it; `key`, the seller's own identifier, selects the listing to update."""

    key: str = Field(min_length=1, max_length=rules.MAX_KEY)
    title: str = Field(min_length=1, max_length=rules.MAX_TITLE)
    description: str = Field(default="", max_length=rules.MAX_DESCRIPTION)
    category: str | None = None  # a slug
    condition: Condition = Condition.NEW
    status: Status = Status.PUBLISHED
    tags: tuple[str, ...] = Field(default=(), max_length=rules.MAX_TAGS)
    attributes: dict[str, str] = {}
    options: tuple[str, ...] = Field(default=(), max_length=rules.MAX_OPTIONS)
    variants: tuple[VariantInput, ...] = Field(min_length=1, max_length=rules.MAX_VARIANTS)
    pictures: tuple[PictureInput, ...] = Field(default=(), max_length=rules.MAX_PICTURES)

    @property
    def lowest_price(self) -> int:
        """The price of the cheapest variant."""
        return min(variant.price for variant in self.variants)


class SaveResult(_Frozen):
    """The outcome of saving a listing: `before` is null for a new one, `changed` is false if nothing differed."""

    key: str
    listing_id: UUID
    changed: bool
    before: ListingInput | None
    version: int


class PriceChange(_Frozen):
    """One change of a variant's price, in minor units."""

    variant_id: UUID
    before: int
    price: int
    at: datetime
