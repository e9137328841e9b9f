"""Quotas of a shop, counted in PostgreSQL before the work, so that no shop takes more of it than its share."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import case, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from platform_app.domain.shops import queries
from platform_app.domain.shops.errors import QuotaUsed
from platform_app.domain.shops.models import ShopQuota
from platform_app.domain.shops.rules.quotas import Resource, period_start
from platform_app.domain.shops.schemas import Allowance, Shop
from platform_app.infra.db import ReadSession, WriteSession
from platform_app.infra.settings import settings


def spend(session: WriteSession, *, shop_id: UUID, resource: Resource, amount: int, now: datetime) -> None:
    """Count an amount before its work is done; QuotaUsed, with nothing counted, if less than that is left.

    Work that is repeated, such as that of a killed job, is counted again.
    """
    began_at = period_start(resource, now)
    _ensure_row(session, shop_id=shop_id, resource=resource, began_at=began_at)
    before = case((col(ShopQuota.began_at) < began_at, 0), else_=col(ShopQuota.used))
    counted = session.execute(
        update(ShopQuota)
        .where(col(ShopQuota.shop_id) == shop_id, col(ShopQuota.resource) == resource)
        .where(before + amount <= func.coalesce(col(ShopQuota.allowed), _default(resource)))
        .values(used=before + amount, began_at=func.greatest(col(ShopQuota.began_at), began_at))
        .returning(col(ShopQuota.used))
    ).first()
    if counted is None:
        left = allowance(session, shop_id=shop_id, resource=resource, now=now)
        raise _refusal(left, f"This takes {resource.amount_text(amount)}.", now=now)


def require_some_left(session: ReadSession, *, shop_id: UUID, resource: Resource, now: datetime) -> None:
    """Raise QuotaUsed if nothing is left, so that no work begins in vain."""
    left = allowance(session, shop_id=shop_id, resource=resource, now=now)
    if not left.left:
        raise _refusal(left, "", now=now)


def allowance(session: ReadSession, *, shop_id: UUID, resource: Resource, now: datetime) -> Allowance:
    """What the shop may use in this period and what it has used."""
    began_at = period_start(resource, now)
    row = session.exec(
        select(ShopQuota.began_at, ShopQuota.used, ShopQuota.allowed).where(
            ShopQuota.shop_id == shop_id, ShopQuota.resource == resource
        )
    ).first()
    used, allowed = (row[1] if row[0] >= began_at else 0, row[2]) if row else (0, None)
    limit = _default(resource) if allowed is None else allowed
    return Allowance(resource=resource, used=used, allowed=limit, ends_at=began_at + resource.period)


def set_allowed(session: WriteSession, *, slug: str, resource: Resource, allowed: int | None, now: datetime) -> Shop:
    """Give a shop a limit of its own, or the setting's again; ShopNotFound."""
    shop = queries.by_slug(session, slug=slug)
    _ensure_row(session, shop_id=shop.id, resource=resource, began_at=period_start(resource, now))
    session.execute(
        update(ShopQuota)
        .where(col(ShopQuota.shop_id) == shop.id, col(ShopQuota.resource) == resource)
        .values(allowed=allowed)
    )
    return shop


def _ensure_row(session: WriteSession, *, shop_id: UUID, resource: Resource, began_at: datetime) -> None:
    row = {"shop_id": shop_id, "resource": resource, "began_at": began_at, "used": 0}
    session.execute(insert(ShopQuota).values(row).on_conflict_do_nothing(index_elements=["shop_id", "resource"]))


def _default(resource: Resource) -> int:
    given = settings()
    return given.shop_pixels_per_hour if resource is Resource.PIXELS else given.shop_import_rows_per_day


def _refusal(left: Allowance, lead: str, *, now: datetime) -> QuotaUsed:
    wait = max(1, int((left.ends_at - now).total_seconds()) + 1)
    return QuotaUsed(f"{lead} {left.left_text}".strip(), retry_after=wait)
