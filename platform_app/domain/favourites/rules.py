"""Limits, cache tags and the price drop rule of favourites."""

from datetime import timedelta

from platform_app.domain.shared.kinds import MailKind, NotificationKind, SignInReason

MAX_FAVOURITES = 1000  # per user; processes cache all their ids
MAIL_INTERVAL = timedelta(days=1)  # between two price drop mails to a user
SIGN_IN_TO_LIKE = SignInReason("like", "Sign in to keep what you like. We add it to your favourites for you.")
PRICE_DROP = NotificationKind("price_drop", headline="Price drop on one of your favourites", icon="tag")
PRICE_DROP_MAIL = MailKind(
    "price_drops",
    label="Tell me when something I like gets cheaper",
    description="One mail about all your favourites, at most once a day.",
)


def is_new_low(price: int, *, liked_price: int, notified_price: int | None) -> bool:
    """Whether a price is below the price when favourited and below the last notified price."""
    return price < (liked_price if notified_price is None else min(liked_price, notified_price))
