"""Change many listings at once, in one transaction."""

from datetime import datetime
from uuid import UUID

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog import service as listings
from platform_app.domain.catalog.rules import MAX_PRICE, Status
from platform_app.domain.catalog.schemas import Listing, ListingInput, VariantInput
from platform_app.domain.editing import rules
from platform_app.domain.editing.errors import InvalidEdit
from platform_app.domain.editing.rules import BulkAction
from platform_app.domain.editing.schemas import BulkFailure, BulkRequest, BulkResult
from platform_app.domain.editing.service import lock_stock
from platform_app.domain.editing.tags import edit_tag, shop_edits_tag
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops import service as shop_service
from platform_app.domain.shops.rules import Permission
from platform_app.domain.stock.rules import Reason
from platform_app.infra.db import WriteSession, invalidate

_STATUS = {
    BulkAction.PUBLISH: Status.PUBLISHED,
    BulkAction.UNPUBLISH: Status.DRAFT,
    BulkAction.ARCHIVE: Status.ARCHIVED,
}


def apply(session: WriteSession, *, user_id: UUID, shop: str, request: BulkRequest, now: datetime) -> BulkResult:
    """Apply a bulk action to the shop's listings; failures are reported per listing and do not stop the others."""
    required = Permission.STOCK if request.action is BulkAction.STOCK else Permission.LISTINGS
    membership = shops.require_membership(session, user_id=user_id, shop=shop, permission=required)
    if request.action is BulkAction.PRICE and request.percent is None:
        raise InvalidEdit(fields={"percent": "Enter a percentage."})
    ids = sorted(set(request.listing_ids))
    shop_service.lock(session, shop_id=membership.shop_id)
    lock_stock(session, membership=membership, listing_ids=ids)
    by_id = {each.id: each for each in catalog.shop_listings(session, shop_id=membership.shop_id, ids=ids)}
    failures = [
        BulkFailure(listing_id=listing_id, title="", reason="Not saved yet. Open this listing and save it first.")
        for listing_id in ids
        if listing_id not in by_id
    ]
    inputs: list[ListingInput] = []
    for listing in by_id.values():
        listing_input, reason = _apply_to(listing, request)
        inputs += [] if reason else [listing_input]
        failures += [BulkFailure(listing_id=listing.id, title=listing.title, reason=reason)] if reason else []
    saved = listings.save_many(
        session,
        shop=shops.by_id(session, shop_id=membership.shop_id),
        inputs=inputs,
        reason=Reason.EDIT,
        now=now,
        stored={each.key: each for each in by_id.values()},
    )
    changed = [result.listing_id for result in saved if result.changed]
    invalidate(session, shop_edits_tag(membership.shop_id), *(edit_tag(listing_id) for listing_id in changed))
    return BulkResult(changed=len(changed), refused=tuple(failures))


def _apply_to(listing: Listing, request: BulkRequest) -> tuple[ListingInput, str]:
    """The listing's input after the action, and the reason if it cannot be done (empty otherwise)."""
    listing_input = catalog.to_input(listing)
    if request.action in _STATUS:
        return listing_input.model_copy(update={"status": _STATUS[request.action]}), ""
    if request.action is BulkAction.STOCK:
        return _with_variant_fields(listing_input, {"quantity": request.quantity}), ""
    assert request.percent is not None
    percent = request.percent
    prices = [rules.apply_percent(variant.price, percent) for variant in listing_input.variants]
    if max(prices) > MAX_PRICE:
        return listing_input, "The price would be too high."
    variants = (
        variant.model_copy(update={"price": price, "compare_at": _compare_at_above(variant, price)})
        for variant, price in zip(listing_input.variants, prices, strict=True)
    )
    return listing_input.model_copy(update={"variants": tuple(variants)}), ""


def _with_variant_fields(listing_input: ListingInput, values: dict[str, object]) -> ListingInput:
    return listing_input.model_copy(
        update={"variants": tuple(each.model_copy(update=values) for each in listing_input.variants)}
    )


def _compare_at_above(variant: VariantInput, price: int) -> int | None:
    """The former price if it is higher than the new one, otherwise None."""
    return variant.compare_at if variant.compare_at is not None and variant.compare_at > price else None
