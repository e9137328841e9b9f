"""Queries for what a user waits for."""

from uuid import UUID

from pydantic import JsonValue, TypeAdapter
from sqlmodel import col, select

from platform_app.domain.search import queries as search
from platform_app.domain.stock_alerts import models
from platform_app.domain.stock_alerts.schemas import StockAlert
from platform_app.domain.stock_alerts.tags import stock_alerts_tag
from platform_app.infra import cache
from platform_app.infra.db import ReadSession

_IDS: TypeAdapter[frozenset[UUID]] = TypeAdapter(frozenset[UUID])


@cache.cached(_IDS, tags=lambda user_id: (stock_alerts_tag(user_id),), personal=True)
def variant_ids(session: ReadSession, *, user_id: UUID) -> frozenset[UUID]:
    """The variants that the user waits for."""
    return frozenset(session.exec(select(models.StockAlert.variant_id).where(models.StockAlert.user_id == user_id)))


def of_user(session: ReadSession, *, user_id: UUID) -> tuple[StockAlert, ...]:
    """All that the user waits for, newest first."""
    table = models.StockAlert
    statement = select(table).where(table.user_id == user_id)
    rows = session.exec(statement.order_by(col(table.created_at).desc(), col(table.variant_id).desc())).all()
    cards = search.cards(session, listings=sorted({(row.shop_id, row.listing_id) for row in rows}))
    return tuple(
        StockAlert(
            **row.model_dump(include={"variant_id", "listing_id", "title", "choice", "created_at"}),
            card=cards.get(row.listing_id),
        )
        for row in rows
    )


def export_data(session: ReadSession, *, user_id: UUID) -> list[JsonValue]:
    """What a user waits for, for their own download."""
    return [each.model_dump(mode="json", exclude={"card"}) for each in of_user(session, user_id=user_id)]
