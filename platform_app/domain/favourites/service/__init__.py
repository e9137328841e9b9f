"""Add and remove favourites, count followers, notify them of price drops."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from platform_app.domain.accounts import queries as accounts
from platform_app.domain.catalog import queries as catalog
from platform_app.domain.editing import queries as editing
from platform_app.domain.favourites import models, queries, rules
from platform_app.domain.favourites.errors import TooManyFavourites
from platform_app.domain.favourites.models import Favourite, FavouriteChange
from platform_app.domain.favourites.schemas import PriceDrop, PriceDropDigest
from platform_app.domain.favourites.service import followers
from platform_app.domain.favourites.tags import favourites_tag
from platform_app.domain.notifications import service as notifications
from platform_app.domain.notifications.schemas import NotificationContent
from platform_app.domain.shared import money
from platform_app.domain.shared.errors import Unauthenticated
from platform_app.domain.shared.model_base import new_id
from platform_app.domain.shared.money import Money
from platform_app.infra import outbox
from platform_app.infra.db import WriteSession, invalidate


def add(session: WriteSession, *, user_id: UUID, listing_id: UUID, now: datetime) -> frozenset[UUID]:
    """Favourite a published listing at its current price; doing so twice changes nothing. Return all favourite ids."""
    listing = catalog.published_listing(session, listing_id=listing_id)
    row = {
        "user_id": user_id,
        "listing_id": listing_id,
        "shop_id": listing.shop_id,
        "title": listing.title,
        "price_then": listing.lowest_price,
        "currency": listing.currency,
        "created_at": now,
    }
    try:
        added = session.execute(
            upsert(Favourite).values(row).on_conflict_do_nothing().returning(col(Favourite.shop_id))
        ).scalar()
    except IntegrityError:  # the account no longer exists
        raise Unauthenticated from None
    if added:
        _record_change(session, user_id=user_id, shop_id=added, listing_id=listing_id)
    favourite_ids = queries.favourite_ids(session, user_id=user_id)
    if added and len(favourite_ids) > rules.MAX_FAVOURITES:
        raise TooManyFavourites(rules.MAX_FAVOURITES)
    return favourite_ids


def remove(session: WriteSession, *, user_id: UUID, listing_id: UUID) -> frozenset[UUID]:
    """Remove a favourite, whatever the listing's status; removing twice changes nothing. Return all favourite ids."""
    removed = session.execute(
        delete(Favourite)
        .where(col(Favourite.user_id) == user_id, col(Favourite.listing_id) == listing_id)
        .returning(col(Favourite.shop_id))
    ).scalar()
    if removed:
        _record_change(session, user_id=user_id, shop_id=removed, listing_id=listing_id)
    return queries.favourite_ids(session, user_id=user_id)


def enqueue_follower_notifications(session: WriteSession, *, shop_id: UUID | None, listing_ids: Sequence[UUID]) -> None:
    """Queue a notification job for each follower of these listings; jobs of an earlier release do not name the shop."""
    followers.refresh_changed(session)  # the clock may not have copied the latest favourites yet
    by_shop = {shop_id: listing_ids} if shop_id else catalog.ids_by_shop(session, listing_ids=listing_ids)
    user_ids = {
        user_id
        for owner_id, ids in by_shop.items()
        for user_id in queries.follower_ids(session, shop_id=owner_id, listing_ids=ids)
    }
    for user_id in sorted(user_ids):
        outbox.add(session, "workers.favourites.notify_follower", user_id=str(user_id))


