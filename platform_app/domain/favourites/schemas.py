"""Favourites and price drops."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, computed_field

from platform_app.domain.search.schemas import Card
from platform_app.domain.shared.money import Money


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Favourite(_Frozen):
    """A favourite; `card` is null once the listing is no longer for sale, `title` is its title when favourited."""

    listing_id: UUID
    title: str
    price_then: Money
    created_at: datetime
    card: Card | None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def saving(self) -> Money | None:
        """How much the price has dropped since; null if it has not."""
        if self.card is None or self.card.price.currency != self.price_then.currency:
            return None
        less = self.price_then.amount - self.card.price.amount
        return Money(amount=less, currency=self.price_then.currency) if less > 0 else None


class PriceDrop(_Frozen):
    """A favourite that has become cheaper, with its title when favourited."""

    title: str
    price: Money
    saving: Money


class PriceDropDigest(_Frozen):
    """The price drops to mail to one follower."""

    recipient: str
    items: tuple[PriceDrop, ...]
