"""Liking listings, counting who likes them, and telling followers that they cost less now."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from platform_app.domain.accounts import queries as accounts
from platform_app.domain.catalog import queries as catalog
from platform_app.domain.favourites import models, queries, rules
from platform_app.domain.favourites.errors import TooManyFavourites
from platform_app.domain.favourites.models import Favourite, FavouriteChange, FavouriteMail
from platform_app.domain.favourites.schemas import Drop, Drops
from platform_app.domain.notifications import service as notifications
from platform_app.domain.notifications.rules import Kind
from platform_app.domain.notifications.schemas import News
from platform_app.domain.shared import money
from platform_app.domain.shared.errors import Unauthenticated
from platform_app.domain.shared.money import Money
from platform_app.domain.shared.tables import among, new_id
from platform_app.infra import outbox
from platform_app.infra.db import WriteSession, poke

# A listing that is just being deleted is left out: nobody waits for it, and its count goes with it.
_COUNT = """
WITH changed AS ({changed}), held AS (
  SELECT shop_id, id FROM listing WHERE (shop_id, id) IN (SELECT shop_id, listing_id FROM changed)
  ORDER BY id FOR KEY SHARE SKIP LOCKED
)
INSERT INTO favourite_count (shop_id, listing_id, followers)
SELECT shop_id, id, (SELECT count(*) FROM favourite WHERE favourite.listing_id = held.id) FROM held
ON CONFLICT (shop_id, listing_id) DO UPDATE SET followers = excluded.followers
WHERE favourite_count.followers <> excluded.followers RETURNING listing_id"""
_COUNT_CHANGED = text(_COUNT.format(changed="DELETE FROM favourite_change RETURNING shop_id, listing_id"))
_COUNT_ALL = text(
    _COUNT.format(
        changed="SELECT shop_id, listing_id FROM favourite UNION SELECT shop_id, listing_id FROM favourite_count"
    )
)


def add(session: WriteSession, *, user_id: UUID, listing_id: UUID, now: datetime) -> frozenset[UUID]:
    """Favourite a listing for sale, at its price of now; favouriting twice changes nothing. All ids are returned."""
    listing = catalog.published(session, listing_id=listing_id)
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
    except IntegrityError:  # they are no user any more
        raise Unauthenticated from None
    if added:
        _changed(session, user_id=user_id, shop_id=added, listing_id=listing_id)
    liked = queries.liked(session, user_id=user_id)
    if added and len(liked) > rules.MAX_FAVOURITES:
        raise TooManyFavourites(rules.MAX_FAVOURITES)
    return liked


def remove(session: WriteSession, *, user_id: UUID, listing_id: UUID) -> frozenset[UUID]:
    """Favourite a listing no longer, be it for sale or not; removing twice changes nothing. All ids are returned."""
    removed = session.execute(
        delete(Favourite)
        .where(col(Favourite.user_id) == user_id, col(Favourite.listing_id) == listing_id)
        .returning(col(Favourite.shop_id))
    ).scalar()
    if removed:
        _changed(session, user_id=user_id, shop_id=removed, listing_id=listing_id)
    return queries.liked(session, user_id=user_id)


def count(session: WriteSession) -> int:
    """Count the followers of listings that were liked or no longer are; how many counts changed."""
    return _counted(session, everything=False)


def count_all(session: WriteSession) -> int:
    """Count the followers of every listing: an account that is deleted takes its favourites along without a word."""
    return _counted(session, everything=True)


def want_mail(session: WriteSession, *, user_id: UUID, is_wanted: bool) -> bool:
    """Tell the user of price drops, or no longer."""
    command = upsert(FavouriteMail).values(user_id=user_id, is_wanted=is_wanted)
    try:
        session.execute(command.on_conflict_do_update(index_elements=["user_id"], set_={"is_wanted": is_wanted}))
    except IntegrityError:  # they are no user any more
        raise Unauthenticated from None
    poke(session, f"user:{user_id}")
    return is_wanted


def tell_followers(session: WriteSession, *, listing_ids: Sequence[UUID]) -> None:
    """Have a job for each follower of these listings look at what they are to be told."""
    following = select(Favourite.user_id).where(among(Favourite.listing_id, listing_ids)).distinct()
    for user_id in session.exec(following).all():
        outbox.add(session, "workers.favourites.tell_follower", user_id=str(user_id))


def take_drops(session: WriteSession, *, user_id: UUID, now: datetime) -> Drops | None:
    """Notify a follower of what costs less, at once; and what to mail them now, mailed from now on.

    None when there is no news, or they want no mail. Whoever was mailed less than a day ago is mailed when the day is
    over, of all there is by then.
    """
    try:
        user = accounts.user(session, user_id=user_id)
    except Unauthenticated:  # they are no user any more
        return None
    about = _held(session, user_id=user_id)
    if user.banned_at is not None:
        return None
    cheaper = _cheaper(session, user_id=user_id)
    _notify(session, cheaper, now=now)
    news = [
        (one, price) for one, price in cheaper if rules.is_news(price.amount, then=one.price_then, told=one.price_told)
    ]
    if not news or not about.is_wanted:
        return None
    if about.told_at is not None and now < about.told_at + rules.QUIET:
        wait = about.told_at + rules.QUIET - now
        outbox.add(session, "workers.favourites.tell_follower", after=wait, user_id=str(user_id))
        return None
    about.told_at = now
    for favourite, price in news:
        favourite.price_told = price.amount
    session.add_all([about, *(favourite for favourite, _ in news)])
    return Drops(to=user.email, items=tuple(_drop(favourite, price) for favourite, price in news))


def _changed(session: WriteSession, *, user_id: UUID, shop_id: UUID, listing_id: UUID) -> None:
    """Note it beside the user's own rows: a count that everybody wrote to would make the likes of one listing queue up."""
    values = {"user_id": user_id, "id": new_id(), "shop_id": shop_id, "listing_id": listing_id}
    session.execute(insert(FavouriteChange).values(values))
    poke(session, rules.tag(user_id))


