"""Follow and unfollow shops, and notify followers of new listings."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, func, select

from platform_app.domain.accounts import queries as accounts
from platform_app.domain.catalog.models import Listing
from platform_app.domain.catalog.rules import Status
from platform_app.domain.following import queries, rules
from platform_app.domain.following.errors import TooManyFollowedShops
from platform_app.domain.following.models import Announcement, Follow, NewListing
from platform_app.domain.following.schemas import NewListingsDigest, ShopCount
from platform_app.domain.following.tags import follower_count_tag, following_tag
from platform_app.domain.notifications import service as notifications
from platform_app.domain.notifications.schemas import NotificationContent
from platform_app.domain.shared.errors import Unauthenticated
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.errors import ShopNotFound
from platform_app.domain.shops.models import Shop
from platform_app.infra import outbox
from platform_app.infra.db import WriteSession, invalidate

# Locks the listings against deletion, so that the insert cannot fail its foreign key.
_RECORD = text("""
INSERT INTO new_listing (shop_id, listing_id, published_at)
SELECT shop_id, id, :published_at FROM listing WHERE shop_id = :shop_id AND id = ANY(:listing_ids)
ORDER BY id FOR KEY SHARE
ON CONFLICT DO NOTHING RETURNING listing_id""")


def follow(session: WriteSession, *, user_id: UUID, shop: str, now: datetime) -> None:
    """Follow the shop with this slug; doing so twice changes nothing. ShopNotFound, TooManyFollowedShops."""
    shop_id = shops.by_slug(session, slug=shop).id
    row = {"user_id": user_id, "shop_id": shop_id, "created_at": now}
    try:
        added = session.execute(
            upsert(Follow).values(row).on_conflict_do_nothing().returning(col(Follow.shop_id))
        ).scalar()
    except IntegrityError:  # the account no longer exists
        raise Unauthenticated from None
    if added and len(queries.followed_shop_ids(session, user_id=user_id)) > rules.MAX_FOLLOWED_SHOPS:
        raise TooManyFollowedShops(rules.MAX_FOLLOWED_SHOPS)
    if added:
        invalidate(session, following_tag(user_id), follower_count_tag(shop_id))


def unfollow(session: WriteSession, *, user_id: UUID, shop: str) -> None:
    """Unfollow the shop with this slug; doing so twice changes nothing. ShopNotFound."""
    shop_id = shops.by_slug(session, slug=shop).id
    removed = session.execute(
        delete(Follow)
        .where(col(Follow.user_id) == user_id, col(Follow.shop_id) == shop_id)
        .returning(col(Follow.shop_id))
    ).scalar()
    if removed:
        invalidate(session, following_tag(user_id), follower_count_tag(shop_id))


def record_new_listings(
    session: WriteSession, *, shop_id: UUID, listing_ids: Sequence[UUID], published_at: datetime, now: datetime
) -> None:
    """Queue the announcement of these listings, if anybody follows their shop and they were not new before."""
    followed = select(Follow.user_id).where(Follow.shop_id == shop_id).limit(1)
    if session.exec(followed).first() is None:
        return
    values = {"shop_id": shop_id, "listing_ids": list(listing_ids), "published_at": published_at}
    if not session.execute(_RECORD, values).all():
        return
    session.execute(upsert(Announcement).values(shop_id=shop_id).on_conflict_do_nothing())
    row = _lock_announcement(session, shop_id=shop_id)
    if row is None:  # the shop has just been deleted
        return
    due_at = rules.next_time(now, delay=rules.ANNOUNCEMENT_DELAY, last=row.announced_at, due_at=row.due_at)
    if due_at is not None:
        row.due_at = due_at
        session.add(row)
        outbox.add(session, "workers.following.announce", after=due_at - now, shop_id=str(shop_id))


def announce(session: WriteSession, *, shop_id: UUID, now: datetime) -> None:
    """Announce all listings that are new since the shop's last announcement; does nothing unless one is due."""
    row = _lock_announcement(session, shop_id=shop_id)
    if row is None or row.due_at is None:
        return
    row.due_at = None
    new = update(NewListing).where(col(NewListing.shop_id) == shop_id, col(NewListing.announced_at).is_(None))
    session.execute(new.values(announced_at=now))
    if _counts_by_time(session, shop_id=shop_id, announced_at=now):
        row.announced_at = now
        _queue_notifications(session, shop_id=shop_id, announced_at=now, after=None)
    session.add(row)


