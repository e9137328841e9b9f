"""Queries for shops and members. Every seller query and command calls `require_membership` first."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.sql.expression import Select

from platform_app.domain.accounts import queries as accounts
from platform_app.domain.accounts.models import User
from platform_app.domain.accounts.rules import normalisation
from platform_app.domain.accounts.tags import user_tag
from platform_app.domain.shared.model_base import in_array
from platform_app.domain.shops import models, rules
from platform_app.domain.shops.errors import MemberNotFound, NotPermitted, ShopGone, ShopNotFound
from platform_app.domain.shops.models import FormerShop, ShopInvitation, ShopMember, UserShop
from platform_app.domain.shops.rules import MemberRole, Permission, RequiredPermission
from platform_app.domain.shops.schemas import (
    ClosedShop,
    Invitation,
    Member,
    Membership,
    ReceivedInvitation,
    Shop,
    SlugAvailability,
)
from platform_app.domain.shops.tags import SHOPS, shop_tag
from platform_app.infra import cache
from platform_app.infra.db import ReadSession
from platform_app.infra.known_ids import KnownIds

KNOWN_IDS = KnownIds(tag=shop_tag, max_entries=16_384, seconds=60)


@cache.cached(Shop, tags=lambda slug: (shop_tag(slug),))
def by_slug(session: ReadSession, *, slug: str) -> Shop:
    """The open shop with this slug; ShopNotFound, or ShopGone if it was deleted."""
    shop = find_by_slug(session, slug=slug)
    if shop is None:
        require_not_gone(session, slug=slug)
        raise ShopNotFound
    return shop


@cache.cached(tuple[Shop, ...], tags=lambda: (SHOPS,))
def newest_shops(session: ReadSession) -> tuple[Shop, ...]:
    """The twelve newest shops."""
    is_open = col(models.Shop.closed_at).is_(None)
    rows = session.exec(select(models.Shop).where(is_open).order_by(col(models.Shop.created_at).desc()).limit(12))
    return tuple(Shop.model_validate(row) for row in rows)


@cache.cached(tuple[str, ...], tags=lambda: (SHOPS,))
def shop_slugs(session: ReadSession) -> tuple[str, ...]:
    """The slugs of the newest shops, as many as a sitemap can hold."""
    slugs = select(models.Shop.slug).where(col(models.Shop.closed_at).is_(None))
    return tuple(session.exec(slugs.order_by(col(models.Shop.created_at).desc()).limit(40_000)))


def find_by_slug(session: ReadSession, *, slug: str) -> Shop | None:
    """The open shop with this slug; None if there is none."""
    is_found = (col(models.Shop.slug) == slug) & col(models.Shop.closed_at).is_(None)
    row = session.exec(select(models.Shop).where(is_found)).first() if rules.is_valid_slug(slug) else None
    if row is None:
        return None
    KNOWN_IDS.remember(slug, row.id)
    return Shop.model_validate(row)


def ids_by_currency(
    session: ReadSession, *, currencies: Collection[str] | None, without: str, after: UUID | None, limit: int
) -> list[UUID]:
    """The next shops in these currencies, or in any, but never in the one left out; in the order of their ids."""
    shop = models.Shop
    statement = select(shop.id).where(shop.currency != without).order_by(col(shop.id)).limit(limit)
    if after:
        statement = statement.where(col(shop.id) > after)
    if currencies is not None:
        statement = statement.where(col(shop.currency).in_(currencies))
    return list(session.exec(statement))


def shop_id(session: ReadSession, *, slug: str) -> UUID | None:
    """The id of the shop with this slug, remembered for a minute; None if there is none.

    Queries of what a shop owns take its id: in a cluster, a slug would ask every shard.
    """
    known = KNOWN_IDS.get(slug)
    if known is None and rules.is_valid_slug(slug):
        known = session.exec(select(models.Shop.id).where(models.Shop.slug == slug)).first()
        if known is not None:
            KNOWN_IDS.remember(slug, known)
    return known


def require_not_gone(session: ReadSession, *, slug: str) -> None:
    """Raise ShopGone if a shop with this slug was deleted."""
    if rules.is_valid_slug(slug) and session.get(FormerShop, slug) is not None:
        raise ShopGone


def by_id(session: ReadSession, *, shop_id: UUID) -> Shop:
    """The shop with this id, open or closed; ShopNotFound."""
    row = session.get(models.Shop, shop_id)
    if row is None:
        raise ShopNotFound
    return Shop.model_validate(row)


def is_open(session: ReadSession, *, shop_id: UUID) -> bool:
    """Whether the shop exists and is not closed."""
    found = select(models.Shop.id).where(models.Shop.id == shop_id, col(models.Shop.closed_at).is_(None))
    return session.exec(found).first() is not None


def require_membership(
    session: ReadSession, *, user_id: UUID, shop: str, permission: RequiredPermission = None
) -> Membership:
    """The user's membership of the open shop with this slug, if it has the permission.

    ShopNotFound if they are not a member, so that nothing internal is revealed; NotPermitted without the permission.
    """
    owner_id = shop_id(session, slug=shop)
    of_shop = (col(ShopMember.shop_id) == owner_id, col(models.Shop.slug) == shop)
    row = session.execute(_select_memberships(user_id).where(*of_shop)).first() if owner_id else None
    if row is None:
        raise ShopNotFound
    membership = _membership(*row)
    if not membership.has_permission(permission):
        raise NotPermitted
    return membership


@cache.cached(tuple[Membership, ...], tags=lambda user_id: (user_tag(user_id),), personal=True)
def memberships(session: ReadSession, *, user_id: UUID) -> tuple[Membership, ...]:
    """The user's memberships of open shops by name. Commands that change one of the shops invalidate the user's tag."""
    ids = shop_ids_of_user(session, user_id=user_id)
    if not ids:
        return ()
    own = _select_memberships(user_id).where(in_array(ShopMember.shop_id, ids))
    return tuple(_membership(*row) for row in session.execute(own.order_by(models.Shop.name, models.Shop.slug)))


def shop_ids_of_user(session: ReadSession, *, user_id: UUID) -> list[UUID]:
    """The ids of the shops that the user is a member of."""
    own = select(UserShop.shop_id).where(UserShop.user_id == user_id)
    return list(session.exec(own.order_by(col(UserShop.shop_id))))


def closed_shops(session: ReadSession, *, user_id: UUID) -> tuple[ClosedShop, ...]:
    """The closed shops that the user owns and may reopen, the one deleted first at the top."""
    ids = shop_ids_of_user(session, user_id=user_id)
    rows = session.exec(
        select(models.Shop)
        .join(ShopMember, col(ShopMember.shop_id) == models.Shop.id)
        .where(ShopMember.user_id == user_id, ShopMember.role == MemberRole.OWNER)
        .where(in_array(ShopMember.shop_id, ids), col(models.Shop.closed_at).is_not(None))
        .order_by(col(models.Shop.closed_at), col(models.Shop.id))
    )
    return tuple(
        ClosedShop(slug=row.slug, name=row.name, reopen_until=row.closed_at + rules.REOPENING_PERIOD)
        for row in rows
        if row.closed_at
    )


def members(session: ReadSession, *, shop_id: UUID) -> tuple[Member, ...]:
    """The shop's members: owners first, then the longest-standing."""
    rows = session.execute(
        select(ShopMember, User)
        .join(User, col(User.id) == ShopMember.user_id)
        .where(ShopMember.shop_id == shop_id)
        .order_by(col(ShopMember.role), col(ShopMember.created_at), col(ShopMember.user_id))
    )
    return tuple(_member(member, user) for member, user in rows)


