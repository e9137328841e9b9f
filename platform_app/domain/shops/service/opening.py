"""Open a shop."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from platform_app.domain.accounts.service.locking import lock_user
from platform_app.domain.accounts.tags import user_tag
from platform_app.domain.shared.errors import Invalid
from platform_app.domain.shared.model_base import new_id
from platform_app.domain.shops import models, queries, rules
from platform_app.domain.shops.errors import InvalidShop, TooManyShops
from platform_app.domain.shops.models import ShopMember, UserShop
from platform_app.domain.shops.rules import MAX_SHOPS, MemberRole, profile_fields
from platform_app.domain.shops.schemas import Membership, ShopInput
from platform_app.domain.shops.tags import SHOPS, shop_tag
from platform_app.infra.db import WriteSession, invalidate


def open_shop(session: WriteSession, *, user_id: UUID, shop_input: ShopInput, now: datetime) -> Membership:
    """Open a shop with the user as owner; InvalidShop lists all problems at once."""
    fields = _validate(shop_input)
    lock_user(session, user_id=user_id)
    owned = [each for each in queries.memberships(session, user_id=user_id) if each.role is MemberRole.OWNER]
    if len(owned) >= MAX_SHOPS:
        raise TooManyShops
    shop_id = session.execute(
        insert(models.Shop)
        .values(id=new_id(), created_at=now, **fields)
        .on_conflict_do_nothing(index_elements=["slug"])
        .returning(col(models.Shop.id))
    ).scalar()
    if shop_id is None:
        raise _taken(session, shop_input.slug)
    # After the insert, which waits for a shop of this slug that is being deleted.
    if session.get(models.FormerShop, shop_input.slug) is not None:
        raise _taken(session, shop_input.slug)
    queries.KNOWN_IDS.remember(shop_input.slug, shop_id)
    owner = ShopMember(shop_id=shop_id, user_id=user_id, role=MemberRole.OWNER, permissions=[], created_at=now)
    session.add_all([owner, UserShop(user_id=user_id, shop_id=shop_id)])
    session.flush()
    invalidate(session, SHOPS, shop_tag(shop_input.slug), user_tag(user_id))
    return queries.require_membership(session, user_id=user_id, shop=shop_input.slug)


def _taken(session: WriteSession, slug: str) -> InvalidShop:
    advice = queries.slug_availability(session, requested=slug)
    hint = f' Try "{advice.suggestion}".' if advice.suggestion else ""
    return InvalidShop(fields={"slug": f"This web address is taken.{hint}"})


def _validate(shop_input: ShopInput) -> dict[str, str]:
    errors: dict[str, str] = {}
    values: dict[str, str] = {}
    try:
        values = profile_fields.clean_profile(shop_input.model_dump(exclude={"slug"}))
    except Invalid as error:
        errors |= error.fields
    try:
        rules.require_slug(shop_input.slug)
    except Invalid as error:
        errors |= error.fields
    if errors:
        raise InvalidShop(fields=errors)
    return {**values, "slug": shop_input.slug}
