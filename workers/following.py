"""Notify followers of new listings: one notification per shop and day, and one mail a day for all shops, at most."""

from datetime import datetime
from uuid import UUID

from platform_app.domain.following import service
from platform_app.domain.shared.model_base import utc_now
from platform_app.infra import jobs, mail
from platform_app.infra.db import WriteSession
from platform_app.mail import following as mails


@jobs.once
def record_new_listings(session: WriteSession, *, shop_id: str, listing_ids: list[str], published_at: str) -> None:
    """Queue the announcement of listings that were just published."""
    service.record_new_listings(
        session,
        shop_id=UUID(shop_id),
        listing_ids=[UUID(listing_id) for listing_id in listing_ids],
        published_at=datetime.fromisoformat(published_at),
        now=utc_now(),
    )


@jobs.once
def announce(session: WriteSession, *, shop_id: str) -> None:
    """Announce all that is new in a shop."""
    service.announce(session, shop_id=UUID(shop_id), now=utc_now())


@jobs.once
def notify_followers(session: WriteSession, *, shop_id: str, announced_at: str, after_user_id: str | None) -> None:
    """Notify a shop's followers after `after_user_id`, one batch per job."""
    service.notify_followers(
        session,
        shop_id=UUID(shop_id),
        announced_at=datetime.fromisoformat(announced_at),
        after=UUID(after_user_id) if after_user_id else None,
        now=utc_now(),
    )


@jobs.once
def send_mail(session: WriteSession, *, user_id: str) -> None:
    """Mail a follower what is new in all shops they follow; safe to run twice."""
    digest = service.claim_mail(session, user_id=UUID(user_id), now=utc_now())
    if digest:
        mail.enqueue(session, mails.new_listings(digest))
