"""Mails about followed shops."""

from platform_app.domain.following import rules
from platform_app.domain.following.schemas import NewListingsDigest
from platform_app.infra.mail import MailMessage
from platform_app.mail.layout import message

MAX_LISTED_SHOPS = 20  # per mail


def new_listings(digest: NewListingsDigest) -> MailMessage:
    """What is new in the shops that a user follows."""
    lines = [f"{each.shop_name}: {rules.new_listings_text(each.count)}." for each in digest.items[:MAX_LISTED_SHOPS]]
    remaining = len(digest.items) - MAX_LISTED_SHOPS
    return message(
        digest.recipient,
        subject="New in the shops you follow",
        paragraphs=(
            "Shops that you follow have new listings.",
            *lines,
            *([f"And {remaining} more {'shop' if remaining == 1 else 'shops'}."] if remaining > 0 else []),
            "We send this mail at most once a day. You can turn it off in your account.",
        ),
        button="See the shops you follow",
        link="/following",
        kind=rules.NEW_LISTINGS_MAIL,
    )
