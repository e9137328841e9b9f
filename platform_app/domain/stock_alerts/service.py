"""Ask to be told when a sold-out variant is back in stock, and tell whoever asked."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from platform_app.domain.accounts import queries as accounts
from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog.schemas import Listing, Variant
from platform_app.domain.notifications import queries as mail_preferences
from platform_app.domain.notifications import service as notifications
from platform_app.domain.notifications.schemas import NotificationContent
from platform_app.domain.shared.errors import Unauthenticated
from platform_app.domain.shared.model_base import in_array
from platform_app.domain.shared.query_strings import href
from platform_app.domain.stock import service as stock
from platform_app.domain.stock_alerts import queries, rules
from platform_app.domain.stock_alerts.errors import TooManyStockAlerts, VariantInStock, VariantNotFound
from platform_app.domain.stock_alerts.models import StockAlert
from platform_app.domain.stock_alerts.schemas import BackInStock
from platform_app.domain.stock_alerts.tags import stock_alerts_tag
from platform_app.infra import outbox
from platform_app.infra.db import WriteSession, invalidate


def add(session: WriteSession, *, user_id: UUID, listing_id: UUID, variant_id: UUID, now: datetime) -> frozenset[UUID]:
    """Wait for a sold-out variant of a published listing; doing so twice changes nothing. Return all that are waited for.

    ListingNotFound, VariantNotFound, VariantInStock, TooManyStockAlerts.
    """
    shop_id = catalog.published_listing(session, listing_id=listing_id).shop_id
    # Stock that comes back meanwhile waits for this lock, and its event finds the new row.
    stock.lock(session, shop_id=shop_id, variant_ids=[variant_id])
    listing, variant = _find(session, shop_id=shop_id, listing_id=listing_id, variant_id=variant_id)
    if variant.in_stock:
        raise VariantInStock
    row = {
        "user_id": user_id,
        "variant_id": variant_id,
        "shop_id": shop_id,
        "listing_id": listing_id,
        "title": listing.title,
        "choice": " / ".join(variant.choice),
        "created_at": now,
    }
    try:
        added = session.execute(
            upsert(StockAlert).values(row).on_conflict_do_nothing().returning(col(StockAlert.variant_id))
        ).scalar()
    except IntegrityError:  # the account no longer exists
        raise Unauthenticated from None
    waiting = queries.variant_ids(session, user_id=user_id)
    if added and len(waiting) > rules.MAX_ALERTS:
        raise TooManyStockAlerts(rules.MAX_ALERTS)
    if added:
        invalidate(session, stock_alerts_tag(user_id))
    return waiting


def remove(session: WriteSession, *, user_id: UUID, variant_id: UUID) -> frozenset[UUID]:
    """Wait for a variant no longer; doing so twice changes nothing. Return all that are still waited for."""
    _take(session, user_id=user_id, variant_ids=[variant_id])
    return queries.variant_ids(session, user_id=user_id)


def notify_waiting(
    session: WriteSession, *, shop_id: UUID, variant_ids: Sequence[UUID], now: datetime
) -> list[BackInStock]:
    """Notify those who wait for these variants of the shop, as far as they can be bought now, and return the mails.

    Each row is deleted with its notification, so nobody hears of it twice. A job follows for the next users.
    """
    available = _available(session, shop_id=shop_id, variant_ids=variant_ids)
    if not available:
        return []
    waiting = select(StockAlert.user_id, StockAlert.variant_id).where(
        StockAlert.shop_id == shop_id, in_array(StockAlert.variant_id, available)
    )
    ordered = waiting.order_by(col(StockAlert.user_id), col(StockAlert.variant_id)).limit(rules.ALERTS_PER_JOB)
    batch = [(user_id, variant_id) for user_id, variant_id in session.exec(ordered)]
    mails = [
        _notify(session, user_id=user_id, variant_ids=[each for _, each in rows], available=available, now=now)
        for user_id, rows in groupby(batch, key=itemgetter(0))
    ]
    if len(batch) == rules.ALERTS_PER_JOB:
        _enqueue(session, shop_id=shop_id, variant_ids=sorted(available))
    return [each for each in mails if each is not None]


def check_shop(session: WriteSession, *, shop_id: UUID, fields: Sequence[str]) -> None:
    """Check all that users wait for in a shop that may be selling again, after its holiday or closing."""
    if not rules.SALE_FIELDS & set(fields):
        return
    waited_for = select(StockAlert.variant_id).where(StockAlert.shop_id == shop_id).distinct()
    variant_ids = session.exec(waited_for.order_by(col(StockAlert.variant_id))).all()
    for start in range(0, len(variant_ids), rules.VARIANTS_PER_JOB):
        _enqueue(session, shop_id=shop_id, variant_ids=variant_ids[start : start + rules.VARIANTS_PER_JOB])


def sweep(session: WriteSession, *, now: datetime) -> None:
    """Delete what has been waited for too long."""
    session.execute(delete(StockAlert).where(col(StockAlert.created_at) < now - rules.RETENTION))


def _find(session: WriteSession, *, shop_id: UUID, listing_id: UUID, variant_id: UUID) -> tuple[Listing, Variant]:
    for listing in catalog.shop_listings(session, shop_id=shop_id, ids=[listing_id]):
        for variant in listing.variants:
            if variant.id == variant_id and listing.is_public:
                return listing, variant
    raise VariantNotFound


def _available(
    session: WriteSession, *, shop_id: UUID, variant_ids: Sequence[UUID]
) -> dict[UUID, tuple[Listing, Variant]]:
    """Those of the variants that somebody waits for and that can be bought now."""
    waited_for = select(StockAlert.variant_id, StockAlert.listing_id).where(
        StockAlert.shop_id == shop_id, in_array(StockAlert.variant_id, variant_ids)
    )
    wanted = dict(session.exec(waited_for.distinct()).all())
    if not wanted:
        return {}
    listings = catalog.shop_listings(session, shop_id=shop_id, ids=sorted(set(wanted.values())))
    return {
        variant.id: (listing, variant)
        for listing in listings
        for variant in listing.variants
        if variant.id in wanted and listing.is_public and listing.can_be_bought(variant)
    }


def _notify(
    session: WriteSession,
    *,
    user_id: UUID,
    variant_ids: Sequence[UUID],
    available: Mapping[UUID, tuple[Listing, Variant]],
    now: datetime,
) -> BackInStock | None:
    """Notify a user of variants that are back; the mail, if they want it."""
    taken = _take(session, user_id=user_id, variant_ids=variant_ids)
    try:
        user = accounts.user(session, user_id=user_id)
    except Unauthenticated:  # the account no longer exists
        return None
    if not taken or user.banned_at is not None:
        return None
    items = [(variant_id, *_describe(*available[variant_id])) for variant_id in sorted(taken)]
    for variant_id, name, path in items:
        content = NotificationContent(
            kind=rules.BACK_IN_STOCK,
            about=f"{variant_id} {taken[variant_id].isoformat()}",
            text=f"{name} is back in stock.",
            href=path,
        )
        notifications.notify(session, user_id=user_id, content=content, now=now)
    if not mail_preferences.wants_mail(session, user_id=user_id, kind=rules.BACK_IN_STOCK_MAIL):
        return None
    return BackInStock(recipient=user.email, names=tuple(name for _, name, _ in items), href=items[0][2])


def _take(session: WriteSession, *, user_id: UUID, variant_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """Delete the user's alerts for these variants; return which there were, and since when."""
    own = (col(StockAlert.user_id) == user_id, in_array(StockAlert.variant_id, variant_ids))
    deleted = session.execute(
        delete(StockAlert).where(*own).returning(col(StockAlert.variant_id), col(StockAlert.created_at))
    )
    taken = {row.variant_id: row.created_at for row in deleted}
    if taken:
        invalidate(session, stock_alerts_tag(user_id))
    return taken


def _describe(listing: Listing, variant: Variant) -> tuple[str, str]:
    """A variant in words, and its path."""
    path = href(f"/shops/{listing.shop_slug}/{listing.slug}", {"variant": "/".join(variant.choice)})
    return rules.item_name(listing.title, " / ".join(variant.choice)), path


def _enqueue(session: WriteSession, *, shop_id: UUID, variant_ids: Sequence[UUID]) -> None:
    outbox.add(
        session,
        "workers.stock_alerts.notify_waiting",
        shop_id=str(shop_id),
        variant_ids=[str(variant_id) for variant_id in variant_ids],
    )
