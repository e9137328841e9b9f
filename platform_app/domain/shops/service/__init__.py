"""Create, delete and lock shops."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from platform_app.domain.accounts.tags import user_tag
from platform_app.domain.shared.model_base import new_id
from platform_app.domain.shops import models, queries, rules
from platform_app.domain.shops.errors import ShopNotFound
from platform_app.domain.shops.events import ShopChangedByOperator
from platform_app.domain.shops.models import ShopMember, UserShop
from platform_app.domain.shops.rules import Language, profile_fields
from platform_app.domain.shops.schemas import Shop, ShopProfile
from platform_app.domain.shops.tags import SHOPS, shop_members_tag, shop_tag
from platform_app.infra import outbox, owner_locks
from platform_app.infra.db import WriteSession, invalidate

_MEMBERSHIPS, _COPIES = "SELECT user_id, shop_id FROM shop_member", "SELECT user_id, shop_id FROM user_shop"
_MISSING_COPIES = text(f"{_MEMBERSHIPS} EXCEPT {_COPIES} ORDER BY user_id, shop_id")
_EXTRA_COPIES = text(f"{_COPIES} EXCEPT {_MEMBERSHIPS} ORDER BY user_id, shop_id")


def get_or_create(
    session: WriteSession,
    *,
    slug: str,
    now: datetime,
    currency: str = "USD",
    language: Language = Language.ENGLISH,
) -> Shop:
    """The shop with this slug; creates it with a default profile if it does not exist."""
    profile = ShopProfile(slug=slug, name=rules.name_from_slug(slug), currency=currency, language=language)
    return create_if_missing(session, profile=profile, now=now)


def create_if_missing(session: WriteSession, *, profile: ShopProfile, now: datetime) -> Shop:
    """Create a shop; an existing one is returned unchanged."""
    rules.require_slug(profile.slug)
    profile_fields.currency(profile.currency)
    opened = session.execute(
        insert(models.Shop)
        .values(id=new_id(), created_at=now, **profile.model_dump())
        .on_conflict_do_nothing(index_elements=["slug"])
        .returning(col(models.Shop.id))
    ).scalar()
    if opened is not None:
        invalidate(session, SHOPS, shop_tag(profile.slug))
    return queries.by_slug(session, slug=profile.slug)


def delete_shop(session: WriteSession, *, shop: Shop) -> None:
    """Delete a shop and everything it owns; the caller holds the shop's lock."""
    invalidate_members(session, shop_id=shop.id)
    session.execute(delete(models.Shop).where(col(models.Shop.id) == shop.id))
    queries.KNOWN_IDS.forget([shop_tag(shop.slug)])
    invalidate(session, SHOPS, shop_tag(shop.slug))


def invalidate_members(session: WriteSession, *, shop_id: UUID) -> None:
    """Invalidate the shop's members, after a change of the shop or its members."""
    member_ids = session.exec(select(ShopMember.user_id).where(ShopMember.shop_id == shop_id))
    invalidate(session, shop_members_tag(shop_id), *(user_tag(user_id) for user_id in member_ids))


def publish_operator_change(
    session: WriteSession, *, shop_id: UUID, action: str, by: str, user_id: UUID | None = None
) -> None:
    """Say what an operator has done to a shop, for the log of security events."""
    outbox.publish(session, ShopChangedByOperator(shop_id=shop_id, user_id=user_id, action=action, by=by))


def copy_membership(session: WriteSession, *, shop_id: UUID, user_id: UUID) -> None:
    """Copy a membership to the user's own rows."""
    session.execute(insert(UserShop).values(shop_id=shop_id, user_id=user_id).on_conflict_do_nothing())


def repair_copies(session: WriteSession) -> int:
    """Make the memberships by user equal to those by shop; return how many differed.

    They differ if a release that does not know the copy has changed a membership.
    """
    missing = session.execute(_MISSING_COPIES).all()
    for user_id, shop_id in missing:
        copy_membership(session, shop_id=shop_id, user_id=user_id)
        invalidate(session, user_tag(user_id))
    extra = session.execute(_EXTRA_COPIES).all()
    for user_id, shop_id in extra:
        own = (col(UserShop.user_id) == user_id) & (col(UserShop.shop_id) == shop_id)
        session.execute(delete(UserShop).where(own))
        invalidate(session, user_tag(user_id))
    return len(missing) + len(extra)


def lock(session: WriteSession, *, shop_id: UUID) -> models.Shop:
    """The shop, locked until the transaction ends to serialise changes of it, its listings and members; ShopNotFound."""
    shop = owner_locks.lock(session, models.Shop, shop_id)
    if shop is None:
        raise ShopNotFound
    return shop
