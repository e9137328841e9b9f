"""What only an owner may do, with their password: hand over a shop."""

from datetime import datetime
from uuid import UUID

from platform_app.domain.accounts.service import two_factor_codes
from platform_app.domain.accounts.service.locking import lock_user_with_password
from platform_app.domain.shops import queries, service
from platform_app.domain.shops.errors import NoNewOwner, OwnersOnly
from platform_app.domain.shops.events import OwnershipTransferred
from platform_app.domain.shops.models import ShopMember
from platform_app.domain.shops.rules import MemberRole, Permission
from platform_app.domain.shops.schemas import Member, Membership
from platform_app.domain.shops.service import members
from platform_app.infra import outbox
from platform_app.infra.db import WriteSession


def transfer(
    session: WriteSession,
    *,
    user_id: UUID,
    shop: str,
    member_id: UUID | None,
    stays_as: MemberRole | None,
    password: str,
    code: str,
    now: datetime,
) -> Member:
    """Make a member an owner; the owner who does it stays one, becomes staff with every permission, or leaves (None).

    Needs the owner's password, and a two-factor code if that is on. Both are told by mail.
    """
    own = lock_as_owner(session, user_id=user_id, shop=shop, password=password, code=code, now=now)
    if member_id is None:
        raise NoNewOwner
    new_owner = members.lock_member(session, shop_id=own.shop_id, member_id=member_id)
    if new_owner.role is MemberRole.OWNER:
        raise NoNewOwner
    new_owner.role, new_owner.permissions = MemberRole.OWNER, []
    session.add(new_owner)
    if stays_as is MemberRole.STAFF:
        own.role, own.permissions = MemberRole.STAFF, list(Permission)
        session.add(own)
    session.flush()
    service.invalidate_members(session, shop_id=own.shop_id)
    if stays_as is None:
        members.delete_member(session, own)
    outbox.publish(session, OwnershipTransferred(shop_id=new_owner.shop_id, from_user_id=user_id, to_user_id=member_id))
    return queries.member(session, shop_id=new_owner.shop_id, user_id=member_id)


def lock_as_owner(
    session: WriteSession, *, user_id: UUID, shop: str, password: str, code: str, now: datetime
) -> ShopMember:
    """The membership of an owner who has confirmed who they are, with the shop locked until the transaction ends.

    ShopNotFound, OwnersOnly, WrongPassword, MissingCode or WrongCode.
    """
    membership = require_owner(queries.require_membership(session, user_id=user_id, shop=shop))
    user = lock_user_with_password(session, user_id=user_id, password=password)
    two_factor_codes.require_if_on(session, user=user, code=code, now=now)
    row = members.lock_member(session, shop_id=membership.shop_id, member_id=user_id)
    if row.role is not MemberRole.OWNER:  # changed a moment ago
        raise OwnersOnly
    return row


def require_owner(membership: Membership) -> Membership:
    """The membership if it is an owner's; OwnersOnly."""
    if membership.role is not MemberRole.OWNER:
        raise OwnersOnly
    return membership
