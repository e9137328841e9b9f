"""Limits and intervals of following."""

from datetime import datetime, timedelta

from platform_app.domain.shared.kinds import MailKind, NotificationKind, SignInReason

MAX_FOLLOWED_SHOPS = 200  # per user; processes cache all their ids, and one page lists them
INTERVAL = timedelta(days=1)  # between two announcements of a shop, and between two mails to a user
ANNOUNCEMENT_DELAY = timedelta(minutes=10)  # what a seller publishes in one go is announced together
MAIL_DELAY = timedelta(hours=1)  # what several shops announce at about the same time is mailed together
FOLLOWERS_PER_JOB = 200
SIGN_IN_TO_FOLLOW = SignInReason("follow", "Sign in to follow shops and hear what is new in them.")
NEW_LISTINGS = NotificationKind("new_listings", headline="New in a shop you follow", icon="sparkles")
NEW_LISTINGS_MAIL = MailKind(
    "new_listings",
    label="Tell me when shops I follow have new listings",
    description="One mail about all these shops, at most once a day.",
)


def next_time(now: datetime, *, delay: timedelta, last: datetime | None, due_at: datetime | None) -> datetime | None:
    """When to announce or mail next, at least a day after the last time; None if that is due already.

    A time that passed a day ago belongs to a job that has failed for good: another one takes its place.
    """
    if due_at is not None and now < due_at + INTERVAL:
        return None
    return now + delay if last is None else max(now + delay, last + INTERVAL)


def new_listings_text(count: int) -> str:
    """How many new listings there are."""
    return "1 new listing" if count == 1 else f"{count:,} new listings"
