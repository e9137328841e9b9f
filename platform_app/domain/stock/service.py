"""Set and lock stock."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import col, select

from platform_app.domain.shared.model_base import in_array, new_id
from platform_app.domain.stock.models import Stock, StockMovement
from platform_app.domain.stock.rules import Reason
from platform_app.domain.stock.schemas import Quantity
from platform_app.infra.db import ReadSession, WriteSession


def set_on_hand(
    session: WriteSession, *, shop_id: UUID, quantities: Sequence[Quantity], reason: Reason, now: datetime
) -> None:
    """Set the stock on hand of variants and log the differences; locks rows in id order."""
    on_hand_by_variant = {quantity.variant_id: quantity.on_hand for quantity in quantities}
    if not on_hand_by_variant:
        return
    locked_rows = session.exec(
        select(Stock)
        .where(Stock.shop_id == shop_id, in_array(Stock.variant_id, on_hand_by_variant))
        .order_by(col(Stock.variant_id))
        .with_for_update()
    )
    before = {stock.variant_id: stock.on_hand if stock.tracked else 0 for stock in locked_rows}
    rows = [
        {
            "shop_id": shop_id,
            "variant_id": variant_id,
            "tracked": on_hand is not None,
            "on_hand": on_hand or 0,
            "reserved": 0,
            "sold": 0,
        }
        for variant_id, on_hand in sorted(on_hand_by_variant.items())
    ]
    command = upsert(Stock)
    changed = {"tracked": command.excluded.tracked, "on_hand": command.excluded.on_hand}
    session.execute(command.on_conflict_do_update(index_elements=["shop_id", "variant_id"], set_=changed), rows)
    movements = [
        {
            "shop_id": shop_id,
            "id": new_id(),
            "variant_id": variant_id,
            "change": (on_hand or 0) - before.get(variant_id, 0),
            "on_hand": on_hand or 0,
            "reason": reason,
            "at": now,
        }
        for variant_id, on_hand in sorted(on_hand_by_variant.items())
        if (on_hand or 0) != before.get(variant_id, 0)
    ]
    if movements:
        session.execute(insert(StockMovement), movements)


def lock(session: WriteSession, *, shop_id: UUID, variant_ids: Sequence[UUID]) -> None:
    """Lock the stock of these variants until the transaction ends, in id order."""
    statement = select(Stock.variant_id).where(Stock.shop_id == shop_id, in_array(Stock.variant_id, variant_ids))
    session.exec(statement.order_by(col(Stock.variant_id)).with_for_update()).all()


def sold_variant_ids(session: ReadSession, *, shop_id: UUID, variant_ids: Sequence[UUID]) -> set[UUID]:
    """The variants among `variant_ids` with sold or reserved stock."""
    is_sold = (col(Stock.sold) > 0) | (col(Stock.reserved) > 0)
    statement = select(Stock.variant_id).where(
        Stock.shop_id == shop_id, in_array(Stock.variant_id, variant_ids), is_sold
    )
    return set(session.exec(statement))
