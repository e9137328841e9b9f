"""Reading shops."""

from uuid import UUID

from sqlmodel import col, select

from platform_app.domain.shops import models, rules
from platform_app.domain.shops.errors import ShopNotFound
from platform_app.domain.shops.schemas import Shop
from platform_app.infra import cache
from platform_app.infra.db import ReadSession


@cache.shared(Shop, tags=lambda slug: (f"shop:{slug}",))
def at(session: ReadSession, *, slug: str) -> Shop:
    """The shop at this address; ShopNotFound."""
    found = find(session, slug=slug)
    if found is None:
        raise ShopNotFound
    return found


@cache.shared(tuple[Shop, ...], tags=lambda: ("shops",))
def newest(session: ReadSession) -> tuple[Shop, ...]:
    """The dozen shops that opened last."""
    rows = session.exec(select(models.Shop).order_by(col(models.Shop.created_at).desc()).limit(12))
    return tuple(Shop.model_validate(row) for row in rows)


@cache.shared(tuple[str, ...], tags=lambda: ("shops",))
def slugs(session: ReadSession) -> tuple[str, ...]:
    """The addresses of all shops, newest first, as many as a sitemap may hold."""
    return tuple(session.exec(select(models.Shop.slug).order_by(col(models.Shop.created_at).desc()).limit(40_000)))


def find(session: ReadSession, *, slug: str) -> Shop | None:
    """The shop at this address, if there is one."""
    row = session.exec(select(models.Shop).where(models.Shop.slug == slug)).first() if rules.is_slug(slug) else None
    return Shop.model_validate(row) if row else None


def by_id(session: ReadSession, *, shop_id: UUID) -> Shop:
    """The shop with this id; ShopNotFound."""
    row = session.get(models.Shop, shop_id)
    if row is None:
        raise ShopNotFound
    return Shop.model_validate(row)


def any_exist(session: ReadSession) -> bool:
    """Whether the marketplace has a shop at all."""
    return session.exec(select(models.Shop.id).limit(1)).first() is not None
