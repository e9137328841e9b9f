"""Inviting staff. Whoever has proven the invited address to be theirs finds the invitation where shops are run."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, func, select

from platform_app.domain.accounts.models import User
from platform_app.domain.accounts.rules import texts
from platform_app.domain.accounts.service.holding import hold
from platform_app.domain.notifications import service as notifications
from platform_app.domain.notifications.rules import Kind
from platform_app.domain.notifications.schemas import News
from platform_app.domain.shared.errors import Invalid
from platform_app.domain.shared.tables import new_id
from platform_app.domain.shops import queries, service
from platform_app.domain.shops.errors import AlreadyMember, InvalidShop, InvitationNotFound, TooManyMembers
from platform_app.domain.shops.models import ShopInvitation, ShopMember
from platform_app.domain.shops.rules import INVITATION_LASTS, MAX_MEMBERS, MemberRole, Permission
from platform_app.domain.shops.schemas import Invitation, Membership
from platform_app.domain.shops.service.members import require_having
from platform_app.infra import outbox
from platform_app.infra.db import WriteSession, poke


def invite(
    session: WriteSession, *, user_id: UUID, shop: str, email: str, permissions: Collection[Permission], now: datetime
) -> Invitation:
    """Invite somebody to run a shop too; inviting again is a new invitation in the place of the old one.

    The answer is the same whether or not there is an account with this address.
    """
    mine = queries.require(session, user_id=user_id, shop=shop, permission=Permission.STAFF)
    require_having(mine, permissions)
    address = _address(email)
    if not permissions:
        raise InvalidShop(fields={"permissions": "Choose what they may do: one thing at least."})
    service.lock(session, shop_id=mine.shop_id)
    _require_room(session, shop_id=mine.shop_id, email_key=texts.email_key(address), now=now)
    said = {
        "id": new_id(),
        "email": address,
        "permissions": list(queries.in_order(permissions)),
        "invited_by": user_id,
        "created_at": now,
        "expires_at": now + INVITATION_LASTS,
    }
    made = session.execute(
        insert(ShopInvitation)
        .values(shop_id=mine.shop_id, email_key=texts.email_key(address), **said)
        .on_conflict_do_update(index_elements=["shop_id", "email_key"], set_=said)
        .returning(ShopInvitation)
    ).scalar_one()
    outbox.add(session, "workers.shops.send_invitation", shop_id=str(mine.shop_id), invitation_id=str(made.id))
    service.poke_members(session, shop_id=mine.shop_id)
    invited = _poke_invited(session, address)
    if invited is not None:
        notifications.tell(session, user_id=invited, news=_news(mine.shop_id, now=now), now=now)
    return Invitation.model_validate(made)


def withdraw(session: WriteSession, *, user_id: UUID, shop: str, invitation_id: UUID) -> None:
    """Take an invitation back; InvitationNotFound."""
    mine = queries.require(session, user_id=user_id, shop=shop, permission=Permission.STAFF)
    _take(session, (col(ShopInvitation.shop_id) == mine.shop_id) & (col(ShopInvitation.id) == invitation_id))


def accept(session: WriteSession, *, user_id: UUID, invitation_id: UUID, now: datetime) -> Membership:
    """Become staff of the shop one is invited to, once; InvitationNotFound for whoever has another address."""
    user = hold(session, user_id=user_id)
    taken = _take(session, _is_for(user, invitation_id) & (col(ShopInvitation.expires_at) > now))
    session.execute(
        insert(ShopMember)
        .values(
            shop_id=taken.shop_id,
            user_id=user_id,
            role=MemberRole.STAFF,
            permissions=taken.permissions,
            created_at=now,
            invited_by=taken.invited_by,
        )
        .on_conflict_do_nothing(index_elements=["shop_id", "user_id"])
    )
    service.poke_members(session, shop_id=taken.shop_id)
    shop = queries.by_id(session, shop_id=taken.shop_id)
    return queries.require(session, user_id=user_id, shop=shop.slug)


def decline(session: WriteSession, *, user_id: UUID, invitation_id: UUID) -> None:
    """Say no to an invitation; InvitationNotFound for whoever has another address."""
    user = hold(session, user_id=user_id)
    _take(session, _is_for(user, invitation_id))


def recipient(session: WriteSession, *, shop_id: UUID, invitation_id: UUID, now: datetime) -> str | None:
    """Whom to write to about an invitation; None when it was taken back or is too old."""
    row = session.get(ShopInvitation, (shop_id, invitation_id))
    return row.email if row is not None and row.expires_at > now else None


def sweep(session: WriteSession, *, now: datetime) -> None:
    """Delete the invitations whose time is over."""
    session.execute(delete(ShopInvitation).where(col(ShopInvitation.expires_at) <= now))


def _address(email: str) -> str:
    try:
        return texts.email(email)
    except Invalid as error:
        raise InvalidShop(fields=error.fields) from None


def _require_room(session: WriteSession, *, shop_id: UUID, email_key: str, now: datetime) -> None:
    running = select(User.email_key).join(ShopMember, col(ShopMember.user_id) == User.id)
    keys = set(session.exec(running.where(ShopMember.shop_id == shop_id)))
    if email_key in keys:
        raise AlreadyMember
    waiting = select(func.count()).where(
        ShopInvitation.shop_id == shop_id,
        col(ShopInvitation.expires_at) > now,
        ShopInvitation.email_key != email_key,
    )
    if len(keys) + session.exec(waiting).one() >= MAX_MEMBERS:
        raise TooManyMembers


def _is_for(user: User, invitation_id: UUID) -> ColumnElement[bool]:
    return (col(ShopInvitation.id) == invitation_id) & (col(ShopInvitation.email_key) == user.email_key)


def _take(session: WriteSession, which: ColumnElement[bool]) -> ShopInvitation:
    """Delete an invitation: of several that try, one gets it."""
    taken: ShopInvitation | None = session.execute(
        delete(ShopInvitation).where(which).returning(ShopInvitation)
    ).scalar()
    if taken is None:
        raise InvitationNotFound
    service.poke_members(session, shop_id=taken.shop_id)
    _poke_invited(session, taken.email)
    return taken


def _poke_invited(session: WriteSession, email: str) -> UUID | None:
    """Tell the tabs of whoever has this address; who that is, if anybody."""
    invited = session.exec(select(User.id).where(User.email_key == texts.email_key(email))).first()
    if invited is not None:
        poke(session, f"user:{invited}")
    return invited


def _news(shop_id: UUID, *, now: datetime) -> News:
    """As the letter, it names no shop, and a shop that invites again and again is told of once a day."""
    said = "You can accept or decline within seven days."
    return News(kind=Kind.INVITATION, about=f"{shop_id} {now.date()}", text=said, href="/sell")
