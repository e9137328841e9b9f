"""Change and remove shop members. A shop that has an owner always keeps one."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, func, select

from platform_app.domain.accounts import queries as accounts
from platform_app.domain.accounts.service import profile
from platform_app.domain.accounts.service.locking import lock_user
from platform_app.domain.accounts.tags import user_tag
from platform_app.domain.shops import queries, service
from platform_app.domain.shops.errors import LastOwner, MemberNotFound, NotPermitted, OwnsShop, ShopNotFound
from platform_app.domain.shops.models import ShopInvitation, ShopMember, UserShop
from platform_app.domain.shops.rules import MemberRole, Permission
from platform_app.domain.shops.schemas import Member, Membership
from platform_app.infra.db import WriteSession, invalidate


def change(
    session: WriteSession,
    *,
    user_id: UUID,
    shop: str,
    member_id: UUID,
    role: MemberRole,
    permissions: Collection[Permission],
) -> Member:
    """Change a member's role or permissions; nobody can grant or revoke what they do not have themselves.

    Nobody becomes an owner by this: `ownership.transfer` asks for the password of the owner who does it.
    """
    membership = queries.require_membership(session, user_id=user_id, shop=shop, permission=Permission.STAFF)
    row = lock_member(session, shop_id=membership.shop_id, member_id=member_id)
    _require_outranks(membership, row)
    is_owners_business = role is MemberRole.OWNER or row.role is MemberRole.OWNER
    if is_owners_business and membership.role is not MemberRole.OWNER:
        raise NotPermitted
    if role is MemberRole.OWNER and row.role is not MemberRole.OWNER:
        raise NotPermitted("Confirm a new owner with your password, under Ownership on the shop's staff page.")
    require_can_grant(membership, permissions)
    if row.role is MemberRole.OWNER and role is not MemberRole.OWNER:
        _require_other_owner(session, row)
    row.role = role
    row.permissions = [] if role is MemberRole.OWNER else list(queries.sorted_permissions(permissions))
    session.add(row)
    session.flush()
    service.invalidate_members(session, shop_id=membership.shop_id)
    return queries.member(session, shop_id=membership.shop_id, user_id=member_id)


def remove(session: WriteSession, *, user_id: UUID, shop: str, member_id: UUID) -> None:
    """Remove a member from the shop, or leave it; everyone may leave except the last owner."""
    is_leaving = member_id == user_id
    membership = queries.require_membership(
        session, user_id=user_id, shop=shop, permission=None if is_leaving else Permission.STAFF
    )
    row = lock_member(session, shop_id=membership.shop_id, member_id=member_id)
    if not is_leaving:
        _require_outranks(membership, row)
    if row.role is MemberRole.OWNER:
        _require_other_owner(session, row)
    delete_member(session, row)


def make_owner(session: WriteSession, *, slug: str, email: str, now: datetime) -> Membership:
    """Make a user an owner of a shop, for operators; doing it twice changes nothing."""
    user = accounts.user_by_email(session, email=email)
    shop = queries.find_by_slug(session, slug=slug)
    if shop is None:
        raise ShopNotFound(f'There is no shop "{slug}".')
    owner = {"role": MemberRole.OWNER, "permissions": []}
    session.execute(
        insert(ShopMember)
        .values(shop_id=shop.id, user_id=user.id, created_at=now, **owner)
        .on_conflict_do_update(index_elements=["shop_id", "user_id"], set_=owner)
    )
    service.copy_membership(session, shop_id=shop.id, user_id=user.id)
    session.expire_all()
    service.invalidate_members(session, shop_id=shop.id)
    return queries.require_membership(session, user_id=user.id, shop=slug)


def delete_account(session: WriteSession, *, user_id: UUID, password: str) -> None:
    """Delete a user's account and memberships; OwnsShop if an open shop would be left without an owner.

    A closed shop may be: nobody reopens it, and it is deleted when its time is over.
    """
    user = lock_user(session, user_id=user_id)
    # Not the copy by user: what an earlier release has just changed would be missing there.
    own = select(ShopMember.shop_id).where(ShopMember.user_id == user_id).order_by(col(ShopMember.shop_id))
    for shop_id in session.exec(own).all():
        locked = lock_member(session, shop_id=shop_id, member_id=user_id)
        if locked.role is MemberRole.OWNER and queries.is_open(session, shop_id=shop_id):
            try:
                _require_other_owner(session, locked)
            except LastOwner:
                raise OwnsShop from None
        delete_member(session, locked)
    session.execute(delete(ShopInvitation).where(col(ShopInvitation.email_key) == user.email_key))
    profile.delete_account(session, user_id=user_id, password=password)


def require_can_grant(membership: Membership, permissions: Collection[Permission]) -> None:
    """Raise NotPermitted unless the member has all these permissions."""
    if not set(permissions) <= set(membership.permissions):
        raise NotPermitted("You can only give permissions that you have yourself.")


def lock_member(session: WriteSession, *, shop_id: UUID, member_id: UUID) -> ShopMember:
    """A member of the shop, with the shop locked until the transaction ends; MemberNotFound."""
    service.lock(session, shop_id=shop_id)
    row = session.get(ShopMember, (shop_id, member_id), populate_existing=True)
    if row is None:
        raise MemberNotFound
    return row


def delete_member(session: WriteSession, row: ShopMember) -> None:
    """Delete a membership."""
    service.invalidate_members(session, shop_id=row.shop_id)
    session.delete(row)
    session.flush()
    own = (col(UserShop.user_id) == row.user_id) & (col(UserShop.shop_id) == row.shop_id)
    session.execute(delete(UserShop).where(own))
    invalidate(session, user_tag(row.user_id))


def _require_outranks(membership: Membership, row: ShopMember) -> None:
    """Raise NotPermitted if the other member has permissions that this one lacks."""
    if membership.role is not MemberRole.OWNER and (
        row.role is MemberRole.OWNER
        or not {Permission(each) for each in row.permissions} <= set(membership.permissions)
    ):
        raise NotPermitted


def _require_other_owner(session: WriteSession, row: ShopMember) -> None:
    is_other = (
        (col(ShopMember.shop_id) == row.shop_id)
        & (col(ShopMember.role) == MemberRole.OWNER)
        & (col(ShopMember.user_id) != row.user_id)
    )
    if session.exec(select(func.count()).where(is_other)).one() == 0:
        raise LastOwner
