"""Events of listings."""

from uuid import UUID

from platform_app.infra.events import Event


class ListingsChanged(Event):
    """Listings of one shop were created or changed, or one of their pictures has become ready."""

    listing_ids: tuple[UUID, ...]


class PricesDropped(Event):
    """The lowest price of each of these listings has dropped."""

    listing_ids: tuple[UUID, ...]
