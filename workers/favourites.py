"""Notify followers of price drops: at most one mail a day."""

from uuid import UUID

from platform_app.domain.favourites import service
from platform_app.domain.favourites.service import followers
from platform_app.domain.shared.model_base import utc_now
from platform_app.infra import jobs, mail
from platform_app.infra.db import WriteSession
from platform_app.mail import favourites as mails


@jobs.once
def notify_price_drop(session: WriteSession, *, listing_ids: list[str], shop_id: str | None = None) -> None:
    """Queue one notification job per follower of these listings of a shop."""
    ids = [UUID(listing_id) for listing_id in listing_ids]
    service.enqueue_follower_notifications(session, shop_id=UUID(shop_id) if shop_id else None, listing_ids=ids)


@jobs.once
def notify_follower(session: WriteSession, *, user_id: str) -> None:
    """Notify a follower of price drops, with at most one mail a day; safe to run twice."""
    digest = service.claim_price_drops(session, user_id=UUID(user_id), now=utc_now())
    if digest:
        mail.enqueue(session, mails.price_drops(digest))


@jobs.once
def refresh_all_counts(session: WriteSession) -> None:
    """Repair the followers by shop, and recount those of every listing."""
    followers.refresh_all(session)
