"""Limits of stock alerts, their kinds of notification and mail, and the texts of both."""

from datetime import timedelta

from platform_app.domain.shared.kinds import MailKind, NotificationKind, SignInReason

MAX_ALERTS = 200  # per user; processes cache all their variants, and one page lists them
ALERTS_PER_JOB = 200
VARIANTS_PER_JOB = 500
RETENTION = timedelta(days=365)  # nobody waits longer for what does not come back
SIGN_IN_TO_WAIT = SignInReason("stock_alert", "Sign in, and we'll tell you when it's back in stock.")
BACK_IN_STOCK = NotificationKind("back_in_stock", headline="Back in stock", icon="package-check")
BACK_IN_STOCK_MAIL = MailKind(
    "back_in_stock",
    label="Tell me when what I asked about is back in stock",
    description="One mail, once it is back.",
)
# Fields of a shop that decide whether its listings can be bought.
SALE_FIELDS = frozenset({"holiday_until", "closed_at"})


def item_name(title: str, choice: str) -> str:
    """A variant in words: the listing's title, and its choice if it has one."""
    return f"{title} ({choice})" if choice else title
