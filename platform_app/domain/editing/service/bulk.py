"""Change many listings at once, in one transaction, and undo it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import col, select

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog import service as listings
from platform_app.domain.catalog.rules import MAX_PRICE, Status
from platform_app.domain.catalog.schemas import Listing, ListingInput, SaveResult, VariantInput
from platform_app.domain.editing import queries, rules
from platform_app.domain.editing.errors import AlreadyUndone, BulkChangeNotFound, InvalidEdit
from platform_app.domain.editing.models import BulkChange
from platform_app.domain.editing.rules import BulkAction
from platform_app.domain.editing.schemas import (
    BulkFailure,
    BulkPreview,
    BulkPreviewRow,
    BulkRequest,
    BulkResult,
)
from platform_app.domain.editing.schemas.undo import ListingBefore
from platform_app.domain.editing.service import lock_stock, removal, web_address
from platform_app.domain.editing.tags import edit_tag, shop_edits_tag
from platform_app.domain.shared.money import format_money
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops import service as shop_service
from platform_app.domain.shops.schemas import Membership
from platform_app.domain.stock.rules import Reason
from platform_app.infra.db import ReadSession, WriteSession, invalidate

_STATUS = {
    BulkAction.PUBLISH: Status.PUBLISHED,
    BulkAction.UNPUBLISH: Status.DRAFT,
    BulkAction.ARCHIVE: Status.ARCHIVED,
}


@dataclass(frozen=True)
class _Plan:
    """The listings as they are, the inputs that the action makes of them, and the listings that it cannot change."""

    stored: tuple[Listing, ...]
    inputs: tuple[ListingInput, ...]
    failures: tuple[BulkFailure, ...]

    @property
    def by_key(self) -> dict[str, Listing]:
        """The listings by their keys."""
        return {each.key: each for each in self.stored}


def preview(session: ReadSession, *, user_id: UUID, shop: str, request: BulkRequest) -> BulkPreview:
    """What `apply` would change now; changes nothing."""
    membership = _require_membership(session, user_id, shop, request)
    if request.action is BulkAction.DELETE:
        return removal.preview_deletion(session, membership=membership, listing_ids=request.listing_ids)
    found = _plan(session, membership, request)
    pairs = zip(found.inputs, listings.plan(found.by_key, found.inputs), strict=True)
    changed = [(listing_input, result) for listing_input, result in pairs if result.changed]
    by_key = found.by_key
    rows = (
        BulkPreviewRow(
            listing_id=result.listing_id,
            title=listing_input.title,
            currency=by_key[result.key].currency,
            before=_values(catalog.to_input(by_key[result.key]), request.action),
            after=_values(listing_input, request.action),
        )
        for listing_input, result in (changed if request.action.can_be_undone else ())
    )
    return BulkPreview(changed=len(changed), rows=tuple(rows), refused=found.failures)


def apply(session: WriteSession, *, user_id: UUID, shop: str, request: BulkRequest, now: datetime) -> BulkResult:
    """Apply a bulk action to the shop's listings; failures are reported per listing and do not stop the others.

    Prices and stock can be undone for UNDO_PERIOD; until then, followers do not hear of lower prices. Only listings that
    are not for sale are deleted, and that cannot be undone.
    """
    membership = _require_membership(session, user_id, shop, request)
    if request.action is BulkAction.DELETE:
        return removal.delete_many(session, membership=membership, listing_ids=request.listing_ids, now=now)
    shop_service.lock(session, shop_id=membership.shop_id)
    lock_stock(session, membership=membership, listing_ids=sorted(set(request.listing_ids)))
    found = _plan(session, membership, request)
    saved = listings.save_many(
        session,
        shop=shops.by_id(session, shop_id=membership.shop_id),
        inputs=found.inputs,
        reason=Reason.EDIT,
        now=now,
        stored=found.by_key,
        drops_after=rules.UNDO_PERIOD,
    )
    changed = [(listing_input, each) for listing_input, each in zip(found.inputs, saved, strict=True) if each.changed]
    _invalidate(session, membership, [result.listing_id for _, result in changed])
    result = BulkResult(changed=len(changed), refused=found.failures)
    if not changed or not request.action.can_be_undone:
        return result
    row = _record(session, membership, request, changed, now=now)
    return result.model_copy(update={"undo": queries.to_undo(row)})


def undo(session: WriteSession, *, user_id: UUID, shop: str, change_id: UUID, now: datetime) -> BulkResult:
    """Give the listings of a bulk change their former prices or stock.

    A listing that was changed since stays as it is, and is reported. BulkChangeNotFound, also after UNDO_PERIOD.
    """
    membership = shops.require_membership(session, user_id=user_id, shop=shop, permission=rules.VIEW_PERMISSIONS)
    shop_service.lock(session, shop_id=membership.shop_id)
    row = session.exec(
        select(BulkChange)
        .where(BulkChange.shop_id == membership.shop_id, BulkChange.id == change_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None or now >= row.undo_until:
        raise BulkChangeNotFound
    action = BulkAction(row.action)
    shops.require_membership(session, user_id=user_id, shop=shop, permission=action.permission)
    if row.undone_at is not None:
        raise AlreadyUndone
    row.undone_at = now
    session.add(row)
    lock_stock(session, membership=membership, listing_ids=row.listing_ids)
    found = _plan_undo(session, membership, action, [ListingBefore.model_validate(each) for each in row.before])
    saved = listings.save_many(
        session,
        shop=shops.by_id(session, shop_id=membership.shop_id),
        inputs=found.inputs,
        reason=Reason.UNDO,
        now=now,
        stored=found.by_key,
    )
    changed = [each.listing_id for each in saved if each.changed]
    _invalidate(session, membership, changed)
    return BulkResult(changed=len(changed), refused=found.failures)


def sweep_undo(session: WriteSession, *, now: datetime) -> None:
    """Forget the bulk changes that can no longer be undone."""
    session.execute(delete(BulkChange).where(col(BulkChange.undo_until) <= now))


def _require_membership(session: ReadSession, user_id: UUID, shop: str, request: BulkRequest) -> Membership:
    """The user's membership with the action's permission; InvalidEdit if the request lacks the action's value."""
    permission = request.action.permission
    membership = shops.require_membership(session, user_id=user_id, shop=shop, permission=permission)
    if request.action is BulkAction.PRICE and request.percent is None:
        raise InvalidEdit(fields={"percent": "Enter a percentage."})
    if request.action is BulkAction.STOCK and request.quantity is None:
        raise InvalidEdit(fields={"quantity": "Enter a quantity."})
    return membership


