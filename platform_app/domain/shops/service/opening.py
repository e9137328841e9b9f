"""Opening a shop of one's own."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, func, select

from platform_app.domain.accounts.service.holding import hold
from platform_app.domain.shared.errors import Invalid
from platform_app.domain.shared.tables import new_id
from platform_app.domain.shops import models, queries, rules
from platform_app.domain.shops.errors import InvalidShop, TooManyShops
from platform_app.domain.shops.models import ShopMember
from platform_app.domain.shops.rules import MAX_SHOPS, MemberRole, texts
from platform_app.domain.shops.schemas import Membership, Opening
from platform_app.infra.db import WriteSession, poke


def open_for(session: WriteSession, *, user_id: UUID, opening: Opening, now: datetime) -> Membership:
    """Open a shop that the user owns; all that is wrong with what they say is said at once."""
    fields = _checked(opening)
    hold(session, user_id=user_id)
    is_owner = (col(ShopMember.user_id) == user_id) & (col(ShopMember.role) == MemberRole.OWNER)
    if session.exec(select(func.count()).where(is_owner)).one() >= MAX_SHOPS:
        raise TooManyShops
    shop_id = session.execute(
        insert(models.Shop)
        .values(id=new_id(), created_at=now, **fields)
        .on_conflict_do_nothing(index_elements=["slug"])
        .returning(col(models.Shop.id))
    ).scalar()
    if shop_id is None:
        advice = queries.slug_advice(session, wanted=opening.slug)
        hint = f' Try "{advice.suggestion}".' if advice.suggestion else ""
        raise InvalidShop(fields={"slug": f"Another shop has this address.{hint}"})
    owner = ShopMember(shop_id=shop_id, user_id=user_id, role=MemberRole.OWNER, permissions=[], created_at=now)
    session.add(owner)
    session.flush()
    poke(session, "shops", f"shop:{opening.slug}", f"user:{user_id}")
    return queries.require(session, user_id=user_id, shop=opening.slug)


def _checked(opening: Opening) -> dict[str, str]:
    wrong: dict[str, str] = {}
    kept: dict[str, str] = {}
    try:
        kept = texts.cleaned(opening.model_dump(exclude={"slug"}))
    except Invalid as error:
        wrong |= error.fields
    try:
        rules.require_slug(opening.slug)
    except Invalid as error:
        wrong |= error.fields
    if wrong:
        raise InvalidShop(fields=wrong)
    return {**kept, "slug": opening.slug}
