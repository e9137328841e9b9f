"""Lock rows of many shops."""

from collections import defaultdict
from typing import Protocol, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import col, select

from platform_app.domain.shared.model_base import in_array
from platform_app.infra.db import WriteSession


class _OwnedByShop(Protocol):
    shop_id: UUID
    id: UUID


Row = TypeVar("Row", bound=_OwnedByShop)


def lock_of_all_shops(
    session: WriteSession, table: type[Row], *conditions: ColumnElement[bool], limit: int
) -> list[Row]:
    """Up to `limit` rows of any shop that meet the conditions, locked until the transaction ends.

    Rows that others have locked are left out. The rows are found first and locked shop by shop, in id order: a cluster
    locks rows of one shop at a time only.
    """
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for shop_id, row_id in session.exec(select(table.shop_id, table.id).where(*conditions).limit(limit)).all():
        found[shop_id].append(row_id)
    locked: list[Row] = []
    for shop_id, ids in sorted(found.items()):
        own = select(table).where(table.shop_id == shop_id, in_array(table.id, ids), *conditions)
        held = own.order_by(col(table.id)).with_for_update(skip_locked=True)
        locked += session.exec(held.execution_options(populate_existing=True)).all()
    return locked
