"""Close a shop, reopen it within thirty days, and find those whose time is over."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from platform_app.domain.accounts import queries as accounts
from platform_app.domain.shops import models, queries, service
from platform_app.domain.shops.errors import InvalidShop, OwnersOnly, ShopNotFound
from platform_app.domain.shops.events import ShopClosed, ShopSettingsChanged
from platform_app.domain.shops.models import FormerShop, ShopMember
from platform_app.domain.shops.rules import REOPENING_PERIOD, MemberRole
from platform_app.domain.shops.schemas import ClosedShop, Shop
from platform_app.domain.shops.service import ownership
from platform_app.domain.shops.tags import SHOPS, shop_tag
from platform_app.infra import outbox
from platform_app.infra.db import WriteSession, invalidate


def close(
    session: WriteSession, *, user_id: UUID, shop: str, name: str, password: str, code: str, now: datetime
) -> ClosedShop:
    """Close a shop for everyone, in one moment; an owner can reopen it until its REOPENING_PERIOD is over.

    Needs the shop's name, the owner's password, and a two-factor code if that is on. All owners are told by mail.
    """
    own = ownership.lock_as_owner(session, user_id=user_id, shop=shop, password=password, code=code, now=now)
    row = session.get_one(models.Shop, own.shop_id, populate_existing=True)
    if " ".join(name.split()).casefold() != " ".join(row.name.split()).casefold():
        raise InvalidShop(fields={"name": f"Type the shop's name as it is written here: {row.name}"})
    _set_closed(session, row, closed_at=now)
    reopen_until = now + REOPENING_PERIOD
    outbox.publish(session, ShopClosed(shop_id=row.id, reopen_until=reopen_until))
    return ClosedShop(slug=row.slug, name=row.name, reopen_until=reopen_until)


def reopen(session: WriteSession, *, user_id: UUID, shop: str, now: datetime) -> Shop:
    """Open a closed shop again, with everything that it had; does nothing if it is open.

    ShopNotFound if the user is no member of it or its time is over, OwnersOnly for other members.
    """
    shop_id = queries.shop_id(session, slug=shop)
    member = session.get(ShopMember, (shop_id, user_id)) if shop_id else None
    if member is None:
        raise ShopNotFound
    if member.role is not MemberRole.OWNER:
        raise OwnersOnly
    service.lock(session, shop_id=member.shop_id)
    row = session.get_one(models.Shop, member.shop_id, populate_existing=True)
    if row.closed_at is not None:
        if row.closed_at + REOPENING_PERIOD <= now:
            raise ShopNotFound
        _set_closed(session, row, closed_at=None)
    return Shop.model_validate(row)


def overdue(session: WriteSession, *, now: datetime) -> tuple[UUID, ...]:
    """The closed shops that nobody can reopen any more."""
    closed_at = col(models.Shop.closed_at)
    return tuple(session.exec(select(models.Shop.id).where(closed_at <= now - REOPENING_PERIOD).order_by(closed_at)))


def delete_overdue(session: WriteSession, *, shop: Shop, now: datetime) -> None:
    """Delete a closed shop and what is left of it; its slug stays gone."""
    session.execute(insert(FormerShop).values(slug=shop.slug, deleted_at=now).on_conflict_do_nothing())
    service.delete_shop(session, shop=shop)


def owner_emails(session: WriteSession, *, shop_id: UUID) -> tuple[str, ...]:
    """The addresses of the shop's owners."""
    owners = select(ShopMember.user_id).where(ShopMember.shop_id == shop_id, ShopMember.role == MemberRole.OWNER)
    return tuple(accounts.user(session, user_id=owner_id).email for owner_id in session.exec(owners))


def _set_closed(session: WriteSession, row: models.Shop, *, closed_at: datetime | None) -> None:
    row.closed_at = closed_at
    session.add(row)
    session.flush()
    invalidate(session, SHOPS, shop_tag(row.slug))
    service.invalidate_members(session, shop_id=row.id)
    outbox.publish(session, ShopSettingsChanged(shop_id=row.id, fields=("closed_at",)))
