"""Queries for the shops that a user follows and a shop's followers."""

from uuid import UUID

from pydantic import JsonValue, TypeAdapter
from sqlmodel import col, func, select

from platform_app.domain.following.models import Follow
from platform_app.domain.following.schemas import FollowedShop
from platform_app.domain.following.tags import follower_count_tag, following_tag
from platform_app.domain.shops.models import Shop
from platform_app.infra import cache
from platform_app.infra.db import ReadSession

_IDS: TypeAdapter[frozenset[UUID]] = TypeAdapter(frozenset[UUID])


@cache.cached(_IDS, tags=lambda user_id: (following_tag(user_id),), personal=True)
def followed_shop_ids(session: ReadSession, *, user_id: UUID) -> frozenset[UUID]:
    """The ids of the shops that the user follows."""
    return frozenset(session.exec(select(Follow.shop_id).where(Follow.user_id == user_id)))


@cache.cached(int, tags=lambda shop_id: (follower_count_tag(shop_id),))
def follower_count(session: ReadSession, *, shop_id: UUID) -> int:
    """How many users follow the shop. Deleted accounts are counted until the cached answer expires."""
    return session.exec(select(func.count()).select_from(Follow).where(Follow.shop_id == shop_id)).one()


def of_user(session: ReadSession, *, user_id: UUID) -> tuple[FollowedShop, ...]:
    """The open shops that the user follows, the one followed last first."""
    rows = session.exec(
        select(Shop, Follow.created_at)
        .join(Follow, col(Follow.shop_id) == Shop.id)
        .where(Follow.user_id == user_id, col(Shop.closed_at).is_(None))
        .order_by(col(Follow.created_at).desc(), col(Shop.id).desc())
    )
    return tuple(
        FollowedShop(
            id=shop.id, slug=shop.slug, name=shop.name, tagline=shop.tagline, mark=shop.mark, followed_at=created_at
        )
        for shop, created_at in rows
    )


def export_data(session: ReadSession, *, user_id: UUID) -> list[JsonValue]:
    """The shops that a user follows, for their own download."""
    return [each.model_dump(mode="json", exclude={"mark"}) for each in of_user(session, user_id=user_id)]
