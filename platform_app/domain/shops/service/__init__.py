"""Opening shops."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from platform_app.domain.shared.tables import new_id
from platform_app.domain.shops import models, queries, rules
from platform_app.domain.shops.errors import ShopNotFound
from platform_app.domain.shops.models import ShopMember
from platform_app.domain.shops.rules import Language, texts
from platform_app.domain.shops.schemas import Shop, ShopProfile
from platform_app.infra.db import WriteSession, poke


def open_or_find(
    session: WriteSession,
    *,
    slug: str,
    now: datetime,
    currency: str = "USD",
    language: Language = Language.ENGLISH,
) -> Shop:
    """The shop at this address, opened with a plain profile when there is none yet."""
    profile = ShopProfile(slug=slug, name=rules.name_from(slug), currency=currency, language=language)
    return open_with(session, profile=profile, now=now)


def open_with(session: WriteSession, *, profile: ShopProfile, now: datetime) -> Shop:
    """Open a shop; one that exists is left as it is."""
    rules.require_slug(profile.slug)
    texts.currency(profile.currency)
    opened = session.execute(
        insert(models.Shop)
        .values(id=new_id(), created_at=now, **profile.model_dump())
        .on_conflict_do_nothing(index_elements=["slug"])
        .returning(col(models.Shop.id))
    ).scalar()
    if opened is not None:
        poke(session, "shops", f"shop:{profile.slug}")
    return queries.at(session, slug=profile.slug)


def close(session: WriteSession, *, shop: Shop) -> None:
    """Remove a shop with everything that is its own."""
    poke_members(session, shop_id=shop.id)
    session.execute(delete(models.Shop).where(col(models.Shop.id) == shop.id))
    poke(session, "shops", f"shop:{shop.slug}")


def poke_members(session: WriteSession, *, shop_id: UUID) -> None:
    """Tell everybody who runs the shop that it, or who runs it, has changed."""
    running = session.exec(select(ShopMember.user_id).where(ShopMember.shop_id == shop_id))
    poke(session, f"shop-members:{shop_id}", *(f"user:{user_id}" for user_id in running))


def lock(session: WriteSession, *, shop_id: UUID) -> None:
    """Let one command at a time change this shop's listings, or who runs it, until the transaction ends; ShopNotFound."""
    found = session.exec(select(models.Shop.id).where(models.Shop.id == shop_id).with_for_update(key_share=True))
    if found.first() is None:
        raise ShopNotFound