def _plan(session: ReadSession, membership: Membership, request: BulkRequest) -> _Plan:
    ids = sorted(set(request.listing_ids))
    stored = catalog.shop_listings(session, shop_id=membership.shop_id, ids=ids)
    known = {each.id for each in stored}
    failures = [
        BulkFailure(listing_id=listing_id, title="", reason="Not saved yet. Open this listing and save it first.")
        for listing_id in ids
        if listing_id not in known
    ]
    inputs: list[ListingInput] = []
    for listing in stored:
        listing_input, reason = _apply_to(listing, request)
        inputs += [] if reason else [listing_input]
        failures += [BulkFailure(listing_id=listing.id, title=listing.title, reason=reason)] if reason else []
    return _Plan(tuple(stored), tuple(inputs), tuple(failures))


def _plan_undo(
    session: ReadSession, membership: Membership, action: BulkAction, before: Sequence[ListingBefore]
) -> _Plan:
    ids = [each.listing_id for each in before]
    stored = {each.id: each for each in catalog.shop_listings(session, shop_id=membership.shop_id, ids=ids)}
    inputs: list[ListingInput] = []
    failures: list[BulkFailure] = []
    for each in before:
        listing = stored.get(each.listing_id)
        if listing is None or listing.version != each.version:
            reason = "Changed since, so it was left as it is." if listing else "Deleted since."
            title = listing.title if listing else ""
            failures.append(BulkFailure(listing_id=each.listing_id, title=title, reason=reason))
            continue
        current = catalog.to_input(listing)
        inputs.append(each.with_prices(current) if action is BulkAction.PRICE else each.with_stock(current))
    return _Plan(tuple(stored.values()), tuple(inputs), tuple(failures))


def _record(
    session: WriteSession,
    membership: Membership,
    request: BulkRequest,
    changed: Sequence[tuple[ListingInput, SaveResult]],
    *,
    now: datetime,
) -> BulkChange:
    before = [
        ListingBefore.of(result.before, listing_input, listing_id=result.listing_id, version=result.version)
        for listing_input, result in changed
        if result.before
    ]
    row = BulkChange(
        shop_id=membership.shop_id,
        action=request.action.value,
        listing_ids=[each.listing_id for each in before],
        before=[each.model_dump(mode="json") for each in before],
        lowers_prices=request.action is BulkAction.PRICE and (request.percent or 0) < 0,
        at=now,
        undo_until=now + rules.UNDO_PERIOD,
    )
    session.add(row)
    session.flush()
    return row


def _invalidate(session: WriteSession, membership: Membership, changed: Sequence[UUID]) -> None:
    invalidate(session, shop_edits_tag(membership.shop_id), *(edit_tag(listing_id) for listing_id in changed))


def _apply_to(listing: Listing, request: BulkRequest) -> tuple[ListingInput, str]:
    """The listing's input after the action, and the reason if it cannot be done (empty otherwise)."""
    listing_input = catalog.to_input(listing)
    if request.action is BulkAction.PUBLISH and listing.is_slug_open:
        return listing_input, web_address.BULK_REASON
    if request.action in _STATUS:
        return listing_input.model_copy(update={"status": _STATUS[request.action]}), ""
    if request.action in (BulkAction.STOCK, BulkAction.UNLIMITED):
        quantity = request.quantity if request.action is BulkAction.STOCK else None
        return _with_variant_fields(listing_input, {"quantity": quantity}), ""
    assert request.percent is not None
    percent = request.percent
    prices = [rules.apply_percent(variant.price, percent) for variant in listing_input.variants]
    if max(prices) > MAX_PRICE:
        return listing_input, f"The price would be above {format_money(MAX_PRICE, listing.currency)}."
    variants = (
        variant.model_copy(update={"price": price, "compare_at": _compare_at_above(variant, price)})
        for variant, price in zip(listing_input.variants, prices, strict=True)
    )
    return listing_input.model_copy(update={"variants": tuple(variants)}), ""


def _values(listing_input: ListingInput, action: BulkAction) -> tuple[int | None, ...]:
    """The prices of a listing, or its stock: each value once, the lowest first and no limit last."""
    if action is BulkAction.PRICE:
        return tuple(sorted({each.price for each in listing_input.variants}))
    found = {each.quantity for each in listing_input.variants}
    return (*sorted(each for each in found if each is not None), *([None] if None in found else []))


def _with_variant_fields(listing_input: ListingInput, values: dict[str, object]) -> ListingInput:
    return listing_input.model_copy(
        update={"variants": tuple(each.model_copy(update=values) for each in listing_input.variants)}
    )


def _compare_at_above(variant: VariantInput, price: int) -> int | None:
    """The former price if it is higher than the new one, otherwise None."""
    return variant.compare_at if variant.compare_at is not None and variant.compare_at > price else None