def _counted(session: WriteSession, *, everything: bool) -> int:
    changed = session.execute(_COUNT_ALL if everything else _COUNT_CHANGED).scalars().all()
    poke(session, *(rules.count_tag(listing_id) for listing_id in changed))
    return len(changed)


def _held(session: WriteSession, *, user_id: UUID) -> FavouriteMail:
    """The follower's own row, held so that one job at a time tells them."""
    session.execute(upsert(FavouriteMail).values(user_id=user_id, is_wanted=True).on_conflict_do_nothing())
    return session.exec(select(FavouriteMail).where(FavouriteMail.user_id == user_id).with_for_update()).one()


def _cheaper(session: WriteSession, *, user_id: UUID) -> list[tuple[Favourite, Money]]:
    """The favourites that cost less than when they were liked, with that price, those liked last first."""
    rows = session.exec(
        select(Favourite).where(Favourite.user_id == user_id).order_by(col(Favourite.created_at).desc())
    ).all()
    prices = catalog.lowest_prices(session, listing_ids=[row.listing_id for row in rows])
    return [
        (row, price)
        for row in rows
        if (price := prices.get(row.listing_id)) is not None
        and price.currency == row.currency
        and price.amount < row.price_then
    ]


def _notify(session: WriteSession, cheaper: Sequence[tuple[Favourite, Money]], *, now: datetime) -> None:
    """A notification of each price that is news, the one liked last on top."""
    news = [
        (one, price)
        for one, price in reversed(cheaper)
        if rules.is_news(price.amount, then=one.price_then, told=one.price_noticed)
    ]
    found = catalog.listings(session, ids=[one.listing_id for one, _ in news]) if news else []
    places = {listing.id: f"/shops/{listing.shop_slug}/{listing.slug}" for listing in found}
    for one, price in news:
        drop = _drop(one, price)
        less = money.display(drop.saving.amount, drop.saving.currency)
        told = News(
            kind=Kind.PRICE_DROP,
            about=f"{one.listing_id} {one.created_at.isoformat()} {price.amount}",
            text=f"{one.title}: {money.display(price.amount, price.currency)}, {less} less than when you liked it.",
            href=places.get(one.listing_id, "/favourites"),
        )
        notifications.tell(session, user_id=one.user_id, news=told, now=now)
        one.price_noticed = price.amount
        session.add(one)


def _drop(favourite: models.Favourite, price: Money) -> Drop:
    saving = Money(amount=favourite.price_then - price.amount, currency=favourite.currency)
    return Drop(title=favourite.title, price=price, saving=saving)
