"""Favourites as surfaces show them, and as their followers are told of them."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, computed_field

from platform_app.domain.search.schemas import Card
from platform_app.domain.shared.money import Money


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Favourite(_Frozen):
    """A listing that a user likes; `card` is null once it is no longer for sale, `title` what it was called then."""

    listing_id: UUID
    title: str
    price_then: Money
    created_at: datetime
    card: Card | None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def saving(self) -> Money | None:
        """How much less it costs now; null when it does not."""
        if self.card is None or self.card.price.currency != self.price_then.currency:
            return None
        less = self.price_then.amount - self.card.price.amount
        return Money(amount=less, currency=self.price_then.currency) if less > 0 else None


class PriceDrop(_Frozen):
    """A listing that has become cheaper since its follower liked it; the title is the one they know."""

    title: str
    price: Money
    saving: Money


class PriceDropDigest(_Frozen):
    """What one follower is to be told."""

    recipient: str
    items: tuple[PriceDrop, ...]