def claim_price_drops(session: WriteSession, *, user_id: UUID, now: datetime) -> PriceDropDigest | None:
    """Notify a follower of price drops at once, and return those to mail now, marked as mailed.

    None if there is nothing new or the user wants no mail. If the last mail is less than a day old, a job is queued
    for the end of that day, to mail all drops up to then.
    """
    try:
        user = accounts.user(session, user_id=user_id)
    except Unauthenticated:  # the account no longer exists
        return None
    preference = notifications.lock_mail_preference(session, user_id=user_id, kind=rules.PRICE_DROP_MAIL)
    if user.banned_at is not None:
        return None
    drops = _price_drops(session, user_id=user_id, now=now)
    _notify(session, drops, now=now)
    new_lows = [
        (liked, price)
        for liked, price in drops
        if rules.is_new_low(price.amount, liked_price=liked.price_then, notified_price=liked.price_told)
    ]
    if not new_lows or not rules.PRICE_DROP_MAIL.is_wanted(preference.is_wanted):
        return None
    if preference.sent_at is not None and now < preference.sent_at + rules.MAIL_INTERVAL:
        wait = preference.sent_at + rules.MAIL_INTERVAL - now
        outbox.add(session, "workers.favourites.notify_follower", after=wait, user_id=str(user_id))
        return None
    preference.sent_at = now
    for favourite, price in new_lows:
        favourite.price_told = price.amount
    session.add_all([preference, *(favourite for favourite, _ in new_lows)])
    return PriceDropDigest(
        recipient=user.email, items=tuple(_to_price_drop(favourite, price) for favourite, price in new_lows)
    )


def _record_change(session: WriteSession, *, user_id: UUID, shop_id: UUID, listing_id: UUID) -> None:
    """Record a change in the user's own partition; updating a shared counter would serialise writes to one listing."""
    values = {"user_id": user_id, "id": new_id(), "shop_id": shop_id, "listing_id": listing_id}
    session.execute(insert(FavouriteChange).values(values))
    invalidate(session, favourites_tag(user_id))


def _price_drops(session: WriteSession, *, user_id: UUID, now: datetime) -> list[tuple[Favourite, Money]]:
    """The favourites that are cheaper than when favourited, with their current prices, newest first.

    A price that its seller can still undo counts later: its own event comes when that time is over.
    """
    rows = session.exec(
        select(Favourite).where(Favourite.user_id == user_id).order_by(col(Favourite.created_at).desc())
    ).all()
    prices = catalog.lowest_prices(session, ids=[(row.shop_id, row.listing_id) for row in rows])
    drops = [
        (row, price)
        for row in rows
        if (price := prices.get(row.listing_id)) is not None
        and price.currency == row.currency
        and price.amount < row.price_then
    ]
    if not drops:
        return []
    shop_ids = sorted({row.shop_id for row, _ in drops})
    provisional = editing.provisional_price_ids(session, shop_ids=shop_ids, now=now)
    return [(row, price) for row, price in drops if row.listing_id not in provisional]


def _notify(session: WriteSession, drops: Sequence[tuple[Favourite, Money]], *, now: datetime) -> None:
    """Add a notification for each new low price, so that the newest favourite ends up on top."""
    new_lows = [
        (favourite, price)
        for favourite, price in reversed(drops)
        if rules.is_new_low(price.amount, liked_price=favourite.price_then, notified_price=favourite.price_noticed)
    ]
    listings = (
        catalog.listings_of_shops(session, ids=[(liked.shop_id, liked.listing_id) for liked, _ in new_lows])
        if new_lows
        else []
    )
    hrefs = {listing.id: f"/shops/{listing.shop_slug}/{listing.slug}" for listing in listings}
    for favourite, price in new_lows:
        drop = _to_price_drop(favourite, price)
        less = money.format_money(drop.saving.amount, drop.saving.currency)
        content = NotificationContent(
            kind=rules.PRICE_DROP,
            about=f"{favourite.listing_id} {favourite.created_at.isoformat()} {price.amount}",
            text=f"{favourite.title}: {money.format_money(price.amount, price.currency)}, {less} less than when you liked it.",
            href=hrefs.get(favourite.listing_id, "/favourites"),
        )
        notifications.notify(session, user_id=favourite.user_id, content=content, now=now)
        favourite.price_noticed = price.amount
        session.add(favourite)


def _to_price_drop(favourite: models.Favourite, price: Money) -> PriceDrop:
    saving = Money(amount=favourite.price_then - price.amount, currency=favourite.currency)
    return PriceDrop(title=favourite.title, price=price, saving=saving)
