"""The members of a shop, and invitations to join it."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from platform_app.domain.accounts.rules import normalisation
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shared.paging import Page
from platform_app.domain.shops import queries
from platform_app.domain.shops.rules import MemberRole, Permission
from platform_app.domain.shops.schemas import Invitation, Member, Membership, ReceivedInvitation
from platform_app.domain.shops.service import invitations, members, ownership
from platform_app.infra import db
from platform_app.infra.limits import Limit
from platform_app.rest.accounts import auth_common, mailbox_limits
from platform_app.rest.accounts.auth_common import Next
from platform_app.rest.accounts.reauthentication import PasswordAndCodeBody, ReauthenticatingUser
from platform_app.rest.dependencies import (
    CurrentUser,
    GuardedRoute,
    ShopSlug,
    WritingUser,
    enforce_limits,
    require_membership,
)
from platform_app.rest.shops.settings import OpenedShop

INVITATIONS_PER_USER = Limit("invitations", amount=20, seconds=3600)  # sent by one user

router = APIRouter(prefix="/api/v1", tags=["selling"], route_class=GuardedRoute)
StaffMembership = Annotated[Membership, Depends(require_membership(Permission.STAFF))]
Permissions = Annotated[tuple[Permission, ...], Field(max_length=len(Permission))]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True)


class InvitationBody(_Body):
    """The e-mail address to invite, and its permissions; callers can only grant permissions they have."""

    email: str = ""
    permissions: Permissions = ()


class OwnershipBody(PasswordAndCodeBody):
    """The member who becomes an owner, and what the caller is afterwards: `owner`, `staff`, or `nobody`."""

    member_id: UUID | Literal[""] = ""
    stays_as: Literal["owner", "staff", "nobody"] = "staff"


class MemberChange(_Body):
    """A member's new role and permissions. Only `POST /shops/{shop}/owners` makes somebody an owner."""

    role: MemberRole = MemberRole.STAFF
    permissions: Permissions = ()


@router.get("/shops/{shop}/members")
async def list_members(membership: StaffMembership) -> Page[Member]:
    """The shop's members, owners first."""
    found = await db.read(queries.members, shop_id=membership.shop_id)
    return Page[Member](items=found, total=len(found))


@router.patch("/shops/{shop}/members/{member_id}")
async def update_member(shop: ShopSlug, member_id: UUID, body: MemberChange, user: WritingUser) -> Member:
    """Change a member's role or permissions."""
    return await db.write(
        members.change,
        user_id=user.user_id,
        shop=shop,
        member_id=member_id,
        role=body.role,
        permissions=body.permissions,
    )


@router.delete("/shops/{shop}/members/{member_id}", status_code=204)
async def remove_member(shop: ShopSlug, member_id: UUID, user: WritingUser) -> None:
    """Remove a member from the shop; callers can also remove themselves."""
    await db.write(members.remove, user_id=user.user_id, shop=shop, member_id=member_id)


@router.post("/shops/{shop}/owners")
async def transfer_ownership(shop: ShopSlug, body: OwnershipBody, user: ReauthenticatingUser) -> Next:
    """Make a member an owner of the shop, and stay one, become staff or leave. Both get a mail."""
    stays_as = None if body.stays_as == "nobody" else MemberRole(body.stays_as)
    async with auth_common.counting_wrong_codes(user):
        await auth_common.write_hashing_password(
            ownership.transfer,
            user_id=user.user_id,
            shop=shop,
            member_id=body.member_id or None,
            stays_as=stays_as,
            password=body.password,
            code=body.code,
            now=utc_now(),
        )
    return Next(next=f"/sell/{shop}/staff?transferred=1" if stays_as else "/sell?left=1")


@router.get("/shops/{shop}/invitations")
async def list_invitations(membership: StaffMembership) -> Page[Invitation]:
    """The shop's open invitations."""
    found = await db.read(queries.invitations, shop_id=membership.shop_id, now=utc_now())
    return Page[Invitation](items=found, total=len(found))


@router.post("/shops/{shop}/invitations", status_code=201)
async def invite(shop: ShopSlug, body: InvitationBody, user: WritingUser, request: Request) -> Invitation:
    """Invite a person by e-mail. The response is the same whether or not they have an account."""
    await db.read(queries.require_membership, user_id=user.user_id, shop=shop, permission=Permission.STAFF)
    await enforce_limits(
        (INVITATIONS_PER_USER, str(user.user_id)),
        *await mailbox_limits.mails(request, normalisation.normalize_email(body.email)),
    )
    return await db.write(
        invitations.invite,
        user_id=user.user_id,
        shop=shop,
        email=body.email,
        permissions=body.permissions,
        now=utc_now(),
    )


@router.delete("/shops/{shop}/invitations/{invitation_id}", status_code=204)
async def withdraw(shop: ShopSlug, invitation_id: UUID, user: WritingUser) -> None:
    """Withdraw an invitation."""
    await db.write(invitations.withdraw, user_id=user.user_id, shop=shop, invitation_id=invitation_id)


@router.get("/account/invitations")
async def list_own_invitations(user: CurrentUser) -> Page[ReceivedInvitation]:
    """The open invitations to the caller's e-mail address."""
    found = await db.read(queries.received_invitations, user_id=user.user_id, now=utc_now())
    return Page[ReceivedInvitation](items=found, total=len(found))


@router.post("/account/invitations/{invitation_id}/accept")
async def accept(invitation_id: UUID, user: WritingUser) -> OpenedShop:
    """Accept an invitation and join the shop's staff."""
    joined = await db.write(invitations.accept, user_id=user.user_id, invitation_id=invitation_id, now=utc_now())
    return OpenedShop(**joined.model_dump(), next=f"/sell/{joined.slug}?joined=1")


@router.delete("/account/invitations/{invitation_id}", status_code=204)
async def decline(invitation_id: UUID, user: WritingUser) -> None:
    """Decline an invitation."""
    await db.write(invitations.decline, user_id=user.user_id, invitation_id=invitation_id)
