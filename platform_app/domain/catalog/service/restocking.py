"""Publish which variants are for sale again."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from platform_app.domain.catalog.events import VariantsRestocked
from platform_app.domain.catalog.rules import Status
from platform_app.domain.catalog.schemas import Listing, ListingInput, SaveResult
from platform_app.infra import outbox
from platform_app.infra.db import WriteSession

VARIANTS_PER_EVENT = 500


def publish(
    session: WriteSession,
    *,
    shop_id: UUID,
    changed: Iterable[tuple[ListingInput, SaveResult]],
    stored: Mapping[str, Listing],
) -> None:
    """Publish the variants that these inputs offer again: sold out in the `stored` listings, or not for sale."""
    found = [
        variant_id
        for listing_input, result in changed
        if result.key in stored
        for variant_id in _offered_again(listing_input, stored[result.key])
    ]
    for start in range(0, len(found), VARIANTS_PER_EVENT):
        batch = tuple(found[start : start + VARIANTS_PER_EVENT])
        outbox.publish(session, VariantsRestocked(shop_id=shop_id, variant_ids=batch))


def _offered_again(listing_input: ListingInput, before: Listing) -> list[UUID]:
    if listing_input.status is not Status.PUBLISHED:
        return []
    known = {variant.choice: variant for variant in before.variants}
    return [
        known[variant.choice].id
        for variant in listing_input.variants
        if variant.choice in known
        and variant.quantity != 0
        and not (before.status is Status.PUBLISHED and known[variant.choice].in_stock)
    ]
