"""Who runs a shop: its members, and who is invited to be one."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from platform_app.domain.accounts.rules import texts
from platform_app.domain.shared.paging import Page
from platform_app.domain.shared.tables import utc_now
from platform_app.domain.shops import queries
from platform_app.domain.shops.rules import MemberRole, Permission
from platform_app.domain.shops.schemas import Invitation, Invited, Member, Membership
from platform_app.domain.shops.service import invitations, members
from platform_app.infra import db
from platform_app.infra.limits import Limit
from platform_app.rest import signing
from platform_app.rest.identity import CurrentUser, Guarded, ShopSlug, WritingUser, limited, seller
from platform_app.rest.shop_settings import Opened

INVITATIONS = Limit("invitations", amount=20, seconds=3600)  # that one user sends

router = APIRouter(prefix="/api/v1", tags=["selling"], route_class=Guarded)
StaffSeller = Annotated[Membership, Depends(seller(Permission.STAFF))]
Permissions = Annotated[tuple[Permission, ...], Field(max_length=len(Permission))]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True)


class InvitationBody(_Body):
    """Whom to invite, and what they may do; nobody gives what they may not do themselves."""

    email: str = ""
    permissions: Permissions = ()


class MemberChange(_Body):
    """What a member may do from now on; an owner may do everything."""

    role: MemberRole = MemberRole.STAFF
    permissions: Permissions = ()


@router.get("/shops/{shop}/members")
async def staff(mine: StaffSeller) -> Page[Member]:
    """Who runs the shop, owners first."""
    found = await db.read(queries.members, shop_id=mine.shop_id)
    return Page[Member](items=found, total=len(found))


@router.patch("/shops/{shop}/members/{member_id}")
async def change(shop: ShopSlug, member_id: UUID, body: MemberChange, user: WritingUser) -> Member:
    """Change what a member may do."""
    return await db.write(
        members.change,
        user_id=user.user_id,
        shop=shop,
        member_id=member_id,
        role=body.role,
        permissions=body.permissions,
    )


@router.delete("/shops/{shop}/members/{member_id}", status_code=204)
async def remove(shop: ShopSlug, member_id: UUID, user: WritingUser) -> None:
    """End a member's part in the shop, or the caller's own."""
    await db.write(members.remove, user_id=user.user_id, shop=shop, member_id=member_id)


@router.get("/shops/{shop}/invitations")
async def waiting(mine: StaffSeller) -> Page[Invitation]:
    """Who is invited and may still accept."""
    found = await db.read(queries.invitations, shop_id=mine.shop_id, now=utc_now())
    return Page[Invitation](items=found, total=len(found))


@router.post("/shops/{shop}/invitations", status_code=201)
async def invite(shop: ShopSlug, body: InvitationBody, user: WritingUser) -> Invitation:
    """Invite somebody by e-mail; the answer is the same whether or not they have an account."""
    await db.read(queries.require, user_id=user.user_id, shop=shop, permission=Permission.STAFF)
    await limited((INVITATIONS, str(user.user_id)), (signing.MAILS_TO_ONE, signing.mailbox(texts.email(body.email))))
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
    """Take an invitation back."""
    await db.write(invitations.withdraw, user_id=user.user_id, shop=shop, invitation_id=invitation_id)


@router.get("/account/invitations")
async def invited(user: CurrentUser) -> Page[Invited]:
    """The shops that the caller's address is invited to."""
    found = await db.read(queries.invited, user_id=user.user_id, now=utc_now())
    return Page[Invited](items=found, total=len(found))


@router.post("/account/invitations/{invitation_id}/accept")
async def accept(invitation_id: UUID, user: WritingUser) -> Opened:
    """Become staff of the shop."""
    joined = await db.write(invitations.accept, user_id=user.user_id, invitation_id=invitation_id, now=utc_now())
    return Opened(**joined.model_dump(), next=f"/sell/{joined.slug}?joined=1")


@router.delete("/account/invitations/{invitation_id}", status_code=204)
async def decline(invitation_id: UUID, user: WritingUser) -> None:
    """Say no."""
    await db.write(invitations.decline, user_id=user.user_id, invitation_id=invitation_id)
