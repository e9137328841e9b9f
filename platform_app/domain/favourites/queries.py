"""Queries for a user's favourites and a listing's followers."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from pydantic import JsonValue, TypeAdapter
from sqlalchemy import literal, tuple_
from sqlmodel import col, func, select

from platform_app.domain.favourites import models
from platform_app.domain.favourites.models import FavouriteCount
from platform_app.domain.favourites.schemas import Favourite
from platform_app.domain.favourites.tags import favourites_tag, follower_count_tag
from platform_app.domain.search import queries as search
from platform_app.domain.shared import paging
from platform_app.domain.shared.model_base import in_array
from platform_app.domain.shared.money import Money
from platform_app.domain.shared.paging import Page
from platform_app.infra import cache
from platform_app.infra.db import ReadSession

_IDS: TypeAdapter[frozenset[UUID]] = TypeAdapter(frozenset[UUID])


@cache.cached(_IDS, tags=lambda user_id: (favourites_tag(user_id),), personal=True)
def favourite_ids(session: ReadSession, *, user_id: UUID) -> frozenset[UUID]:
    """The ids of the user's favourite listings."""
    return frozenset(session.exec(select(models.Favourite.listing_id).where(models.Favourite.user_id == user_id)))


@cache.cached(int, tags=lambda listing_id, **_: (follower_count_tag(listing_id),))
def follower_count(session: ReadSession, *, shop_id: UUID, listing_id: UUID) -> int:
    """The listing's number of followers as last counted."""
    row = session.get(FavouriteCount, (shop_id, listing_id))
    return row.followers if row else 0


def of_user(session: ReadSession, *, user_id: UUID, cursor: str | None = None, limit: int) -> Page[Favourite]:
    """One page of the user's favourites, newest first; InvalidCursor for another query's cursor."""
    table, scope = models.Favourite, f"favourites of {user_id}"
    position = tuple_(col(table.created_at), col(table.listing_id))
    statement = select(table).where(table.user_id == user_id)
    if cursor is not None:
        statement = statement.where(position < tuple_(*map(literal, _decode_position(scope, cursor))))
    newest = statement.order_by(col(table.created_at).desc(), col(table.listing_id).desc())
    rows = session.exec(newest.limit(limit + 1)).all()
    shown = rows[:limit]
    cards = search.cards(session, listings=[(row.shop_id, row.listing_id) for row in shown])
    last = shown[-1] if len(rows) > limit else None
    return Page[Favourite](
        items=tuple(
            Favourite(
                listing_id=row.listing_id,
                title=row.title,
                price_then=Money(amount=row.price_then, currency=row.currency),
                created_at=row.created_at,
                card=cards.get(row.listing_id),
            )
            for row in shown
        ),
        next_cursor=paging.encode(scope, last.created_at.isoformat(), str(last.listing_id)) if last else None,
    )


def follower_ids(session: ReadSession, *, shop_id: UUID, listing_ids: Sequence[UUID]) -> list[UUID]:
    """The users who have any of the shop's listings among `listing_ids` as a favourite."""
    follower = models.ListingFollower
    of_listings = (follower.shop_id == shop_id, in_array(follower.listing_id, listing_ids))
    return list(session.exec(select(follower.user_id).where(*of_listings).distinct().order_by(col(follower.user_id))))


def counts_by_listing(session: ReadSession, *, day: date) -> dict[tuple[UUID, UUID], int]:
    """The number of favourites added on this UTC day, by (shop id, listing id)."""
    table, begin = models.Favourite, datetime.combine(day, time(), UTC)
    rows = session.execute(
        select(table.shop_id, table.listing_id, func.count())
        .where(col(table.created_at) >= begin, col(table.created_at) < begin + timedelta(days=1))
        .group_by(col(table.shop_id), col(table.listing_id))
    )
    return {(shop_id, listing_id): count for shop_id, listing_id, count in rows}


def export_data(session: ReadSession, *, user_id: UUID) -> list[JsonValue]:
    """Everything stored about a user's favourites, for their own download."""
    rows = session.exec(select(models.Favourite).where(models.Favourite.user_id == user_id))
    return [row.model_dump(mode="json", exclude={"user_id"}) for row in rows]


def _decode_position(scope: str, cursor: str) -> tuple[datetime, UUID]:
    created_at, listing_id = paging.decode(scope, cursor, str, str)
    try:
        return datetime.fromisoformat(str(created_at)), UUID(str(listing_id))
    except ValueError:
        raise paging.InvalidCursor from None
