"""A shop's profile, policies, terms, images and holidays."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, select

from platform_app.domain.shops import models, queries, service
from platform_app.domain.shops.events import ShopSettingsChanged
from platform_app.domain.shops.rules import Permission, ShopImage, delivery_terms, profile_fields
from platform_app.domain.shops.schemas import DeliveryTerms, Shop
from platform_app.domain.shops.tags import SHOPS, shop_tag
from platform_app.infra import outbox, owner_locks
from platform_app.infra.db import WriteSession, invalidate


def change(session: WriteSession, *, user_id: UUID, shop: str, values: Mapping[str, str]) -> Shop:
    """Change the given fields of the profile, the policies, and the terms of delivery and returns."""
    membership = queries.require_membership(session, user_id=user_id, shop=shop, permission=Permission.SHOP)
    typed_terms = {field: text for field, text in values.items() if field in delivery_terms.FIELDS}
    profile = profile_fields.clean_profile({field: text for field, text in values.items() if field not in typed_terms})
    before = service.lock(session, shop_id=membership.shop_id)  # what is typed has to agree with what stays
    stored = DeliveryTerms.model_validate(before).model_dump()
    terms = delivery_terms.clean(typed_terms, stored=stored, currency=before.currency)
    return _update(session, shop_id=membership.shop_id, values={**profile, **terms})


def set_shop_image(session: WriteSession, *, shop_id: UUID, image: ShopImage, content: str | None) -> Shop:
    """Set or remove the shop's logo or banner; a new banner clears the old one's alt text."""
    before = service.lock(session, shop_id=shop_id)
    values: dict[str, object] = {image.value: content}
    if image is ShopImage.BANNER and content != before.cover:
        values["cover_alt"] = ""
    return _update(session, shop_id=shop_id, values=values)


def start_holiday(session: WriteSession, *, user_id: UUID, shop: str, until: str, note: str, today: date) -> Shop:
    """Close the shop until the day of reopening; on holiday already, replace the day and the note."""
    membership = queries.require_membership(session, user_id=user_id, shop=shop, permission=Permission.SHOP)
    clean_note = profile_fields.single_line(
        note, field="note", label="a note", max_length=profile_fields.MAX_NOTE, required=False
    )
    values = {"holiday_until": profile_fields.reopening_day(until, today=today), "holiday_note": clean_note}
    return _update(session, shop_id=membership.shop_id, values=values)


def end_holiday(session: WriteSession, *, user_id: UUID, shop: str) -> Shop:
    """Reopen the shop early; does nothing if it is open."""
    membership = queries.require_membership(session, user_id=user_id, shop=shop, permission=Permission.SHOP)
    return _update(session, shop_id=membership.shop_id, values=_NO_HOLIDAY)


def end_holidays(session: WriteSession, *, today: date) -> int:
    """Reopen the shops that are due; return how many."""
    is_due = col(models.Shop.holiday_until) <= today
    reopened = 0
    for shop_id in session.exec(select(models.Shop.id).where(is_due).order_by(col(models.Shop.id))).all():
        # A shop that is busy, such as with an import, has its turn in the next run.
        shop = owner_locks.try_lock(session, models.Shop, shop_id)
        if shop is not None and shop.holiday_until is not None and shop.holiday_until <= today:
            _update(session, shop_id=shop_id, values=_NO_HOLIDAY)
            reopened += 1
    return reopened


_NO_HOLIDAY: dict[str, object] = {"holiday_until": None, "holiday_note": ""}


def _update(session: WriteSession, *, shop_id: UUID, values: Mapping[str, object]) -> Shop:
    before = service.lock(session, shop_id=shop_id)
    differing = {name: value for name, value in values.items() if getattr(before, name) != value}
    if not differing:
        return Shop.model_validate(before)
    session.execute(update(models.Shop).where(col(models.Shop.id) == shop_id).values(**differing))
    session.refresh(before)
    invalidate(session, SHOPS, shop_tag(before.slug))
    service.invalidate_members(session, shop_id=shop_id)
    outbox.publish(session, ShopSettingsChanged(shop_id=shop_id, fields=tuple(sorted(differing))))
    return Shop.model_validate(before)
