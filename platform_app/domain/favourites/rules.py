"""Limits, cache tags and the price drop rule of favourites."""

from datetime import timedelta
from uuid import UUID

MAX_FAVOURITES = 1000  # per user; processes cache all their ids
MAIL_INTERVAL = timedelta(days=1)  # between two price drop mails to a user


def favourites_tag(user_id: UUID) -> str:
    """The cache tag of a user's favourites."""
    return f"user-favourites:{user_id}"


def follower_count_tag(listing_id: UUID) -> str:
    """The cache tag of a listing's number of followers."""
    return f"favourite-count:{listing_id}"


def is_new_low(price: int, *, liked_price: int, notified_price: int | None) -> bool:
    """Whether a price is below the price when favourited and below the last notified price."""
    return price < (liked_price if notified_price is None else min(liked_price, notified_price))