def member(session: ReadSession, *, shop_id: UUID, user_id: UUID) -> Member:
    """One of the shop's members; MemberNotFound."""
    match = next((each for each in members(session, shop_id=shop_id) if each.user_id == user_id), None)
    if match is None:
        raise MemberNotFound
    return match


def invitations(session: ReadSession, *, shop_id: UUID, now: datetime) -> tuple[Invitation, ...]:
    """The shop's open invitations, sorted by e-mail address."""
    rows = session.exec(
        select(ShopInvitation)
        .where(ShopInvitation.shop_id == shop_id, col(ShopInvitation.expires_at) > now)
        .order_by(ShopInvitation.email_key)
    )
    return tuple(Invitation.model_validate(row) for row in rows)


def received_invitations(session: ReadSession, *, user_id: UUID, now: datetime) -> tuple[ReceivedInvitation, ...]:
    """The open invitations to the user's verified e-mail address, newest first."""
    email = accounts.user(session, user_id=user_id).email
    rows = session.execute(
        select(ShopInvitation, models.Shop.slug, models.Shop.name)
        .join(models.Shop, col(models.Shop.id) == ShopInvitation.shop_id)
        .where(ShopInvitation.email_key == normalisation.email_key(email), col(ShopInvitation.expires_at) > now)
        .where(col(models.Shop.closed_at).is_(None))
        .order_by(col(ShopInvitation.created_at).desc(), col(ShopInvitation.id))
    )
    return tuple(
        ReceivedInvitation(
            id=row.id,
            shop_slug=slug,
            shop_name=name,
            permissions=sorted_permissions(row.permissions),
            expires_at=row.expires_at,
        )
        for row, slug, name in rows
    )


