"""Listings as surfaces show them, and as commands take them."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from platform_app.domain.catalog import rules
from platform_app.domain.catalog.rules import Condition, Status
from platform_app.domain.media.rules import PictureState
from platform_app.domain.stock import rules as stock


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class Category(_Frozen):
    """A category, with the way to it from the top of the tree."""

    id: UUID
    slug: str
    name: str
    icon: str
    path: tuple[str, ...]  # slugs from the top down to this one
    depth: int
    children: tuple[str, ...]  # slugs, in the operator's order


class Picture(_Frozen):
    """A picture of a listing; `content` is null until it is ready."""

    id: UUID
    source: str
    state: PictureState
    content: str | None
    width: int | None
    height: int | None
    colour: str | None
    alt: str


class Variant(_Frozen):
    """One choice of a listing's options."""

    id: UUID
    choice: tuple[str, ...]
    sku: str
    price: int
    compare_at: int | None
    tracked: bool
    on_hand: int
    reserved: int
    picture_id: UUID | None

    @property
    def available(self) -> int | None:
        """How many can be bought now; None when the seller does not count."""
        return stock.available(tracked=self.tracked, on_hand=self.on_hand, reserved=self.reserved)

    @property
    def tracked_quantity(self) -> int | None:
        """How many there are; None when the seller does not count."""
        return self.on_hand if self.tracked else None

    @property
    def in_stock(self) -> bool:
        """Whether one can be bought now."""
        return self.available is None or self.available > 0

    @property
    def former_price(self) -> int | None:
        """The former price; None where that was no higher."""
        return self.compare_at if self.compare_at and self.compare_at > self.price else None

    @property
    def discount_percent(self) -> int:
        """How many percent less than before it costs."""
        return round(100 * (self.former_price - self.price) / self.former_price) if self.former_price else 0


class Listing(_Frozen):
    """A listing whole: what its page, its index row and its stored draft are made of."""

    id: UUID
    shop_id: UUID
    shop_slug: str
    shop_name: str
    shop_tagline: str
    shop_country: str
    shop_logo: str | None
    language: str
    holiday_until: date | None = None  # while nothing can be bought in the shop
    holiday_note: str = ""
    slug: str
    key: str
    title: str
    description: str
    category: str | None
    condition: Condition
    status: Status
    tags: tuple[str, ...]
    attributes: dict[str, str]
    options: tuple[str, ...]
    currency: str
    version: int
    created_at: datetime
    updated_at: datetime
    variants: tuple[Variant, ...]
    pictures: tuple[Picture, ...]

    @property
    def lowest_price(self) -> int:
        """What its cheapest variant costs."""
        return min(variant.price for variant in self.variants)

    @property
    def ready_pictures(self) -> tuple[Picture, ...]:
        """The pictures that are ready, in order."""
        return tuple(picture for picture in self.pictures if picture.content)

    def can_be_bought(self, variant: Variant) -> bool:
        """Whether one of this variant can be bought now: never while the shop is on holiday."""
        return self.holiday_until is None and variant.in_stock


class PictureInput(_Frozen):
    """A picture to show: `source` is a URL, or `content:<sha256>` for one that is stored."""

    source: str
    alt: str = ""


class VariantInput(_Frozen):
    """A choice to offer; `quantity` None means that nobody counts, `picture` is a source of the listing's."""

    choice: tuple[str, ...] = ()
    sku: str = ""
    price: int = Field(gt=0, le=rules.MAX_PRICE)
    compare_at: int | None = None
    quantity: int | None = Field(default=None, ge=0)
    picture: str | None = None


class ListingInput(_Frozen):
    """A listing as its seller wants it; `key` is their own name for it and decides what is updated."""

    key: str = Field(min_length=1, max_length=200)
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
        """What its cheapest variant costs."""
        return min(variant.price for variant in self.variants)


class SaveResult(_Frozen):
    """What saving a draft did: `before` is null for a new listing, `changed` false when nothing differed."""

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
