"""Write the variants of listings that are saved."""

from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, cast, delete, func, insert, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import col

from platform_app.domain.catalog import models
from platform_app.domain.catalog.schemas import Listing, ListingInput, SaveResult, Variant
from platform_app.domain.shared.model_base import in_array, new_id
from platform_app.domain.stock.schemas import Quantity
from platform_app.infra.db import WriteSession

_VARIANT_COLUMNS = ("sku", "barcode", "weight", "measure", "base_measure", "price", "compare_at")


def write(
    session: WriteSession,
    *,
    shop_id: UUID,
    changed: Sequence[tuple[ListingInput, SaveResult]],
    stored: Mapping[str, Listing],
    renamed: Set[UUID],
    pictures: dict[str, UUID],
    now: datetime,
) -> list[Quantity]:
    """Write the variants that differ; one keeps its id while its choice stays. Return the quantities that changed.

    The `renamed` variants are stored with another choice than they have in `stored` (`with_choices`).
    """
    _clear_choices(session, shop_id=shop_id, variant_ids=sorted(renamed))
    rows: list[dict[str, Any]] = []
    quantities: list[Quantity] = []
    removed_ids: list[UUID] = []
    prices: list[dict[str, Any]] = []
    for listing_input, result in changed:
        variants = stored[result.key].variants if result.key in stored else ()
        positions = {variant.id: position for position, variant in enumerate(variants)}
        known = {variant.choice: variant for variant in variants}
        for position, variant in enumerate(listing_input.variants):
            before = known.pop(variant.choice, None)
            variant_id = before.id if before else new_id()
            row = variant.model_dump(include=set(_VARIANT_COLUMNS))
            row |= {"shop_id": shop_id, "id": variant_id, "listing_id": result.listing_id, "position": position}
            row |= {"choice": list(variant.choice), "picture_id": pictures.get(variant.picture or "")}
            is_same = before and before.id not in renamed and positions[before.id] == position
            if not (before and is_same and _has_values(before, row)):
                rows.append(row)
            if before is None or before.tracked_quantity != variant.quantity:
                quantities.append(Quantity(variant_id=variant_id, on_hand=variant.quantity))
            if before and before.price != variant.price:
                change = {"variant_id": variant_id, "before": before.price, "price": variant.price}
                prices.append(
                    {"shop_id": shop_id, "id": new_id(), "listing_id": result.listing_id, "at": now, **change}
                )
        removed_ids += [variant.id for variant in known.values()]
    if removed_ids:
        table = models.Variant
        session.execute(delete(table).where(col(table.shop_id) == shop_id, in_array(table.id, removed_ids)))
    if rows:
        command = upsert(models.Variant)
        updates = {name: command.excluded[name] for name in ("position", "choice", *_VARIANT_COLUMNS, "picture_id")}
        session.execute(command.on_conflict_do_update(index_elements=["shop_id", "id"], set_=updates), rows)
    if prices:
        session.execute(insert(models.PriceChange), prices)
    return quantities


def with_choices(listing: Listing, new_choices: Mapping[UUID, tuple[str, ...]]) -> Listing:
    """The listing with its variants' choices replaced."""
    variants = (
        variant.model_copy(update={"choice": new_choices.get(variant.id, variant.choice)})
        for variant in listing.variants
    )
    return listing.model_copy(update={"variants": tuple(variants)})


def _has_values(variant: Variant, row: Mapping[str, object]) -> bool:
    """Whether a stored variant has these values already."""
    return all(getattr(variant, name) == row[name] for name in (*_VARIANT_COLUMNS, "picture_id"))


def _clear_choices(session: WriteSession, *, shop_id: UUID, variant_ids: Sequence[UUID]) -> None:
    """Replace these variants' choices with placeholders, so that variants can swap choices without a conflict."""
    if variant_ids:
        table = models.Variant
        is_selected = (col(table.shop_id) == shop_id) & in_array(table.id, variant_ids)
        session.execute(update(table).where(is_selected).values(choice=func.array_append([""], cast(table.id, Text))))
