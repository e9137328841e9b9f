"""Staff invitations. The user with the invited, verified e-mail address sees the invitation at `/sell`."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, func, select

from platform_app.domain.accounts.models import User
from platform_app.domain.accounts.rules import normalisation
from platform_app.domain.accounts.service.locking import lock_user
from platform_app.domain.accounts.tags import user_tag
from platform_app.domain.notifications import service as notifications
from platform_app.domain.notifications.schemas import NotificationContent
from platform_app.domain.shared.errors import Invalid
from platform_app.domain.shared.model_base import new_id
from platform_app.domain.shops import queries, service
from platform_app.domain.shops.errors import AlreadyMember, InvalidShop, InvitationNotFound, TooManyMembers
from platform_app.domain.shops.events import StaffInvited
from platform_app.domain.shops.models import Shop, ShopInvitation, ShopMember
from platform_app.domain.shops.rules import INVITATION, INVITATION_LIFETIME, MAX_MEMBERS, MemberRole, Permission
from platform_app.domain.shops.schemas import Invitation, InvitationRecipient, Membership
from platform_app.domain.shops.service.members import require_can_grant
from platform_app.infra import outbox
from platform_app.infra.db import WriteSession, invalidate


def invite(
    session: WriteSession, *, user_id: UUID, shop: str, email: str, permissions: Collection[Permission], now: datetime
) -> Invitation:
    """Invite somebody to join the shop's staff; a new invitation replaces an older one to the same address.

    The result does not reveal whether the address has an account.
    """
    membership = queries.require_membership(session, user_id=user_id, shop=shop, permission=Permission.STAFF)
    require_can_grant(membership, permissions)
    normalized_email = _normalize_email(email)
    if not permissions:
        raise InvalidShop(fields={"permissions": "Choose at least one permission."})
    service.lock(session, shop_id=membership.shop_id)
    _require_capacity(session, shop_id=membership.shop_id, email_key=normalisation.email_key(normalized_email), now=now)
    values = {
        "id": new_id(),
        "email": normalized_email,
        "permissions": list(queries.sorted_permissions(permissions)),
        "invited_by": user_id,
        "created_at": now,
        "expires_at": now + INVITATION_LIFETIME,
    }
    invitation = session.execute(
        insert(ShopInvitation)
        .values(shop_id=membership.shop_id, email_key=normalisation.email_key(normalized_email), **values)
        .on_conflict_do_update(index_elements=["shop_id", "email_key"], set_=values)
        .returning(ShopInvitation)
    ).scalar_one()
    outbox.publish(session, StaffInvited(shop_id=membership.shop_id, invitation_id=invitation.id))
    service.invalidate_members(session, shop_id=membership.shop_id)
    invitee_id = _invalidate_invitee(session, normalized_email)
    if invitee_id is not None:
        notifications.notify(
            session, user_id=invitee_id, content=_notification_content(membership.shop_id, now=now), now=now
        )
    return Invitation.model_validate(invitation)


def withdraw(session: WriteSession, *, user_id: UUID, shop: str, invitation_id: UUID) -> None:
    """Withdraw an invitation; InvitationNotFound."""
    membership = queries.require_membership(session, user_id=user_id, shop=shop, permission=Permission.STAFF)
    _consume(session, (col(ShopInvitation.shop_id) == membership.shop_id) & (col(ShopInvitation.id) == invitation_id))


def accept(session: WriteSession, *, user_id: UUID, invitation_id: UUID, now: datetime) -> Membership:
    """Accept an invitation to the user's own address and become staff; InvitationNotFound."""
    user = lock_user(session, user_id=user_id)
    invitation = _consume(session, _is_for(user, invitation_id) & (col(ShopInvitation.expires_at) > now))
    session.execute(
        insert(ShopMember)
        .values(
            shop_id=invitation.shop_id,
            user_id=user_id,
            role=MemberRole.STAFF,
            permissions=invitation.permissions,
            created_at=now,
            invited_by=invitation.invited_by,
        )
        .on_conflict_do_nothing(index_elements=["shop_id", "user_id"])
    )
    service.copy_membership(session, shop_id=invitation.shop_id, user_id=user_id)
    service.invalidate_members(session, shop_id=invitation.shop_id)
    shop = queries.by_id(session, shop_id=invitation.shop_id)
    return queries.require_membership(session, user_id=user_id, shop=shop.slug)


def decline(session: WriteSession, *, user_id: UUID, invitation_id: UUID) -> None:
    """Decline an invitation to the user's own address; InvitationNotFound."""
    user = lock_user(session, user_id=user_id)
    _consume(session, _is_for(user, invitation_id))


def recipient(
    session: WriteSession, *, shop_id: UUID, invitation_id: UUID, now: datetime
) -> InvitationRecipient | None:
    """To whom an invitation is mailed; None if it was withdrawn or has expired."""
    row, shop = session.get(ShopInvitation, (shop_id, invitation_id)), session.get(Shop, shop_id)
    if row is None or shop is None or row.expires_at <= now:
        return None
    return InvitationRecipient(email=row.email, shop_name=shop.name)


def sweep(session: WriteSession, *, now: datetime) -> None:
    """Delete expired invitations."""
    session.execute(delete(ShopInvitation).where(col(ShopInvitation.expires_at) <= now))


def _normalize_email(email: str) -> str:
    try:
        return normalisation.normalize_email(email)
    except Invalid as error:
        raise InvalidShop(fields=error.fields) from None


def _require_capacity(session: WriteSession, *, shop_id: UUID, email_key: str, now: datetime) -> None:
    member_emails = select(User.email_key).join(ShopMember, col(ShopMember.user_id) == User.id)
    keys = set(session.exec(member_emails.where(ShopMember.shop_id == shop_id)))
    if email_key in keys:
        raise AlreadyMember
    open_invitations = select(func.count()).where(
        ShopInvitation.shop_id == shop_id,
        col(ShopInvitation.expires_at) > now,
        ShopInvitation.email_key != email_key,
    )
    if len(keys) + session.exec(open_invitations).one() >= MAX_MEMBERS:
        raise TooManyMembers


def _is_for(user: User, invitation_id: UUID) -> ColumnElement[bool]:
    return (col(ShopInvitation.id) == invitation_id) & (col(ShopInvitation.email_key) == user.email_key)


def _consume(session: WriteSession, condition: ColumnElement[bool]) -> ShopInvitation:
    """Delete and return an invitation; of concurrent callers only one gets it. InvitationNotFound."""
    invitation: ShopInvitation | None = session.execute(
        delete(ShopInvitation).where(condition).returning(ShopInvitation)
    ).scalar()
    if invitation is None:
        raise InvitationNotFound
    service.invalidate_members(session, shop_id=invitation.shop_id)
    _invalidate_invitee(session, invitation.email)
    return invitation


def _invalidate_invitee(session: WriteSession, email: str) -> UUID | None:
    """Invalidate the user with this address, if there is one; return their id."""
    invitee_id = session.exec(select(User.id).where(User.email_key == normalisation.email_key(email))).first()
    if invitee_id is not None:
        invalidate(session, user_tag(invitee_id))
    return invitee_id


def _notification_content(shop_id: UUID, *, now: datetime) -> NotificationContent:
    """The notification: like the e-mail it does not name the shop, and it is sent at most once a day per shop."""
    message = "You can accept or decline within seven days."
    return NotificationContent(kind=INVITATION, about=f"{shop_id} {now.date()}", text=message, href="/sell")
