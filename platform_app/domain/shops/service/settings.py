"""What a shop says about itself, and its holidays. What search shows of it is brought up to date by a job, in batches."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, select

from platform_app.domain.shops import models, queries, service
from platform_app.domain.shops.rules import Face, Permission, texts
from platform_app.domain.shops.schemas import Shop
from platform_app.infra import outbox
from platform_app.infra.db import WriteSession, poke

_INDEXED = frozenset({"name", "language", "holiday_until"})


def change(session: WriteSession, *, user_id: UUID, shop: str, said: Mapping[str, str]) -> Shop:
    """Change the profile or the policies; what is not said stays."""
    mine = queries.require(session, user_id=user_id, shop=shop, permission=Permission.SHOP)
    return _change(session, shop_id=mine.shop_id, values=dict(texts.cleaned(said)))


def show_face(session: WriteSession, *, shop_id: UUID, face: Face, content: str | None) -> Shop:
    """Give a shop another mark or cover, or none; what was said of the former cover goes with it."""
    service.lock(session, shop_id=shop_id)
    before = session.get_one(models.Shop, shop_id, populate_existing=True)
    values: dict[str, object] = {face.value: content}
    if face is Face.COVER and content != before.cover:
        values["cover_alt"] = ""
    return _change(session, shop_id=shop_id, values=values)


def begin_holiday(session: WriteSession, *, user_id: UUID, shop: str, until: str, note: str, today: date) -> Shop:
    """Close the shop up to the day it opens again; while it is closed, another day or note take the former's place."""
    mine = queries.require(session, user_id=user_id, shop=shop, permission=Permission.SHOP)
    kept = texts.line(note, field="note", label="a note", longest=texts.MAX_NOTE, needed=False)
    values = {"holiday_until": texts.holiday(until, today=today), "holiday_note": kept}
    return _change(session, shop_id=mine.shop_id, values=values)


def end_holiday(session: WriteSession, *, user_id: UUID, shop: str) -> Shop:
    """Open the shop again before its time; one that is open stays so."""
    mine = queries.require(session, user_id=user_id, shop=shop, permission=Permission.SHOP)
    return _change(session, shop_id=mine.shop_id, values=_OPEN)


def end_holidays(session: WriteSession, *, today: date) -> int:
    """Open the shops whose day has come; how many."""
    due = session.exec(
        select(models.Shop.id)
        .where(col(models.Shop.holiday_until) <= today)
        .order_by(col(models.Shop.id))
        .with_for_update(key_share=True, skip_locked=True)
    ).all()
    for shop_id in due:
        _change(session, shop_id=shop_id, values=_OPEN)
    return len(due)


_OPEN: dict[str, object] = {"holiday_until": None, "holiday_note": ""}


def _change(session: WriteSession, *, shop_id: UUID, values: Mapping[str, object]) -> Shop:
    service.lock(session, shop_id=shop_id)
    before = session.get_one(models.Shop, shop_id, populate_existing=True)
    differing = {name: value for name, value in values.items() if getattr(before, name) != value}
    if not differing:
        return Shop.model_validate(before)
    session.execute(update(models.Shop).where(col(models.Shop.id) == shop_id).values(**differing))
    session.refresh(before)
    poke(session, "shops", f"shop:{before.slug}")
    service.poke_members(session, shop_id=shop_id)
    if _INDEXED & set(differing):
        outbox.add(session, "workers.search.reindex_shop", shop_id=str(shop_id))
    return Shop.model_validate(before)