def notify_followers(
    session: WriteSession, *, shop_id: UUID, announced_at: datetime, after: UUID | None, now: datetime
) -> None:
    """Notify the shop's next followers after `after`, in id order, of what was published since they follow it."""
    try:
        shop = shops.by_id(session, shop_id=shop_id)
    except ShopNotFound:
        return
    if not shops.is_open(session, shop_id=shop_id):
        return
    counts = _counts_by_time(session, shop_id=shop_id, announced_at=announced_at)
    statement = select(Follow).where(Follow.shop_id == shop_id)
    remaining = statement if after is None else statement.where(col(Follow.user_id) > after)
    followers = session.exec(remaining.order_by(col(Follow.user_id)).limit(rules.FOLLOWERS_PER_JOB)).all()
    for follower in followers:
        count = sum(number for published_at, number in counts if published_at > follower.created_at)
        if count:
            content = NotificationContent(
                kind=rules.NEW_LISTINGS,
                about=f"{shop_id} {announced_at.date().isoformat()}",
                text=f"{shop.name} has {rules.new_listings_text(count)}.",
                href=f"/shops/{shop.slug}",
            )
            notifications.notify(session, user_id=follower.user_id, content=content, now=now)
            _queue_mail(session, follower, count=count, now=now)
    if len(followers) == rules.FOLLOWERS_PER_JOB:
        _queue_notifications(session, shop_id=shop_id, announced_at=announced_at, after=followers[-1].user_id)


def claim_mail(session: WriteSession, *, user_id: UUID, now: datetime) -> NewListingsDigest | None:
    """The new listings to mail to a follower now, marked as mailed; None if no mail is due or wanted any more."""
    try:
        user = accounts.user(session, user_id=user_id)
    except Unauthenticated:  # the account no longer exists
        return None
    preference = notifications.lock_mail_preference(session, user_id=user_id, kind=rules.NEW_LISTINGS_MAIL)
    if preference.due_at is None:
        return None
    preference.due_at = None
    session.add(preference)
    unmailed = session.exec(
        select(Shop.name, Follow.unmailed)
        .join(Follow, col(Follow.shop_id) == Shop.id)
        .where(Follow.user_id == user_id, Follow.unmailed > 0, col(Shop.closed_at).is_(None))
        .order_by(Shop.name, col(Shop.id))
    ).all()
    session.execute(update(Follow).where(col(Follow.user_id) == user_id).values(unmailed=0))
    is_wanted = rules.NEW_LISTINGS_MAIL.is_wanted(preference.is_wanted)
    if not unmailed or not is_wanted or user.banned_at is not None:
        return None
    preference.sent_at = now
    return NewListingsDigest(
        recipient=user.email, items=tuple(ShopCount(shop_name=name, count=count) for name, count in unmailed)
    )


def _lock_announcement(session: WriteSession, *, shop_id: UUID) -> Announcement | None:
    return session.exec(select(Announcement).where(Announcement.shop_id == shop_id).with_for_update()).first()


def _counts_by_time(session: WriteSession, *, shop_id: UUID, announced_at: datetime) -> Sequence[tuple[datetime, int]]:
    """How many listings of an announcement were published when, without those withdrawn since."""
    is_same = (col(Listing.shop_id) == NewListing.shop_id) & (col(Listing.id) == NewListing.listing_id)
    rows = session.exec(
        select(NewListing.published_at, func.count())
        .join(Listing, is_same)
        .where(NewListing.shop_id == shop_id, NewListing.announced_at == announced_at)
        .where(Listing.status == Status.PUBLISHED)
        .group_by(col(NewListing.published_at))
    )
    return rows.all()


def _queue_notifications(session: WriteSession, *, shop_id: UUID, announced_at: datetime, after: UUID | None) -> None:
    outbox.add(
        session,
        "workers.following.notify_followers",
        shop_id=str(shop_id),
        announced_at=announced_at.isoformat(),
        after_user_id=str(after) if after else None,
    )


def _queue_mail(session: WriteSession, follower: Follow, *, count: int, now: datetime) -> None:
    """Count what is new for the follower's next mail, and queue that unless it is queued or not wanted."""
    preference = notifications.lock_mail_preference(session, user_id=follower.user_id, kind=rules.NEW_LISTINGS_MAIL)
    if not rules.NEW_LISTINGS_MAIL.is_wanted(preference.is_wanted):
        return
    own = (col(Follow.user_id) == follower.user_id) & (col(Follow.shop_id) == follower.shop_id)
    session.execute(update(Follow).where(own).values(unmailed=col(Follow.unmailed) + count))
    due_at = rules.next_time(now, delay=rules.MAIL_DELAY, last=preference.sent_at, due_at=preference.due_at)
    if due_at is not None:
        preference.due_at = due_at
        session.add(preference)
        outbox.add(session, "workers.following.send_mail", after=due_at - now, user_id=str(follower.user_id))