def slug_availability(session: ReadSession, *, requested: str) -> SlugAvailability:
    """Whether a shop could have this slug, or the slug that this name suggests."""
    slug = requested if rules.is_valid_slug(requested) else rules.slug_from_name(requested)
    if not slug:
        return SlugAvailability(slug="", is_free=False, problem="Use letters or digits.")
    candidates = [slug, *_numbered_slugs(slug)]
    taken = set(session.exec(select(models.Shop.slug).where(col(models.Shop.slug).in_(candidates))))
    taken |= set(session.exec(select(FormerShop.slug).where(col(FormerShop.slug).in_(candidates))))
    if slug in rules.RESERVED_SLUGS:
        taken.add(slug)
    if slug not in taken:
        return SlugAvailability(slug=slug, is_free=True)
    free = next((each for each in _numbered_slugs(slug) if each not in taken), "")
    return SlugAvailability(slug=slug, is_free=False, problem=f"/shops/{slug} is taken.", suggestion=free)


def sorted_permissions(permissions: Collection[str]) -> tuple[Permission, ...]:
    """Permissions in display order."""
    return tuple(each for each in Permission if each in permissions)


def any_shop_exists(session: ReadSession) -> bool:
    """Whether there is any shop."""
    return session.exec(select(models.Shop.id).limit(1)).first() is not None


def _select_memberships(user_id: UUID) -> Select[ShopMember, models.Shop]:
    return (
        select(ShopMember, models.Shop)
        .join(models.Shop, col(models.Shop.id) == ShopMember.shop_id)
        .where(ShopMember.user_id == user_id, col(models.Shop.closed_at).is_(None))
    )


def _membership(member: ShopMember, shop: models.Shop) -> Membership:
    return Membership(
        shop_id=shop.id,
        user_id=member.user_id,
        slug=shop.slug,
        name=shop.name,
        currency=shop.currency,
        role=member.role,
        permissions=_permissions(member),
    )


def _member(row: ShopMember, user: User) -> Member:
    return Member(
        user_id=user.id,
        name=user.name,
        email=user.email,
        role=row.role,
        permissions=_permissions(row),
        created_at=row.created_at,
    )


def _permissions(row: ShopMember) -> tuple[Permission, ...]:
    return tuple(Permission) if row.role is MemberRole.OWNER else sorted_permissions(row.permissions)


def _numbered_slugs(slug: str) -> list[str]:
    return [f"{slug[:57].rstrip('-')}-{number}" for number in range(2, 10)]
