"""What holds for every favourite."""

from datetime import timedelta
from uuid import UUID

MAX_FAVOURITES = 1000  # a user's; every process that serves them keeps the ids of all
MAIL_INTERVAL = timedelta(days=1)  # between two mails to the same follower


def favourites_tag(user_id: UUID) -> str:
    """What is poked when the user's favourites have changed."""
    return f"user-favourites:{user_id}"


def follower_count_tag(listing_id: UUID) -> str:
    """What is poked when the listing's followers have been counted anew."""
    return f"favourite-count:{listing_id}"


def is_new_low(price: int, *, liked_price: int, notified_price: int | None) -> bool:
    """Whether a price is below the one at which it was liked, and below any that its follower was told of."""
    return price < (liked_price if notified_price is None else min(liked_price, notified_price))
