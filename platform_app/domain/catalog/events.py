"""Events of listings."""

from datetime import datetime
from uuid import UUID

from platform_app.infra.events import Event


class ListingsChanged(Event):
    """Listings of one shop were created or changed, or one of their pictures has become ready."""

    shop_id: UUID
    listing_ids: tuple[UUID, ...]


class ListingsPublished(Event):
    """Listings of one shop are for sale that were not before: created so, or drafts until then."""

    shop_id: UUID
    listing_ids: tuple[UUID, ...]
    published_at: datetime


class VariantsRestocked(Event):
    """Variants of one shop are for sale that were sold out before, or whose listing was not for sale."""

    shop_id: UUID
    variant_ids: tuple[UUID, ...]


class PricesDropped(Event):
    """The lowest price of each of these listings of one shop has dropped."""

    shop_id: UUID
    listing_ids: tuple[UUID, ...]
