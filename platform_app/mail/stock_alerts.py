"""Mails about what is back in stock."""

from platform_app.domain.stock_alerts.rules import BACK_IN_STOCK_MAIL
from platform_app.domain.stock_alerts.schemas import BackInStock
from platform_app.infra.mail import MailMessage
from platform_app.mail.layout import message

MAX_LISTED = 10  # per mail


def back_in_stock(found: BackInStock) -> MailMessage:
    """What a user has waited for and can buy now."""
    remaining = len(found.names) - MAX_LISTED
    return message(
        found.recipient,
        subject="Back in stock",
        paragraphs=(
            "You asked us to tell you when this is back in stock. It is now:",
            *found.names[:MAX_LISTED],
            *([f"And {remaining} more."] if remaining > 0 else []),
            "There may not be many. We do not write about this again unless you ask once more.",
        ),
        button="See it on Plaza",
        link=found.href,
        kind=BACK_IN_STOCK_MAIL,
    )
