"""What holds for every favourite."""

from datetime import timedelta

MAX_FAVOURITES = 1000  # a user's; every process that serves them keeps the ids of all
MAIL_INTERVAL = timedelta(days=1)  # between two mails to the same follower


def is_new_low(price: int, *, liked_price: int, notified_price: int | None) -> bool:
    """Whether a price is below the one at which it was liked, and below any that its follower was told of."""
    return price < (liked_price if notified_price is None else min(liked_price, notified_price))
