"""Changing many listings at once: each becomes what its own draft says, in one transaction."""

from datetime import datetime
from uuid import UUID

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog import service as listings
from platform_app.domain.catalog.rules import MAX_PRICE, Status
from platform_app.domain.catalog.schemas import Listing, ListingDraft, VariantDraft
from platform_app.domain.editing import rules
from platform_app.domain.editing.errors import InvalidEdit
from platform_app.domain.editing.rules import Action
from platform_app.domain.editing.schemas import Bulk, BulkDone, Refused
from platform_app.domain.editing.service import hold_stock
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops import service as shop_service
from platform_app.domain.shops.rules import Permission
from platform_app.domain.stock.rules import Reason
from platform_app.infra.db import WriteSession, poke

_STATUS = {Action.PUBLISH: Status.PUBLISHED, Action.UNPUBLISH: Status.DRAFT, Action.ARCHIVE: Status.ARCHIVED}


def change(session: WriteSession, *, user_id: UUID, shop: str, asked: Bulk, now: datetime) -> BulkDone:
    """Do one thing to many of the shop's listings; one that it cannot be done to is named, and costs no other."""
    needs = Permission.STOCK if asked.action is Action.STOCK else Permission.LISTINGS
    seller = shops.require(session, user_id=user_id, shop=shop, permission=needs)
    if asked.action is Action.PRICE and asked.percent is None:
        raise InvalidEdit(fields={"percent": "Enter by how many per cent."})
    ids = sorted(set(asked.listing_ids))
    shop_service.lock(session, shop_id=seller.shop_id)
    hold_stock(session, seller=seller, listing_ids=ids)
    found = {each.id: each for each in catalog.listings(session, ids=ids) if each.shop_id == seller.shop_id}
    refused = [
        Refused(listing_id=one, title="", reason="Open it and save it first: it is not a listing yet.")
        for one in ids
        if one not in found
    ]
    drafts: list[ListingDraft] = []
    for listing in found.values():
        draft, reason = _changed(listing, asked)
        drafts += [] if reason else [draft]
        refused += [Refused(listing_id=listing.id, title=listing.title, reason=reason)] if reason else []
    saved = listings.save_many(
        session, shop=shops.by_id(session, shop_id=seller.shop_id), drafts=drafts, reason=Reason.EDIT, now=now
    )
    changed = [done.listing_id for done in saved if done.changed]
    poke(session, f"shop-edits:{seller.shop_id}", *(f"edit:{one}" for one in changed))
    return BulkDone(changed=len(changed), refused=tuple(refused))


def _changed(listing: Listing, asked: Bulk) -> tuple[ListingDraft, str]:
    """The listing's draft after it, or why it cannot be done."""
    draft = catalog.as_draft(listing)
    if asked.action in _STATUS:
        return draft.model_copy(update={"status": _STATUS[asked.action]}), ""
    if asked.action is Action.STOCK:
        return _each(draft, {"quantity": asked.quantity}), ""
    assert asked.percent is not None
    factor = asked.percent
    prices = [rules.changed_by(variant.price, factor) for variant in draft.variants]
    if max(prices) > MAX_PRICE:
        return draft, "Its price would be too high."
    variants = (
        variant.model_copy(update={"price": price, "compare_at": _above(variant, price)})
        for variant, price in zip(draft.variants, prices, strict=True)
    )
    return draft.model_copy(update={"variants": tuple(variants)}), ""


def _each(draft: ListingDraft, said: dict[str, object]) -> ListingDraft:
    return draft.model_copy(update={"variants": tuple(each.model_copy(update=said) for each in draft.variants)})


def _above(variant: VariantDraft, price: int) -> int | None:
    """The former price, as long as it is higher than the new one."""
    return variant.compare_at if variant.compare_at is not None and variant.compare_at > price else None
